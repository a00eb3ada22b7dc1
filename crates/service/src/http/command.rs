//! A request that changes something.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{DefaultBodyLimit, FromRequest, Request},
    http::{HeaderMap, Method, StatusCode, header::IF_MATCH, request::Parts},
};
use chancery_domain::{Actor, ActorKind};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    Service, address, header, json, problem::Problem, query, query::NoQuery, request_error::RequestError,
    trace::Trace,
};
use crate::{auth::Principal, commands::Caller};

/// No body is larger.
pub(super) const BODY_BYTES: usize = 1024 * 1024;
/// Nor a stranger's (rule 1).
const STRANGERS_BODY_BYTES: usize = 2 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// The namespace of command ids: fixed for ever, like the rule that makes them.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0c_2c1b_98d4_4f0e_a3b5_1d27_5e8a_40c6);

/// A command as it was sent, by a bearer whose role may.
#[derive(Debug)]
pub(super) struct Command {
    principal: Arc<Principal>,
    sent: Sent,
}

/// A command that nobody needs a token for.
#[derive(Debug)]
pub(super) struct StrangersCommand {
    address: IpAddr,
    sent: Sent,
}

#[derive(Debug)]
struct Sent {
    trace: Trace,
    parts: Parts,
    body: Bytes,
}

/// The body of a command that has nothing to say: it may as well be missing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl FromRequest<Service> for Command {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Service) -> Result<Self, Problem> {
        let principal = request.extensions().get::<Arc<Principal>>().cloned();
        let principal = principal.ok_or_else(Problem::unauthenticated)?;
        Ok(Self { principal, sent: Sent::of(request, BODY_BYTES).await? })
    }
}

impl FromRequest<Service> for StrangersCommand {
    type Rejection = Problem;

    async fn from_request(request: Request, service: &Service) -> Result<Self, Problem> {
        let sent = Sent::of(request, STRANGERS_BODY_BYTES).await?;
        Ok(Self { address: address::of(&sent.parts, service.proxies), sent })
    }
}

impl Command {
    /// The sender and what it sent.
    pub(super) fn json<T: DeserializeOwned>(self) -> Result<(Caller, T), Problem> {
        let caller = self.caller()?;
        Ok((caller, self.sent.json()?))
    }

    /// The same of a command that makes something: there is no version of it yet that the sender could have seen.
    pub(super) fn creating<T: DeserializeOwned>(self) -> Result<(Caller, T), Problem> {
        let caller = self.caller()?;
        self.sent.unversioned()?;
        Ok((caller, self.sent.json()?))
    }

    /// The same of a command that may also say nothing.
    pub(super) fn perhaps<T: DeserializeOwned + Default>(self) -> Result<(Caller, T), Problem> {
        if self.sent.body.is_empty() { Ok((self.caller()?, T::default())) } else { self.json() }
    }

    /// The sender of a command that says all in its path.
    pub(super) fn bare(&self) -> Result<Caller, Problem> {
        let caller = self.caller()?;
        self.sent.nothing()?;
        Ok(caller)
    }

    /// The same of a command on something that has no version to be seen.
    pub(super) fn bare_unversioned(&self) -> Result<Caller, Problem> {
        let caller = self.caller()?;
        self.sent.unversioned()?;
        self.sent.nothing()?;
        Ok(caller)
    }

    fn caller(&self) -> Result<Caller, Problem> {
        let principal = Some(self.principal.clone());
        self.sent.caller(&self.principal.token_id.to_string(), self.principal.actor.clone(), principal)
    }
}

impl StrangersCommand {
    /// The sender, where it called from, and what it sent.
    pub(super) fn json<T: DeserializeOwned>(self) -> Result<(Caller, IpAddr, T), Problem> {
        // Nobody in particular, until the command knows.
        let actor = Actor { kind: ActorKind::System, id: "stranger".into() };
        let caller = self.sent.caller("stranger", actor, None)?;
        self.sent.unversioned()?;
        Ok((caller, self.address, self.sent.json()?))
    }
}

impl Sent {
    async fn of(request: Request, most: usize) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let trace = parts.extensions.get().cloned().unwrap_or_else(|| Trace::of(&parts.headers));
        Ok(Self { trace, body: read(body, most).await?, parts })
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T, RequestError> {
        json::read(&self.parts.headers, &self.body)
    }

    fn nothing(&self) -> Result<(), RequestError> {
        if self.body.is_empty() { Ok(()) } else { self.json().map(|Nothing {}| ()) }
    }

    fn unversioned(&self) -> Result<(), RequestError> {
        if self.parts.headers.contains_key(IF_MATCH) { Err(RequestError::IfMatchUnexpected) } else { Ok(()) }
    }

    fn caller(
        &self,
        token: &str,
        actor: Actor,
        principal: Option<Arc<Principal>>,
    ) -> Result<Caller, Problem> {
        let Parts { method, uri, headers, .. } = &self.parts;
        query::read::<NoQuery>(uri)?;
        let (command_id, keyed) = command_id(token, method, uri.path(), headers)?;
        Ok(Caller {
            command_id,
            keyed,
            request_hash: self.hash(),
            if_match: header::if_match(headers)?,
            correlation_id: self.trace.correlation_id(),
            traceparent: Some(self.trace.parent.clone()),
            principal,
            actor,
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
    token: &str,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Result<(Uuid, bool), RequestError> {
    let Some(key) = header::idempotency_key(headers)? else { return Ok((Uuid::now_v7(), false)) };
    // None of the parts holds a line break.
    let name = format!("{token}\n{method}\n{path}\n{key}");
    Ok((Uuid::new_v5(&NAMESPACE, name.as_bytes()), true))
}

/// The whole body, unless it is too large; one that says so itself is not read at all.
pub(super) async fn read(body: Body, most: usize) -> Result<Bytes, RequestError> {
    let too_large = RequestError::BodyTooLarge { max: most };
    if body.size_hint().lower() > most as u64 {
        return Err(too_large);
    }
    let mut request = Request::new(body);
    DefaultBodyLimit::max(most).apply(&mut request);
    match timeout(PATIENCE, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large),
        Ok(Err(_)) => Err(RequestError::BodyBroken),
        Err(_) => Err(RequestError::BodySlow { seconds: PATIENCE.as_secs() }),
    }
}
