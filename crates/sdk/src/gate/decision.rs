//! What became of a call.

use chancery_gate::{
    Allowed, ClientId, Denial, OperationKind, Quota,
    door::{DoorAnswer, Remedy, Vouched},
};
use chancery_wire::Position;
use uuid::Uuid;

use crate::meter::{Key, Outcome};

/// A decision.
#[derive(Debug, Clone)]
pub struct Decision {
    pub decision_id: Uuid,
    /// How far the gate was.
    pub gate_position: Position,
    pub outcome: Result<Passed, Refusal>,
}

/// The call may pass.
#[derive(Debug, Clone)]
pub struct Passed {
    pub app_id: Uuid,
    pub tenant_id: u64,
    pub client_id: ClientId,
    /// Of the secret that the token was issued on.
    pub secret_id: Option<Uuid>,
    /// The version that the tenant granted.
    pub granted_version: u32,
    pub group_id: Option<Uuid>,
    /// Of the catalog.
    pub operation: Box<str>,
    pub module: Box<str>,
    /// The one that the operation needs.
    pub scope: Box<str>,
    pub kind: OperationKind,
    pub report: Option<Box<str>>,
    /// What the token has and the tenant still grants, separated by spaces.
    pub scopes: Box<str>,
    /// What is left of the limit.
    pub quota: Quota,
}

/// The call may not pass.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub denial: Denial,
    /// What to do, and who: for whoever called.
    pub advice: Box<str>,
    /// Who must act, and where; this and what follows only once the token verified.
    pub remedy: Option<Remedy>,
    pub app_id: Option<Uuid>,
    pub client_id: Option<ClientId>,
    /// The tenant that was called.
    pub tenant_id: Option<u64>,
    /// All that the token has, separated by spaces.
    pub scopes: Box<str>,
    pub operation: Option<Box<str>>,
}

impl Decision {
    pub(super) fn of(answer: &DoorAnswer<'_>) -> Self {
        let DoorAnswer { decision_id, gate_position, outcome, .. } = answer;
        Self {
            decision_id: *decision_id,
            gate_position: *gate_position,
            outcome: match outcome {
                Ok(allowed) => Ok(Passed::of(allowed, answer)),
                Err(denial) => Err(Refusal::of(denial, answer)),
            },
        }
    }

    pub fn is_allowed(&self) -> bool {
        self.outcome.is_ok()
    }

    /// `allowed`, or the code of the refusal.
    pub fn code(&self) -> &'static str {
        self.outcome.as_ref().map_or_else(|refusal| refusal.denial.code(), |_| "allowed")
    }

    /// As HTTP has it: 200, or the refusal's status.
    pub fn status(&self) -> u16 {
        self.outcome.as_ref().map_or_else(|refusal| refusal.denial.status(), |_| 200)
    }
}

impl Passed {
    /// What the call is counted under when it has finished: as its decision was.
    pub fn key<'a>(&'a self, environment: &'a str, method: &'a str) -> Key<'a> {
        Key {
            app_id: Some(self.app_id),
            version: Some(self.granted_version),
            tenant_id: Some(self.tenant_id),
            group_id: self.group_id,
            environment: Some(environment),
            client_id: Some(self.client_id),
            secret_id: self.secret_id,
            module: Some(&self.module),
            operation: Some(&self.operation),
            method: Some(method),
            scope: Some(&self.scope),
            report_id: self.report.as_deref(),
            ..Key::only(Outcome::ALLOWED)
        }
    }

    fn of(allowed: &Allowed<'_>, answer: &DoorAnswer<'_>) -> Self {
        Self {
            secret_id: answer.vouched().map(|vouched| vouched.secret_id),
            module: allowed.module.into(),
            scope: allowed.scope.into(),
            app_id: allowed.app_id,
            tenant_id: allowed.tenant_id,
            client_id: allowed.client_id,
            granted_version: allowed.granted_version,
            group_id: allowed.group_id,
            operation: allowed.operation.into(),
            kind: allowed.kind,
            report: allowed.report.map(Into::into),
            scopes: answer.scopes().into(),
            quota: allowed.quota,
        }
    }
}

impl Refusal {
    fn of(denial: &Denial, answer: &DoorAnswer<'_>) -> Self {
        let vouched: Option<Vouched<'_>> = answer.vouched();
        Self {
            denial: denial.clone(),
            advice: answer.advice().to_string().into(),
            remedy: answer.remedy(),
            app_id: vouched.map(|vouched| vouched.app_id),
            scopes: answer.scopes().into(),
            client_id: vouched.map(|vouched| vouched.client_id),
            tenant_id: vouched.and(answer.tenant_called()),
            operation: vouched.and_then(|vouched| vouched.operation).map(Into::into),
        }
    }
}
