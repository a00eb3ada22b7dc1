//! The three endpoints.

use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::request::Parts,
    response::Response,
};
use chancery_domain::Role;
use serde_json::{Value, json};

use super::{
    super::{Service, address, trace::Trace},
    credentials::{Authorization, authorization, presented},
    form::Form,
};
use crate::connect::{Connect, ConnectError, Introspected, Introspector, IssuedAccess, Presented};

/// No form is larger: a token of many scopes fits.
const BODY_BYTES: usize = 64 * 1024;

/// A request to one of the endpoints.
struct Asked {
    parts: Parts,
    form: Form,
    authorization: Authorization,
}

impl Asked {
    async fn of(mut request: Request) -> Result<Self, ConnectError> {
        DefaultBodyLimit::max(BODY_BYTES).apply(&mut request);
        let (parts, body) = request.into_parts();
        let broken = |_| ConnectError::InvalidRequest("send a whole body of at most 64 KiB");
        let again = Request::from_parts(parts.clone(), body);
        let body = Bytes::from_request(again, &()).await.map_err(broken)?;
        let form = Form::read(&parts.uri, &parts.headers, &body)?;
        let authorization = authorization(&parts.headers)?;
        Ok(Self { parts, form, authorization })
    }

    fn presented(self, service: &Service) -> Result<(Presented, Form, Parts), ConnectError> {
        let address = address::of(&self.parts, service.proxies);
        Ok((presented(self.authorization, &self.form, address)?, self.form, self.parts))
    }
}

pub(super) async fn token(State(service): State<Service>, request: Request) -> Response {
    let result = issue(&service, request).await;
    service.connected("token", result)
}

async fn issue(service: &Service, request: Request) -> Result<IssuedAccess, ConnectError> {
    let (presented, form, _) = Asked::of(request).await?.presented(service)?;
    let grant_type = form.need("grant_type", "send a grant_type")?;
    if grant_type != "client_credentials" {
        return Err(ConnectError::UnsupportedGrantType);
    }
    connect(service)?.issue(&presented, form.get("scope")).await
}

pub(super) async fn introspect(State(service): State<Service>, request: Request) -> Response {
    let result = look_at(&service, request).await;
    service.connected("introspect", result)
}

async fn look_at(service: &Service, request: Request) -> Result<Introspected, ConnectError> {
    let mut asked = Asked::of(request).await?;
    let who = match std::mem::replace(&mut asked.authorization, Authorization::None) {
        Authorization::Bearer(token) => {
            if asked.form.get("client_secret").is_some() {
                return Err(ConnectError::InvalidRequest("send one pair of credentials, in one way"));
            }
            let principal = service.tokens.authenticate(&token).await;
            let gateway = principal.ok().filter(|principal| principal.role == Role::Gateway);
            Introspector::Gateway(gateway.ok_or(ConnectError::InvalidToken)?)
        }
        other => {
            let address = address::of(&asked.parts, service.proxies);
            Introspector::Client(presented(other, &asked.form, address)?)
        }
    };
    let token = asked.form.need("token", "send the token")?;
    connect(service)?.introspect(who, token).await
}

pub(super) async fn revoke(State(service): State<Service>, request: Request) -> Response {
    let result = end(&service, request).await;
    service.connected("revoke", result)
}

async fn end(service: &Service, request: Request) -> Result<Value, ConnectError> {
    let (presented, form, parts) = Asked::of(request).await?.presented(service)?;
    let token = form.need("token", "send the token")?;
    let trace = parts.extensions.get().cloned().unwrap_or_else(|| Trace::of(&parts.headers));
    let correlation_id = trace.correlation_id();
    connect(service)?.revoke(&presented, token, Some(trace.parent), correlation_id).await?;
    Ok(json!({}))
}

fn connect(service: &Service) -> Result<&Connect, ConnectError> {
    service.connect.as_ref().ok_or(ConnectError::Unsigned(None))
}
