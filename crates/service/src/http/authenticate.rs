//! Who calls: the first question to every request of `/v1`.

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

/// The token that a request came with.
#[derive(Clone)]
pub(super) struct Bearer(Arc<str>);

impl Bearer {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")
    }
}

/// Lets nobody in who is not known, and tells the handler who it is.
pub(super) async fn authenticate(
    State(service): State<Service>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let bearer = bearer(request.headers()).ok_or_else(Problem::unauthenticated)?;
    let principal = service.tokens.authenticate(bearer.as_str()).await?;
    request.extensions_mut().insert(bearer);
    request.extensions_mut().insert(principal);
    Ok(next.run(request).await)
}

/// Refuses a bearer whose role is none of these.
pub(super) fn require(principal: &Principal, roles: &[Role]) -> Result<(), RequestError> {
    if roles.contains(&principal.role) {
        Ok(())
    } else {
        Err(RequestError::RoleForbidden { role: word(principal.role) })
    }
}

/// RFC 6750, section 2.1; the scheme in any case.
fn bearer(headers: &HeaderMap) -> Option<Bearer> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Bearer(token.into()))
}

fn word(role: Role) -> &'static str {
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
