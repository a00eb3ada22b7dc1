//! What a call is aimed at, whether it may pass or not: for whoever tells of a decision or counts it.

use uuid::Uuid;

use crate::{Allowed, Call, Claims, Gate, OperationKind, TokenState, connections::Place};

/// As far as the call's path and its token say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Aim<'a> {
    /// What the catalog has at the call's method and path.
    pub operation: Option<AimedOperation<'a>>,
    /// The tenant that the path names, known or not.
    pub tenant_id: Option<u64>,
    /// The token's connection at that tenant, whatever its state.
    pub connection: Option<AimedConnection>,
}

/// An operation of the catalog.
#[derive(Debug, Clone, Copy)]
pub struct AimedOperation<'a> {
    pub id: &'a str,
    pub module: &'a str,
    pub scope: &'a str,
    /// The report, where the operation is reporting.
    pub report: Option<&'a str>,
}

/// A connection of the token's credential.
#[derive(Debug, Clone, Copy)]
pub struct AimedConnection {
    pub granted_version: u32,
    pub group_id: Option<Uuid>,
}

impl Gate {
    /// What the call is aimed at. Costs about as much as a decision, so ask where it is needed: after a refusal.
    pub fn aim<'a>(&'a self, call: &Call<'a>) -> Aim<'a> {
        let Some(routed) = self.router.route(call.method, call.path) else { return Aim::default() };
        let reporting = routed.operation.kind == OperationKind::Reporting;
        let operation = AimedOperation {
            id: &routed.operation.id,
            module: &routed.operation.module,
            scope: self.names.text(routed.operation.scope),
            report: reporting.then_some(routed.report),
        };
        let connection = match call.token {
            TokenState::Verified(claims) => self.aimed_connection(claims, routed.tenant_id),
            TokenState::Missing | TokenState::Invalid => None,
        };
        Aim { operation: Some(operation), tenant_id: routed.tenant_id, connection }
    }

    /// The scopes that the token has and the grant still has, as a token says them; `None` where those are all that
    /// the token has, which is nearly always.
    pub fn narrowed(&self, claims: &Claims, allowed: &Allowed<'_>) -> Option<String> {
        let app = self.apps.index(claims.app_id).and_then(|index| self.apps.get(index));
        let granted = app.and_then(|app| app.scopes(allowed.granted_version))?;
        let both = claims.scopes.and(granted);
        (both != claims.scopes).then(|| self.scope_text(&both))
    }

    fn aimed_connection(&self, claims: &Claims, tenant_id: Option<u64>) -> Option<AimedConnection> {
        let (app, environment) = (self.apps.index(claims.app_id)?, claims.environment?);
        let connection = self.connections.get(Place { tenant_id: tenant_id?, app, environment })?;
        (connection.client_id == claims.client_id).then(|| AimedConnection {
            granted_version: connection.granted,
            group_id: self.connections.groups().of(connection),
        })
    }
}
