//! People, as far as the platform forgets them.

use axum::{extract::State, response::Response};

use super::super::{Service, command::Command, path::Person, problem::Problem};
use crate::commands::ForgottenPerson;

/// Forget a person.
///
/// For the platform. Name, address and purpose are deleted; what the person did stays, by an opaque id. Answers the
/// same for somebody of whom nobody has heard.
#[utoipa::path(delete, path = "/v1/people/{id}", operation_id = "forgetPerson", tag = "people",
    params(("id" = String, Path, description = "The person's id, as events name it.")),
    responses((status = 200, description = "Nothing is known of the person any more.", body = ForgottenPerson)))]
pub(super) async fn forget(
    State(service): State<Service>,
    Person(id): Person,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare_unversioned()?;
    service.answered("forget_person", service.commands.forget_person(&caller, id).await)
}
