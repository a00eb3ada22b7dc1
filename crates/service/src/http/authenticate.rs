//! Who calls, and whether its role may: the first questions to every request of `/v1`.

use std::{fmt, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header::AUTHORIZATION},
    middleware::Next,
    response::Response,
};
use chancery_domain::Role;

use super::{Service, problem::Problem, request_error::RequestError};
use crate::auth::Principal;

/// The token that a request came with, and whose it is.
#[derive(Clone)]
pub(super) struct Bearer {
    token: Arc<str>,
    principal: Arc<Principal>,
}

impl Bearer {
    pub(super) fn as_str(&self) -> &str {
        &self.token
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")
    }
}

/// Lets nobody on who is not known.
pub(super) async fn authenticate(
    State(service): State<Service>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let token = token(request.headers()).ok_or_else(Problem::unauthenticated)?;
    let principal = service.tokens.authenticate(&token).await?;
    request.extensions_mut().insert(Bearer { token, principal });
    Ok(next.run(request).await)
}

/// Lets nobody in whose role is none of these, before anything else of the request is looked at; and tells the
/// handler who it is, which no other place does: a route without its roles is closed.
pub(super) async fn admit(
    State(roles): State<&'static [Role]>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let bearer = request.extensions().get::<Bearer>();
    let principal = bearer.ok_or_else(Problem::unauthenticated)?.principal.clone();
    if !roles.contains(&principal.role) {
        return Err(RequestError::RoleForbidden { role: word(principal.role) }.into());
    }
    request.extensions_mut().insert(principal);
    Ok(next.run(request).await)
}

/// RFC 6750, section 2.1; the scheme in any case.
fn token(headers: &HeaderMap) -> Option<Arc<str>> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    bearer(value.to_str().ok()?).map(Into::into)
}

/// The token of a header `Authorization`.
pub(super) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The role as the API names it.
pub(super) fn word(role: Role) -> &'static str {
    match role {
        Role::Developer => "developer",
        Role::TenantAdmin => "tenant_admin",
        Role::Reviewer => "reviewer",
        Role::Platform => "platform",
        Role::Gateway => "gateway",
        Role::Consumer => "consumer",
        Role::Auditor => "auditor",
        Role::Operator => "operator",
    }
}
