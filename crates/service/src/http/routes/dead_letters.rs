//! Events that projections could not apply, for operators.

use axum::{extract::State, response::Response};
use chancery_views::{
    At,
    admin::{self, DeadLetter, Projection},
};
use chancery_wire::Position;

use super::super::{
    Service,
    command::Command,
    list::{List, Listing},
    path::{NameAndPosition, NameOf},
    problem::Problem,
    projections::Of,
    reading::Reading,
};
use crate::commands::{Because, SkipDeadLetter};

/// List a projection's dead letters.
///
/// For operators. Events that could not be applied; later ones of the same key wait behind each and are counted.
#[utoipa::path(get, path = "/v1/projections/{name}/dead-letters", operation_id = "listDeadLetters", tag = "projections",
    params(("name" = String, Path, description = "The projection's name."), Listing),
    responses((status = 200, description = "A page of them in the log's order.", body = List<DeadLetter>)))]
pub(super) async fn list(
    State(service): State<Service>,
    NameOf(name): NameOf,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let (after, limit) = (read.query.after::<Position>("dead-letters")?, read.query.limit()?);
    let position = service.asked(name.as_str(), read.min_position).await?;
    let value = admin::dead_letters(&service.journal, name.as_str(), after, limit).await?;
    service.reflected(&List::of("dead-letters", At { position, value }))
}

/// Try an event again.
///
/// For operators. Those that wait behind it follow, if it can be applied by now.
#[utoipa::path(post, path = "/v1/projections/{name}/dead-letters/{position}/retry", operation_id = "retryDeadLetter",
    tag = "projections",
    params(
        ("name" = String, Path, description = "The projection's name."),
        ("position" = u64, Path, description = "The event's position."),
    ),
    request_body = Option<Because>,
    responses(
        (status = 200, description = "It is tried in a moment. The list says what became of it.", body = Projection),
        (status = 202, description = "It will be: nobody has carried it out yet.", body = Projection),
    ))]
pub(super) async fn retry(
    State(service): State<Service>,
    NameAndPosition(name, position): NameAndPosition,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.perhaps::<Because>()?;
    let asked = service.commands.retry_dead_letter(&caller, name, position, body).await;
    service.operated("retry_dead_letter", Of::Projection, asked).await
}

/// Leave an event out.
///
/// For operators. Those that wait behind it are applied. The projection is `degraded` from then on, until it is rebuilt.
#[utoipa::path(post, path = "/v1/projections/{name}/dead-letters/{position}/skip", operation_id = "skipDeadLetter",
    tag = "projections",
    params(
        ("name" = String, Path, description = "The projection's name."),
        ("position" = u64, Path, description = "The event's position."),
    ),
    request_body = SkipDeadLetter,
    responses(
        (status = 200, description = "It is left out in a moment.", body = Projection),
        (status = 202, description = "It will be: nobody has carried it out yet.", body = Projection),
    ))]
pub(super) async fn skip(
    State(service): State<Service>,
    NameAndPosition(name, position): NameAndPosition,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json::<SkipDeadLetter>()?;
    let asked = service.commands.skip_dead_letter(&caller, name, position, body).await;
    service.operated("skip_dead_letter", Of::Projection, asked).await
}
