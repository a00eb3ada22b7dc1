//! Chancery's own API tokens, which the platform issues and revokes.

use axum::{extract::State, response::Response};
use chancery_domain::TokenId;
use chancery_views::directory::{ApiToken, Directory, api_tokens};

use super::super::{
    Service,
    command::Command,
    list::{List, Listing},
    path::Id,
    problem::Problem,
    reading::Reading,
};
use crate::commands::{IssueToken, IssuedToken, RevokedToken};

/// List API tokens.
///
/// For the platform. Revoked and expired ones too; the tokens themselves stand nowhere.
#[utoipa::path(get, path = "/v1/tokens", operation_id = "listTokens", tag = "tokens", params(Listing),
    responses((status = 200, description = "A page of tokens, oldest first.", body = List<ApiToken>)))]
pub(super) async fn list(
    State(service): State<Service>,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let (after, limit) = (read.query.after("tokens")?, read.query.limit()?);
    let reader = service.reach(read.min_position, &[&Directory]).await?;
    service.reflected(&List::of("tokens", api_tokens(&reader, after, limit).await?))
}

/// Issue an API token.
///
/// For the platform. The token is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/tokens", operation_id = "issueToken", tag = "tokens",
    request_body = IssueToken,
    responses((status = 201, description = "It is valid from now on.", body = IssuedToken)))]
pub(super) async fn issue(State(service): State<Service>, command: Command) -> Result<Response, Problem> {
    let (caller, body) = command.creating()?;
    service.answered("issue_token", service.commands.issue_token(&caller, body).await)
}

/// Revoke an API token.
///
/// For the platform. It is refused from now on, and streams that it opened end.
#[utoipa::path(delete, path = "/v1/tokens/{id}", operation_id = "revokeToken", tag = "tokens",
    params(("id" = Uuid, Path, description = "The token's id.")),
    responses((status = 200, description = "It is revoked.", body = RevokedToken)))]
pub(super) async fn revoke(
    State(service): State<Service>,
    Id(token_id): Id,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    let revoked = service.commands.revoke_token(&caller, TokenId(token_id)).await;
    if revoked.is_ok() {
        // What was acknowledged holds here at once; other processes see it within moments.
        service.tokens.catch_up().await?;
    }
    service.answered("revoke_token", revoked)
}
