//! Decisions, counted for the usage reports.

use std::sync::Arc;

use chancery_gate::door::{Decided, Observer};

use super::unix;
use crate::meter::{Key, Meter, Outcome};

/// Tells a meter each decision of a gate. What becomes of a call that passed, your gateway tells the meter itself.
#[derive(Debug, Clone)]
pub struct Metered(pub Arc<Meter>);

impl Observer for Metered {
    fn decided(&self, decided: &Decided<'_>) {
        self.0.record_decision(&decided.into(), unix());
    }
}

impl<'a> From<&Decided<'a>> for Key<'a> {
    fn from(decided: &Decided<'a>) -> Self {
        let only = Key { environment: decided.environment, ..Key::only(Outcome::of(decided.outcome)) };
        let Some(vouched) = decided.vouched else { return only };
        Key {
            app_id: Some(vouched.app_id),
            version: vouched.version,
            tenant_id: vouched.tenant_id,
            group_id: vouched.group_id,
            client_id: Some(vouched.client_id),
            secret_id: Some(vouched.secret_id),
            module: vouched.module,
            operation: vouched.operation,
            // Of no operation it is any text.
            method: vouched.operation.map(|_| decided.method),
            scope: vouched.scope,
            report_id: vouched.report_id,
            ..only
        }
    }
}
