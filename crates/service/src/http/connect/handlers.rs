//! The three endpoints.

use std::{error::Error, net::IpAddr};

use axum::{
    extract::{Request, State},
    http::request::Parts,
    response::Response,
};
use bytes::Bytes;
use chancery_domain::Role;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Body;
use serde_json::{Value, json};

use super::{
    super::{Service, address, trace::Trace},
    credentials::{Authorization, authorization, presented},
    form::Form,
    reply::whole,
};
use crate::connect::{Connect, ConnectError, Introspected, Introspector, IssuedAccess};

/// No form is larger: a token of many scopes fits.
const BODY_BYTES: usize = 64 * 1024;

/// A request to one of the endpoints, whichever way it came in.
pub(super) struct Asked {
    pub(super) parts: Parts,
    /// The body, if it came whole.
    pub(super) body: Result<Bytes, ConnectError>,
    pub(super) address: IpAddr,
}

pub(super) async fn token(State(service): State<Service>, request: Request) -> Response {
    whole(issue(&service, Asked::routed(&service, request).await).await)
}

pub(super) async fn introspect(State(service): State<Service>, request: Request) -> Response {
    whole(look_at(&service, Asked::routed(&service, request).await).await)
}

pub(super) async fn revoke(State(service): State<Service>, request: Request) -> Response {
    let asked = Asked::routed(&service, request).await;
    whole(service.connected("revoke", revoked(&service, asked).await))
}

/// The token endpoint.
pub(super) async fn issue(service: &Service, asked: Asked) -> Response {
    service.connected("token", issued(service, asked).await)
}

/// The introspection endpoint.
pub(super) async fn look_at(service: &Service, asked: Asked) -> Response {
    service.connected("introspect", introspected(service, asked).await)
}

impl Asked {
    async fn routed(service: &Service, request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let address = address::of(&parts, service.proxies);
        Self { parts, body: read(body).await, address }
    }
}

/// A body that fits.
pub(super) async fn read<B>(body: B) -> Result<Bytes, ConnectError>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
{
    let broken = |_| ConnectError::InvalidRequest("send a whole body of at most 64 KiB");
    Ok(Limited::new(body, BODY_BYTES).collect().await.map_err(broken)?.to_bytes())
}

async fn issued(service: &Service, asked: Asked) -> Result<IssuedAccess, ConnectError> {
    let Asked { parts, body, address } = asked;
    let body = body?;
    let form = Form::read(&parts.uri, &parts.headers, &body)?;
    let presented = presented(authorization(&parts.headers)?, &form, address)?;
    let grant_type = form.need("grant_type", "send a grant_type")?;
    if grant_type != "client_credentials" {
        return Err(ConnectError::UnsupportedGrantType);
    }
    connect(service)?.issue(&presented, form.get("scope")).await
}

async fn introspected(service: &Service, asked: Asked) -> Result<Introspected, ConnectError> {
    let Asked { parts, body, address } = asked;
    let body = body?;
    let form = Form::read(&parts.uri, &parts.headers, &body)?;
    let who = match authorization(&parts.headers)? {
        Authorization::Bearer(token) => {
            if form.get("client_secret").is_some() {
                return Err(ConnectError::InvalidRequest("send one pair of credentials, in one way"));
            }
            let principal = service.tokens.authenticate(&token).await;
            let gateway = principal.ok().filter(|principal| principal.role == Role::Gateway);
            Introspector::Gateway(gateway.ok_or(ConnectError::InvalidToken)?)
        }
        other => Introspector::Client(presented(other, &form, address)?),
    };
    let token = form.need("token", "send the token")?;
    connect(service)?.introspect(who, token).await
}

async fn revoked(service: &Service, asked: Asked) -> Result<Value, ConnectError> {
    let Asked { parts, body, address } = asked;
    let body = body?;
    let form = Form::read(&parts.uri, &parts.headers, &body)?;
    let presented = presented(authorization(&parts.headers)?, &form, address)?;
    let token = form.need("token", "send the token")?;
    let trace = parts.extensions.get().cloned().unwrap_or_else(|| Trace::of(&parts.headers));
    let correlation_id = trace.correlation_id();
    connect(service)?.revoke(&presented, token, Some(trace.parent), correlation_id).await?;
    Ok(json!({}))
}

fn connect(service: &Service) -> Result<&Connect, ConnectError> {
    service.connect.as_ref().ok_or(ConnectError::Unsigned(None))
}
