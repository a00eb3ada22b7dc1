//! The OAuth endpoints: the form and the errors of their RFCs, not those of the API. They are not in the OpenAPI
//! document: the metadata of RFC 8414 describes them, and so clients find them.

mod ahead;
mod credentials;
mod form;
mod handlers;
mod metadata;
mod reply;

use axum::{
    Router,
    routing::{get, post},
};

use super::Service;

pub(super) use ahead::{Ahead, Endpoint};

const TOKEN: &str = "/connect/token";
const INTROSPECT: &str = "/connect/introspect";

/// The routes, where this process issues tokens.
pub(super) fn routes(service: &Service) -> Router<Service> {
    if service.connect.is_none() {
        return Router::new();
    }
    Router::new()
        .route(TOKEN, post(handlers::token))
        .route(INTROSPECT, post(handlers::introspect))
        .route("/connect/revoke", post(handlers::revoke))
        .route("/.well-known/oauth-authorization-server", get(metadata::show))
        .route("/.well-known/jwks.json", get(metadata::jwks))
}
