//! The decision, in the order of DESIGN §6: the first check that fails decides.

use std::hint::black_box;

use crate::{
    Allowed, Call, Claims, Denial, Gate, Held, Moment, OperationKind, TokenState,
    apps::App,
    connections::{Connection, Place, Slot, State},
    limits::Named,
    names::AppKey,
    router::Routed,
    scopes::ScopeId,
};

impl Gate {
    /// Whether the call may pass. What passes counts against its limit; what is refused counts nothing.
    ///
    /// How fresh the gate is, its holder knows: a stale one is asked nothing.
    pub fn check<'a>(&'a self, call: &Call<'a>, now: Moment) -> Result<Allowed<'a>, Denial> {
        let key = call.app_key.ok_or(Denial::AppKeyMissing)?;
        let (index, app) =
            AppKey::parse(key).and_then(|key| self.apps.by_key(key)).ok_or(Denial::AppUnknown)?;
        let claims = match call.token {
            TokenState::Missing => return Err(Denial::TokenMissing),
            TokenState::Invalid => return Err(Denial::TokenInvalid),
            TokenState::Verified(claims) => claims,
        };
        // All that takes long and needs no claims comes first. Then the processor waits for the claims and for the
        // connection at once, because what the call says finds the connection wherever the claims say the same.
        let routed = self.router.route(call.method, call.path);
        let environment = self.names.known_environment(call.environment);
        if now.unix >= claims.expires {
            return Err(Denial::TokenExpired);
        }
        let matches = claims.app_id == app.id;
        let token_app = if matches { Some(index) } else { self.apps.index(claims.app_id) };
        let at_home = claims.environment == environment;
        // The connection that the token would use: its own app's, at the tenant that the path names.
        let place = || {
            let tenant_id = routed.as_ref()?.tenant_id?;
            let environment = if at_home { black_box(environment) } else { claims.environment };
            Some(Place { tenant_id, app: token_app?, environment: environment? })
        };
        let slot = place()
            .and_then(|place| self.connections.slot(place))
            .filter(|slot| slot.connection.client_id == claims.client_id);
        self.lives(app, claims, slot)?;
        if !matches {
            return Err(Denial::KeyTokenMismatch);
        }
        if environment.is_none() || !at_home {
            return Err(Denial::EnvironmentMismatch);
        }
        let routed = routed.ok_or(Denial::OperationUnknown)?;
        let slot = self.opens(app, claims, slot, routed.operation.scope)?;
        self.limited(slot, app, &routed, now)
    }

    /// Whether the token and its app are not at their end.
    #[inline]
    pub(crate) fn lives(&self, app: &App, claims: &Claims, slot: Option<&Slot>) -> Result<(), Denial> {
        if self.is_cut_off(claims, slot.map(|slot| &slot.connection)) {
            return Err(Denial::TokenCutOff);
        }
        if app.deleted { Err(Denial::AppDeleted) } else { Ok(()) }
    }

    /// Whether the scope is in play, through the connection of the token's credential.
    #[inline]
    pub(crate) fn opens<'a>(
        &self,
        app: &App,
        claims: &Claims,
        slot: Option<&'a Slot>,
        scope: ScopeId,
    ) -> Result<&'a Slot, Denial> {
        let slot = slot.ok_or(Denial::TenantMismatch)?;
        match slot.connection.state {
            State::Connected => {}
            State::Disabled => return Err(Denial::Disabled),
            State::Revoked => return Err(Denial::NotConnected),
        }
        self.has_scope(app, &slot.connection, claims, scope)?;
        Ok(slot)
    }

    /// Whether something that the token was issued on ended after it was issued.
    fn is_cut_off(&self, claims: &Claims, connection: Option<&Connection>) -> bool {
        self.cuts.has(claims.sid)
            || self.cuts.has(claims.jti)
            || connection.is_some_and(|connection| claims.pos <= connection.cut_off)
    }

    fn has_scope(
        &self,
        app: &App,
        connection: &Connection,
        claims: &Claims,
        scope: ScopeId,
    ) -> Result<(), Denial> {
        let granted = app.grants(connection.granted, scope);
        if granted && claims.scopes.contains(scope) {
            return Ok(());
        }
        Err(Denial::ScopeMissing(Box::new(Held {
            scope: self.names.text(scope).to_owned(),
            granted_version: connection.granted,
            latest_version: app.latest(),
            held_from_version: app.granted_from(connection.granted, scope),
            granted,
        })))
    }

    fn limited<'a>(
        &'a self,
        slot: &Slot,
        app: &App,
        routed: &Routed<'a>,
        now: Moment,
    ) -> Result<Allowed<'a>, Denial> {
        let Routed { operation, report, .. } = *routed;
        let connection = &slot.connection;
        let Place { tenant_id, environment, .. } = connection.place;
        let reporting = operation.kind == OperationKind::Reporting;
        let quota = if reporting {
            let report = Named { tenant_id, environment, id: report };
            self.limits.take_report(&report, now.monotonic).map_err(Denial::ReportLimited)
        } else {
            self.connections.take(slot, &self.limits, now.monotonic).map_err(Denial::RateLimited)
        }?;
        Ok(Allowed {
            app_id: app.id,
            tenant_id,
            client_id: connection.client_id,
            granted_version: connection.granted,
            group_id: self.connections.groups().of(connection),
            operation: &operation.id,
            module: &operation.module,
            kind: operation.kind,
            report: reporting.then_some(report),
            scope: self.names.text(operation.scope),
            quota,
        })
    }
}
