//! Histories by chance: what happens to two apps at two tenants in two environments, in an order in which it may happen.

use std::collections::BTreeMap;

use chancery_wire::{Actor, Event, Position, Recorded, v1};
use jiff::Timestamp;
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

pub const APPS: u8 = 2;
pub const TENANTS: [u64; 2] = [101, 102];
pub const ENVIRONMENTS: [&str; 2] = ["production", "integration"];
pub const SCOPES: [&str; 3] = ["tn.crm.a:r", "tn.crm.b:r", "tn.crm.c:w"];
pub const CLIENT: &str = "cid.0000000000000000000000001";
pub const NOBODY: &str = "cid.zzzzzzzzzzzzzzzzzzzzzzzzz";

/// When it begins, in seconds since 1970.
const BEGIN: i64 = 1_800_000_000;
/// Between two events. Cut-offs are remembered for an hour, which is longer than any of these histories.
const STEP: i64 = 30;

/// Something happens, where it can.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    what: u8,
    app: u8,
    tenant: usize,
    environment: usize,
    number: u8,
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..20_u8, 0..APPS, 0..TENANTS.len(), 0..ENVIRONMENTS.len(), 0..8_u8)
        .prop_map(|(what, app, tenant, environment, number)| Step { what, app, tenant, environment, number });
    vec(step, 0..60)
}

/// A log.
#[derive(Default)]
pub struct History {
    pub events: Vec<Recorded>,
    /// How many versions each app has.
    versions: BTreeMap<u8, i64>,
    clients: BTreeMap<(u8, usize, usize), String>,
    /// Secrets of each client, all that ever were.
    secrets: BTreeMap<String, Vec<u8>>,
    minted: u8,
}

impl History {
    pub fn of(steps: &[Step]) -> Self {
        let mut history = Self::default();
        history.say(&catalog());
        for step in steps {
            history.happen(*step);
        }
        history
    }

    fn happen(&mut self, step: Step) {
        let Step { what, app, tenant, environment, number } = step;
        let place = (app, tenant, environment);
        let (tenant, environment) = (TENANTS[tenant], ENVIRONMENTS[environment]);
        let scopes = 1 + number % 7;
        let Some(latest) = self.versions.get(&app).copied() else {
            // Nothing happens to an app before it is there.
            if what < 8 {
                self.versions.insert(app, 1);
                self.say(&created(app, scopes));
            }
            return;
        };
        let client = self.clients.get(&place).cloned();
        match (what, client) {
            (0..3, _) => {
                self.versions.insert(app, latest + 1);
                self.say(&edited(app, latest + 1, scopes));
            }
            (3..7, _) => {
                // By itself, or as a member of a group whose credential others may have.
                let client = if number > 3 { shared(app, environment) } else { self.mint() };
                self.clients.insert(place, client.clone());
                let version = 1 + i64::from(number) % latest;
                self.say(&connected(app, tenant, environment, version, &client));
            }
            (7, Some(_)) => {
                let version = 1 + i64::from(number) % latest;
                self.say(&upgraded(app, tenant, environment, version));
            }
            (8..10, Some(_)) => self.say(&disabled(app, tenant, environment)),
            (10..12, Some(_)) => self.say(&restored(app, tenant, environment)),
            (12, Some(_)) => self.say(&revoked(app, tenant, environment)),
            (13..15, Some(client)) => {
                let secret = self.next();
                let known = self.secrets.entry(client.clone()).or_default();
                // Retires between at once and in eight steps.
                let end = i64::try_from(self.events.len()).unwrap() + i64::from(number);
                let previous = known.last().map(|previous| (*previous, end * STEP));
                known.push(secret);
                self.say(&generated(app, &client, secret, previous));
            }
            (15..18, Some(client)) => {
                let known = self.secrets.get(&client).cloned().unwrap_or_default();
                // The newest more often than the others.
                if let Some(secret) = known.iter().rev().cycle().nth(usize::from(number) / 3) {
                    self.say(&revoked_secret(app, &client, *secret));
                }
            }
            (18, _) if number == 0 => self.say(&v1::AppDeleted { app_id: app_id(app).to_string() }.into()),
            (18, _) => self.say(&catalog()),
            _ => self.say(&listed(app, tenant)),
        }
    }

    fn say(&mut self, event: &Event) {
        let number = self.events.len();
        let position = Position::new(number as u64 + 1);
        self.events.push(recorded(position, i64::try_from(number).unwrap() * STEP, event));
    }

    fn next(&mut self) -> u8 {
        self.minted += 1;
        self.minted
    }

    fn mint(&mut self) -> String {
        format!("cid.{:025}", self.next())
    }
}

pub fn app_id(app: u8) -> Uuid {
    Uuid::from_u128(0xa0 + u128::from(app))
}

