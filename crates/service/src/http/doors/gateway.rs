//! Is it a gateway that asks?

use axum::http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
};
use chancery_domain::Role;

use super::{
    super::{Service, authenticate, problem::Problem, request_error::RequestError},
    headers::{self, GATEWAY_TOKEN},
};
use crate::doors::Sent;

/// By its bearer token.
pub(super) async fn bearer(service: &Service, headers: &HeaderMap) -> Result<(), Problem> {
    let token = match headers::sent(headers, &AUTHORIZATION) {
        Sent::Once(header) => authenticate::bearer(header),
        Sent::Missing | Sent::Unclear => None,
    };
    known(service, token.ok_or_else(Problem::unauthenticated)?).await
}

/// By the token beside the app's.
pub(super) async fn beside(service: &Service, headers: &HeaderMap) -> Result<(), Problem> {
    match headers::sent(headers, &GATEWAY_TOKEN) {
        Sent::Once(token) => known(service, token)
            .await
            .map_err(|problem| if problem.code() == "unauthenticated" { nameless() } else { problem }),
        Sent::Missing | Sent::Unclear => Err(nameless()),
    }
}

async fn known(service: &Service, token: &str) -> Result<(), Problem> {
    let principal = service.tokens.authenticate(token).await?;
    if principal.role == Role::Gateway {
        return Ok(());
    }
    Err(RequestError::RoleForbidden { role: authenticate::word(principal.role) }.into())
}

fn nameless() -> Problem {
    let detail = "Let the gateway send its own token, once, in Chancery-Gateway-Token.";
    let challenge = HeaderValue::from_static("Chancery-Gateway-Token");
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail).header(WWW_AUTHENTICATE, challenge)
}
