//! `POST /v1/authorize`: a call as JSON, the decision as JSON.

use std::net::IpAddr;

use axum::{
    body::Body,
    http::{HeaderMap, request::Parts},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    super::{Service, command, header, json, problem::Problem, query, query::NoQuery},
    answer::{self, Answer},
    headers,
};
use crate::doors::{Door, DoorAnswer, DoorRequest};

/// No call as JSON is larger.
const BODY_BYTES: usize = 64 * 1024;

/// A call of the platform's API.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuthorizeCall)]
pub(in super::super) struct Question {
    /// As it was sent: methods are upper case.
    #[schema(examples("GET"))]
    method: String,
    /// As it was sent, undecoded, with its query.
    #[schema(examples("/crm/v2/tenant/1234/contacts?page=2"))]
    path: String,
    /// The environment of the host that was called.
    #[schema(examples("production"))]
    environment: String,
    /// The app key that the call has.
    #[serde(default)]
    app_key: Option<String>,
    /// The header `Authorization` that the call has.
    #[serde(default)]
    #[schema(examples("Bearer eyJ…"))]
    authorization: Option<String>,
    /// Where the call came from; for traces alone.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    source_ip: Option<IpAddr>,
}

/// The call may pass.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuthorizedCall)]
pub(in super::super) struct AllowedDocument<'a> {
    decision_id: Uuid,
    /// `true`
    allow: bool,
    app_id: Uuid,
    tenant_id: u64,
    client_id: String,
    /// What the token has and the tenant grants.
    scopes: Vec<&'a str>,
    /// Of the catalog.
    operation: &'a str,
    /// How far the gate was.
    gate_position: u64,
}

impl Question {
    pub(super) async fn of(parts: &Parts, body: Body) -> Result<Self, Problem> {
        query::read::<NoQuery>(&parts.uri)?;
        let body = command::read(body, BODY_BYTES).await?;
        Self::read(&parts.headers, &body)
    }

    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        // What is right is read fast, and what is not once more, to be told what is wrong with it.
        if json::is_json(headers)
            && body.starts_with(b"{")
            && let Ok(question) = serde_json::from_slice(body)
        {
            return Ok(question);
        }
        Ok(json::read(headers, body)?)
    }

    fn asked(&self) -> DoorRequest<'_> {
        DoorRequest {
            method: &self.method,
            path: &self.path,
            environment: Some(&self.environment),
            app_key: self.app_key.as_deref().into(),
            authorization: self.authorization.as_deref().into(),
        }
    }
}

pub(super) async fn decide(
    service: &Service,
    door: &Door,
    question: &Question,
    trace: impl FnOnce() -> String,
) -> Answer {
    if let Some(address) = question.source_ip {
        tracing::trace!(%address, "a gateway asks about a call");
    }
    let log_id = service.log_id;
    let mut answer = door.decide(&question.asked(), |decision| write(decision, trace)).await;
    answer.headers_mut().insert(header::LOG, headers::uuid(log_id));
    answer
}

fn write(decision: &DoorAnswer<'_>, trace: impl FnOnce() -> String) -> Answer {
    let Ok(allowed) = &decision.outcome else { return answer::refusal(decision, trace) };
    let scopes = decision.scopes();
    let document = AllowedDocument {
        decision_id: decision.decision_id,
        allow: true,
        app_id: allowed.app_id,
        tenant_id: allowed.tenant_id,
        client_id: allowed.client_id.to_string(),
        scopes: scopes.split_ascii_whitespace().collect(),
        operation: allowed.operation,
        gate_position: decision.gate_position.get(),
    };
    let body = serde_json::to_vec(&document)
        .unwrap_or_else(|error| unreachable!("an answer has string keys and no fallible field: {error}"));
    let mut answer = answer::json(Bytes::from(body));
    answer.headers_mut().insert(header::POSITION, header::number(document.gate_position));
    headers::limit(answer.headers_mut(), &allowed.quota);
    answer
}
