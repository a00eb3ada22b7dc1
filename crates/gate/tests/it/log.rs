//! A log to fold: events at positions 1, 2, 3 …

use std::time::Duration;

use chancery_gate::{Allowed, Call, Claims, ClientId, Denial, Gate, Moment, RawClaims, Settings, TokenState};
use chancery_wire::{Actor, Event, Position, Recorded, v1};
use jiff::Timestamp;
use uuid::Uuid;

pub const APP: Uuid = Uuid::from_u128(0xa);
pub const KEY: &str = "ak1.0000000000000000000000000";
pub const CLIENT: &str = "cid.0000000000000000000000000";
pub const SECRET: Uuid = Uuid::from_u128(0x5);
pub const TENANT: i64 = 1234;
/// Seconds since 1970 at which the tests happen.
pub const NOW: i64 = 1_800_000_000;

/// A gate and what it is folded from.
pub struct Log {
    pub gate: Gate,
}

impl Log {
    pub fn new() -> Self {
        Self { gate: Gate::new(Settings::default()) }
    }

    /// One of several gates.
    pub fn with_share(limit_share: f64) -> Self {
        Self { gate: Gate::new(Settings { limit_share }) }
    }

    /// The events so far, and these.
    pub fn then(mut self, events: impl IntoIterator<Item = Event>) -> Self {
        for event in events {
            self.append(&event);
        }
        self
    }

    pub fn append(&mut self, event: &Event) -> Position {
        let position = self.gate.position().next();
        self.gate.apply(&recorded(position, event)).unwrap();
        position
    }

    pub fn check<'a>(&'a self, call: &Call<'a>) -> Result<Allowed<'a>, Denial> {
        self.gate.check(call, at(0))
    }

    /// Claims of a token that was issued now, for everything.
    pub fn claims(&self) -> Claims {
        self.claims_for("tn.crm.contacts:r tn.crm.contacts:w tn.rpr.reports:r")
    }

    pub fn claims_for(&self, scope: &str) -> Claims {
        self.gate.claims(&RawClaims {
            client_id: ClientId::parse(CLIENT).unwrap(),
            app_id: APP,
            environment: "production",
            jti: Uuid::from_u128(0x7),
            sid: SECRET,
            pos: self.gate.position(),
            expires: NOW + 900,
            scope,
        })
    }
}

pub fn at(milliseconds: u64) -> Moment {
    Moment { unix: NOW, monotonic: Duration::from_millis(milliseconds) }
}

pub fn call(claims: &Claims) -> Call<'_> {
    Call {
        method: "GET",
        path: "/crm/v2/tenant/1234/contacts",
        environment: "production",
        app_key: Some(KEY),
        token: TokenState::Verified(claims),
    }
}

pub fn recorded(position: Position, event: &Event) -> Recorded {
    Recorded {
        position,
        event_id: Uuid::from_u128(position.get().into()),
        category: event.category().to_owned(),
        stream: "stream".to_owned(),
        version: position.get(),
        event_type: event.event_type().to_owned(),
        schema_version: event.schema_version(),
        recorded_at: Timestamp::from_second(NOW).unwrap(),
        key_app: None,
        key_tenant: None,
        actor: Actor { kind: "person".into(), id: "p".into() },
        command_id: Uuid::nil(),
        correlation_id: Uuid::nil(),
        causation_id: None,
        traceparent: None,
        data: event.encode().into(),
    }
}

/// Contacts to read and write, and a report.
pub fn catalog() -> Event {
    let operation = |method: &str, path: &str, scope: &str, kind: v1::OperationKind| v1::Operation {
        id: format!("{method} {path}"),
        module: "crm".into(),
        method: method.into(),
        path: path.into(),
        scope: scope.into(),
        kind: kind.into(),
    };
    let standard = v1::OperationKind::Standard;
    v1::ScopeCatalogPublished {
        scopes: Vec::new(),
        operations: vec![
            operation("GET", "/crm/v2/tenant/{tenant}/contacts", "tn.crm.contacts:r", standard),
            operation("POST", "/crm/v2/tenant/{tenant}/contacts", "tn.crm.contacts:w", standard),
            operation(
                "GET",
                "/reporting/v2/tenant/{tenant}/reports/{reportId}",
                "tn.rpr.reports:r",
                v1::OperationKind::Reporting,
            ),
        ],
    }
    .into()
}

pub fn created() -> Event {
    let scopes = vec!["tn.crm.contacts:r".into(), "tn.rpr.reports:r".into()];
    v1::AppCreated { app_id: APP.to_string(), app_key: KEY.into(), scopes, ..Default::default() }.into()
}

pub fn edited(scopes: &[&str]) -> Event {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    v1::ScopesEdited { app_id: APP.to_string(), version: 2, scopes, ..Default::default() }.into()
}

pub fn connected(tenant_id: i64, client_id: &str) -> Event {
    v1::TenantConnected {
        app_id: APP.to_string(),
        tenant_id,
        environment: "production".into(),
        version: 1,
        client_id: client_id.into(),
        ..Default::default()
    }
    .into()
}

pub fn disabled(tenant_id: i64) -> Event {
    v1::ConnectionDisabled { app_id: APP.to_string(), tenant_id, environment: "production".into() }.into()
}

pub fn restored(tenant_id: i64) -> Event {
    v1::ConnectionRestored { app_id: APP.to_string(), tenant_id, environment: "production".into() }.into()
}

pub fn revoked(tenant_id: i64) -> Event {
    let cause = v1::RevocationCause::Disconnected.into();
    v1::ConnectionRevoked { app_id: APP.to_string(), tenant_id, environment: "production".into(), cause }
        .into()
}

/// The app's limit at a tenant; 0: the usual one.
pub fn limited(tenant_id: i64, calls: u32, per_seconds: u32) -> Event {
    v1::RateLimitOverridden {
        app_id: APP.to_string(),
        tenant_id,
        environment: "production".into(),
        report_id: String::new(),
        calls,
        per_seconds,
    }
    .into()
}

/// A report's limit at a tenant, whichever app calls.
pub fn report_limited(tenant_id: i64, report: &str, calls: u32, per_seconds: u32) -> Event {
    v1::RateLimitOverridden {
        app_id: String::new(),
        tenant_id,
        environment: "production".into(),
        report_id: report.into(),
        calls,
        per_seconds,
    }
    .into()
}

/// An app that is connected to one tenant.
pub fn connected_app() -> Log {
    Log::new().then([catalog(), created(), connected(TENANT, CLIENT)])
}
