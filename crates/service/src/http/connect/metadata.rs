//! What clients and resource servers find out by themselves: RFC 8414 and RFC 7517.

use axum::{
    Json,
    extract::State,
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::super::{Service, edge::Whole};
use crate::connect::Connect;

/// Half the time for which a key is published before it signs.
const KEPT: &str = "public, max-age=300";

pub(super) async fn show(State(service): State<Service>) -> Response {
    published(service.connect.as_ref().map_or(Value::Null, metadata))
}

pub(super) async fn jwks(State(service): State<Service>) -> Response {
    published(service.connect.as_ref().map_or(Value::Null, Connect::jwks))
}

fn published(document: Value) -> Response {
    let mut response = ([(CACHE_CONTROL, KEPT)], Json(document)).into_response();
    response.extensions_mut().insert(Whole);
    response
}

fn metadata(connect: &Connect) -> Value {
    let issuer = &connect.issuer().url;
    let methods = ["client_secret_basic", "client_secret_post"];
    json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/connect/token"),
        "token_endpoint_auth_methods_supported": methods,
        "grant_types_supported": ["client_credentials"],
        // There is no authorization endpoint. The claim is required (RFC 8414 §2), and no array may be empty (§3.2);
        // clients that validate refuse the one and the other. The registered word for no response is `none`.
        "response_types_supported": ["none"],
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "introspection_endpoint": format!("{issuer}/connect/introspect"),
        // Gateways ask with a bearer token: RFC 8414 §2 takes the types of tokens for methods here.
        "introspection_endpoint_auth_methods_supported": [methods[0], methods[1], "Bearer"],
        "revocation_endpoint": format!("{issuer}/connect/revoke"),
        "revocation_endpoint_auth_methods_supported": methods,
    })
}
