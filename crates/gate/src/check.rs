//! The decision, in the order of DESIGN §6: the first check that fails decides.

use crate::{
    Allowed, Call, Claims, Denial, Gate, Held, Moment, OperationKind, TokenState,
    apps::App,
    connections::{Connection, Place, State},
    limits::Report,
    names::AppKey,
    router::Routed,
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
        if now.unix >= claims.expires {
            return Err(Denial::TokenExpired);
        }
        let matches = claims.app_id == app.id;
        let token_app = if matches { Some(index) } else { self.apps.index(claims.app_id) };
        let routed = self.router.route(call.method, call.path);
        // The connection that the token would use: its own app's, at the tenant that the path names.
        let place = || {
            let tenant_id = routed.as_ref()?.tenant_id?;
            Some(Place { tenant_id, app: token_app?, environment: claims.environment? })
        };
        let place = place();
        let connection = place
            .and_then(|place| self.connections.get(place))
            .filter(|connection| connection.client_id == claims.client_id);
        if self.is_cut_off(claims, connection) {
            return Err(Denial::TokenCutOff);
        }
        if app.deleted {
            return Err(Denial::AppDeleted);
        }
        if !matches {
            return Err(Denial::KeyTokenMismatch);
        }
        if claims.environment.is_none()
            || self.names.known_environment(call.environment) != claims.environment
        {
            return Err(Denial::EnvironmentMismatch);
        }
        let routed = routed.ok_or(Denial::OperationUnknown)?;
        let (Some(place), Some(connection)) = (place, connection) else { return Err(Denial::TenantMismatch) };
        match connection.state {
            State::Connected => {}
            State::Disabled => return Err(Denial::Disabled),
            State::Revoked => return Err(Denial::NotConnected),
        }
        self.has_scope(app, connection, claims, &routed)?;
        self.limited(place, connection, app, &routed, now)
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
        routed: &Routed<'_>,
    ) -> Result<(), Denial> {
        let scope = routed.operation.scope;
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
        place: Place,
        connection: &Connection,
        app: &App,
        routed: &Routed<'a>,
        now: Moment,
    ) -> Result<Allowed<'a>, Denial> {
        let Routed { operation, report, .. } = *routed;
        let reporting = operation.kind == OperationKind::Reporting;
        let quota = if reporting {
            let Place { tenant_id, environment, .. } = place;
            let report = Report { tenant_id, environment, id: report.into() };
            self.limits.take_report(report, now.monotonic).map_err(Denial::ReportLimited)
        } else {
            self.limits.take_place(place, now.monotonic).map_err(Denial::RateLimited)
        }?;
        Ok(Allowed {
            app_id: app.id,
            tenant_id: place.tenant_id,
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
