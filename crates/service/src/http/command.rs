//! A request that changes something.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{DefaultBodyLimit, FromRequest, Request},
    http::{HeaderMap, Method, StatusCode, request::Parts},
};
use chancery_domain::Role;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    Service, authenticate::require, header, json, problem::Problem, query, query::NoQuery,
    request_error::RequestError, trace::Trace,
};
use crate::{auth::Principal, commands::Caller};

/// No body is larger.
pub(super) const BODY_BYTES: usize = 1024 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// The namespace of command ids: fixed for ever, like the rule that makes them.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0c_2c1b_98d4_4f0e_a3b5_1d27_5e8a_40c6);

/// A command as it was sent. What it says is looked at after the bearer's role.
#[derive(Debug)]
pub(super) struct Command {
    principal: Arc<Principal>,
    trace: Trace,
    parts: Parts,
    body: Bytes,
}

impl FromRequest<Service> for Command {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Service) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let principal = parts.extensions.get::<Arc<Principal>>().cloned();
        let principal = principal.ok_or_else(Problem::unauthenticated)?;
        let trace = parts.extensions.get().cloned().unwrap_or_else(|| Trace::of(&parts.headers));
        Ok(Self { principal, trace, body: read(body).await?, parts })
    }
}

impl Command {
    /// The sender, if it has this role, and what it sent.
    pub(super) fn json<T: DeserializeOwned>(self, role: Role) -> Result<(Caller, T), Problem> {
        let caller = self.caller(role)?;
        let body = json::read(&self.parts.headers, &self.body)?;
        Ok((caller, body))
    }

    /// The sender, if it has this role, of a command that has no body.
    pub(super) fn bare(&self, role: Role) -> Result<Caller, Problem> {
        self.caller(role)
    }

    fn caller(&self, role: Role) -> Result<Caller, Problem> {
        require(&self.principal, &[role])?;
        let Parts { method, uri, headers, .. } = &self.parts;
        query::read::<NoQuery>(uri)?;
        let (command_id, keyed) = command_id(&self.principal, method, uri.path(), headers)?;
        Ok(Caller {
            command_id,
            keyed,
            request_hash: self.hash(),
            if_match: header::if_match(headers)?,
            correlation_id: self.trace.correlation_id(),
            traceparent: Some(self.trace.parent.clone()),
            principal: self.principal.clone(),
        })
    }

    /// What makes this request this one: method, path, query and body, each with its length before it.
    fn hash(&self) -> [u8; 32] {
        let Parts { method, uri, .. } = &self.parts;
        let mut hash = Sha256::new();
        for part in [
            method.as_str().as_bytes(),
            uri.path().as_bytes(),
            uri.query().unwrap_or("").as_bytes(),
            &self.body,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// The command's id and whether a retry would have it too (DESIGN §6).
fn command_id(
    principal: &Principal,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Result<(Uuid, bool), RequestError> {
    let Some(key) = header::idempotency_key(headers)? else { return Ok((Uuid::now_v7(), false)) };
    // None of the parts holds a line break.
    let name = format!("{}\n{method}\n{path}\n{key}", principal.token_id);
    Ok((Uuid::new_v5(&NAMESPACE, name.as_bytes()), true))
}

/// The whole body, unless it is too large; one that says so itself is not read at all.
async fn read(body: Body) -> Result<Bytes, RequestError> {
    let too_large = RequestError::BodyTooLarge { max: BODY_BYTES };
    if body.size_hint().lower() > BODY_BYTES as u64 {
        return Err(too_large);
    }
    let mut request = Request::new(body);
    DefaultBodyLimit::max(BODY_BYTES).apply(&mut request);
    match timeout(PATIENCE, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large),
        Ok(Err(_)) => Err(RequestError::BodyBroken),
        Err(_) => Err(RequestError::BodySlow { seconds: PATIENCE.as_secs() }),
    }
}