pub fn app_key(app: u8) -> String {
    format!("ak1.{app:025}")
}

/// The path of the operation that needs the scope.
pub fn path(scope: &str, tenant: u64) -> String {
    format!("/{}/tenant/{tenant}", scope.replace(':', "/"))
}

/// The second since it began.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + second).unwrap()
}

pub fn recorded(position: Position, second: i64, event: &Event) -> Recorded {
    Recorded {
        position,
        event_id: Uuid::from_u128(position.get().into()),
        category: event.category().to_owned(),
        stream: "stream".to_owned(),
        version: position.get(),
        event_type: event.event_type().to_owned(),
        schema_version: event.schema_version(),
        recorded_at: at(second),
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

/// Those whose bits are set.
fn scopes(mask: u8) -> Vec<String> {
    (0..3).filter(|bit| mask >> bit & 1 == 1).map(|bit| SCOPES[bit].to_owned()).collect()
}

fn secret(number: u8) -> String {
    Uuid::from_u128(0x5ec0 + u128::from(number)).to_string()
}

/// The credential of the app's group in the environment.
fn shared(app: u8, environment: &str) -> String {
    format!("cid.{:0>25}", format!("{}{app}", &environment[..4]))
}

/// An operation for each scope.
fn catalog() -> Event {
    let operation = |scope: &str| v1::Operation {
        id: scope.into(),
        module: "crm".into(),
        method: "GET".into(),
        path: format!("/{}/tenant/{{tenant}}", scope.replace(':', "/")),
        scope: scope.into(),
        kind: v1::OperationKind::Standard.into(),
    };
    v1::ScopeCatalogPublished { scopes: Vec::new(), operations: SCOPES.map(operation).into() }.into()
}

pub fn created(app: u8, mask: u8) -> Event {
    let (app_id, app_key) = (app_id(app).to_string(), app_key(app));
    v1::AppCreated { app_id, app_key, scopes: scopes(mask), ..Default::default() }.into()
}

fn edited(app: u8, version: i64, mask: u8) -> Event {
    let app_id = app_id(app).to_string();
    v1::ScopesEdited { app_id, version, scopes: scopes(mask), ..Default::default() }.into()
}

fn listed(app: u8, tenant: u64) -> Event {
    v1::TenantAdded { app_id: app_id(app).to_string(), tenant_id: tenant.cast_signed() }.into()
}

pub fn connected(app: u8, tenant: u64, environment: &str, version: i64, client: &str) -> Event {
    v1::TenantConnected {
        app_id: app_id(app).to_string(),
        tenant_id: tenant.cast_signed(),
        environment: environment.into(),
        version,
        client_id: client.into(),
        ..Default::default()
    }
    .into()
}

fn upgraded(app: u8, tenant: u64, environment: &str, version: i64) -> Event {
    v1::VersionUpgraded {
        app_id: app_id(app).to_string(),
        tenant_id: tenant.cast_signed(),
        environment: environment.into(),
        from_version: 1,
        version,
    }
    .into()
}

fn disabled(app: u8, tenant: u64, environment: &str) -> Event {
    let (app_id, tenant_id, environment) =
        (app_id(app).to_string(), tenant.cast_signed(), environment.into());
    v1::ConnectionDisabled { app_id, tenant_id, environment }.into()
}

fn restored(app: u8, tenant: u64, environment: &str) -> Event {
    let (app_id, tenant_id, environment) =
        (app_id(app).to_string(), tenant.cast_signed(), environment.into());
    v1::ConnectionRestored { app_id, tenant_id, environment }.into()
}

fn revoked(app: u8, tenant: u64, environment: &str) -> Event {
    let (app_id, tenant_id, environment) =
        (app_id(app).to_string(), tenant.cast_signed(), environment.into());
    v1::ConnectionRevoked { app_id, tenant_id, environment, cause: 1 }.into()
}

/// Beside one that retires at a second.
pub fn generated(app: u8, client: &str, number: u8, previous: Option<(u8, i64)>) -> Event {
    v1::SecretGenerated {
        client_id: client.into(),
        app_id: app_id(app).to_string(),
        tenant_id: 1,
        environment: "production".into(),
        secret_id: secret(number),
        sha256: vec![number; 32],
        previous_secret_id: previous.map(|(number, _)| secret(number)).unwrap_or_default(),
        previous_retires_at: previous.map(|(_, second)| at(second).into()),
        ..Default::default()
    }
    .into()
}

pub fn revoked_secret(app: u8, client: &str, number: u8) -> Event {
    v1::SecretRevoked {
        client_id: client.into(),
        app_id: app_id(app).to_string(),
        environment: "production".into(),
        secret_id: secret(number),
        ..Default::default()
    }
    .into()
}
