//! A decision, and what is told of it.

use std::{borrow::Cow, fmt};

use chancery_wire::Position;
use uuid::Uuid;

use super::{DoorRequest, Question, Vouched, observer::Decided, request::Flaw};
use crate::{Aim, Allowed, Call, Denial, Gate, verify::Verified};

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

impl<'a> Question<'a> {
    /// What the gate said to the question's call.
    pub fn answer(
        &self,
        call: &Call<'a>,
        verified: Option<&'a Verified>,
        outcome: Result<Allowed<'a>, Denial>,
        gate: &'a Gate,
        decision_id: Uuid,
    ) -> DoorAnswer<'a> {
        let Self { request, flaw, .. } = *self;
        let verified = verified.filter(|_| outcome.as_ref().err().is_none_or(is_about_the_token));
        let refused = outcome.is_err() && verified.is_some();
        let aim = if refused { gate.aim(call) } else { Aim::default() };
        let gate_position = gate.position();
        DoorAnswer { decision_id, gate_position, outcome, request, gate, verified, aim, flaw }
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
        if let Ok(allowed) = &self.outcome {
            return Some(Vouched {
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
            });
        }
        let Aim { operation, tenant_id, connection } = self.aim;
        Some(Vouched {
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
        })
    }

    /// As observers are told.
    pub fn decided(&self) -> Decided<'_> {
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
