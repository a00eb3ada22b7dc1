//! The one function that decides.

use std::{borrow::Cow, fmt, sync::Arc, time::Instant};

use chancery_gate::{Aim, Allowed, Call, Denial, Gate, TokenState};
use chancery_wire::Position;
use uuid::Uuid;

use super::{Decided, Door, DoorRequest, Sent, Vouched, ask::Token};
use crate::connect::Verified;

/// What is wrong with how credentials were sent, where the code alone does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    TwoKeys,
    TwoTokens,
    NotBearer,
    InQuery,
}

/// A decision, while the gate is held still: nothing of it is copied.
#[derive(Debug)]
pub struct DoorAnswer<'a> {
    pub decision_id: Uuid,
    /// How far the gate was.
    pub gate_position: Position,
    pub outcome: Result<Allowed<'a>, Denial>,
    request: &'a DoorRequest<'a>,
    gate: &'a Gate,
    /// The token, where it verified and the checks came as far as to it.
    verified: Option<&'a Verified>,
    /// What a refused call was aimed at.
    aim: Aim<'a>,
    flaw: Option<Flaw>,
}

impl Door {
    /// Decides, and hands the decision to `answer`, who writes it down.
    pub async fn decide<T>(&self, request: &DoorRequest<'_>, answer: impl FnOnce(&DoorAnswer<'_>) -> T) -> T {
        let since = Instant::now();
        let (app_key, key_flaw) = match request.app_key {
            Sent::Missing => (None, None),
            Sent::Once(key) => (Some(key), None),
            Sent::Unclear => (Some(""), Some(Flaw::TwoKeys)),
        };
        let (verified, flaw) = match request.token() {
            // Its turn does not come.
            _ if app_key.is_none_or(str::is_empty) => (None, key_flaw),
            Token::Missing => (None, None),
            Token::Flawed(flaw) => (Some(None), Some(flaw)),
            Token::Bearer(token) => {
                let verified = self.0.connect.verifier().verify(token).await.ok();
                (Some(verified), None)
            }
        };
        let verified: Option<Option<Arc<Verified>>> = verified;
        let token = match &verified {
            None => TokenState::Missing,
            Some(None) => TokenState::Invalid,
            Some(Some(verified)) => verified.state(),
        };
        let (method, path) = (request.method, request.path);
        let call = Call { method, path, environment: request.environment.unwrap_or(""), app_key, token };
        let told = self.0.connect.house().check(&call, |outcome, gate| {
            let verified = verified.as_ref().and_then(|verified| verified.as_deref());
            let verified = verified.filter(|_| outcome.as_ref().err().is_none_or(is_about_the_token));
            let refused = outcome.is_err() && verified.is_some();
            let aim = if refused { gate.aim(&call) } else { Aim::default() };
            let (decision_id, gate_position) = (Uuid::now_v7(), gate.position());
            let decision =
                DoorAnswer { decision_id, gate_position, outcome, request, gate, verified, aim, flaw };
            self.0.metrics.decided(decision.code());
            self.0.observer.decided(&decision.decided());
            answer(&decision)
        });
        self.0.metrics.took(since.elapsed());
        told
    }
}

impl<'a> DoorAnswer<'a> {
    /// `allowed`, or the code of the refusal.
    pub fn code(&self) -> &'static str {
        self.outcome.as_ref().map_or_else(Denial::code, |_| "allowed")
    }

    /// The environment that was called, as far as it is one.
    pub fn environment(&self) -> Option<&'a str> {
        self.request.environment
    }

    /// The scopes of the token that are good for something at this tenant, separated by spaces; of a refused call all
    /// that its token has.
    pub fn scopes(&self) -> Cow<'a, str> {
        let Some(verified) = self.verified else { return Cow::Borrowed("") };
        let allowed = self.outcome.as_ref().ok();
        let narrowed = allowed.and_then(|allowed| self.gate.narrowed(verified.gate(), allowed));
        narrowed.map_or(Cow::Borrowed(&*verified.claims.scope), Cow::Owned)
    }

    /// The tenant that a refused call named.
    pub fn tenant_called(&self) -> Option<u64> {
        self.aim.tenant_id
    }

    /// What to do, and who.
    pub fn advice(&self) -> Advice<'_> {
        Advice { denial: self.outcome.as_ref().err(), flaw: self.flaw }
    }

    /// What the token vouches for.
    pub fn vouched(&self) -> Option<Vouched<'_>> {
        let claims = self.verified?.gate();
        let (app_id, client_id, secret_id) = (claims.app_id, claims.client_id, claims.sid);
        Some(match &self.outcome {
            Ok(allowed) => Vouched {
                app_id,
                client_id,
                secret_id,
                operation: Some(allowed.operation),
                module: Some(allowed.module),
                scope: Some(allowed.scope),
                tenant_id: Some(allowed.tenant_id),
                version: Some(allowed.granted_version),
                group_id: allowed.group_id,
                report_id: allowed.report,
            },
            Err(_) => {
                let Aim { operation, tenant_id, connection } = self.aim;
                Vouched {
                    app_id,
                    client_id,
                    secret_id,
                    operation: operation.map(|operation| operation.id),
                    module: operation.map(|operation| operation.module),
                    scope: operation.map(|operation| operation.scope),
                    tenant_id: connection.and(tenant_id),
                    version: connection.map(|connection| connection.granted_version),
                    group_id: connection.and_then(|connection| connection.group_id),
                    report_id: connection.and(operation).and_then(|operation| operation.report),
                }
            }
        })
    }

    fn decided(&self) -> Decided<'_> {
        Decided {
            decision_id: self.decision_id,
            outcome: self.code(),
            environment: self.request.environment,
            method: self.request.method,
            vouched: self.vouched(),
        }
    }
}

/// Whether the checks had come as far as to the token, and it is one of ours.
fn is_about_the_token(denial: &Denial) -> bool {
    !matches!(
        denial,
        Denial::Stale
            | Denial::AppKeyMissing
            | Denial::AppUnknown
            | Denial::TokenMissing
            | Denial::TokenInvalid
    )
}

/// A sentence for whoever was refused.
#[derive(Debug, Clone, Copy)]
pub struct Advice<'a> {
    denial: Option<&'a Denial>,
    flaw: Option<Flaw>,
}

impl fmt::Display for Advice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.denial, self.flaw) {
            (Some(Denial::AppUnknown), Some(Flaw::TwoKeys)) => f.write_str("Send one app key: this call has two."),
            (Some(Denial::TokenInvalid), Some(Flaw::TwoTokens)) => {
                f.write_str("Send one access token: this call has two.")
            }
            (Some(Denial::TokenInvalid), Some(Flaw::NotBearer)) => {
                f.write_str("Send the access token as Authorization: Bearer <token>.")
            }
            (Some(Denial::TokenInvalid), Some(Flaw::InQuery)) => f.write_str(
                "Send the access token in the header Authorization alone: what is in the query, everybody on the way \
                 writes down.",
            ),
            (Some(denial), _) => denial.fmt(f),
            (None, _) => f.write_str("Go on."),
        }
    }
}
