//! One connected client in a log of its own, without a limit: what token and gate benches call with.
//!
//! It is written straight into the log: no rule of the portal is measured here.

use anyhow::Context as _;
use aws_lc_rs::digest::{SHA256, digest};
use chancery_journal::{Append, Appender, BatcherSettings, Journal, NewEvent, Touch, migrate};
use chancery_wire::{Actor, Event, v1};
use uuid::Uuid;

pub const ID: &str = "cid.bench00000000000000000000";
pub const SECRET: &str = "bench-secret-0123456789";
pub const APP_KEY: &str = "ak1.bench00000000000000000000";
pub const ENVIRONMENT: &str = "production";
/// A call that it may make.
pub const PATH: &str = "/crm/v2/tenant/1/contacts";

const APP: Uuid = Uuid::from_u128(0x0190_b5f2_7b1c_7e1a_9c3a_0000_0000_0001);
const SECRET_ID: Uuid = Uuid::from_u128(0x0190_b5f2_7b1c_7e1a_9c3a_0000_0000_0002);
const CONNECTION: Uuid = Uuid::from_u128(0x0190_b5f2_7b1c_7e1a_9c3a_0000_0000_0003);
const SCOPES: [&str; 2] = ["tn.crm.contacts:r", "tn.crm.contacts:w"];
const TENANT: i64 = 1;

/// Fills the empty database at `url`.
pub async fn import(url: &str) -> anyhow::Result<()> {
    migrate(url).await?;
    let journal = Journal::open(url, 1)?;
    let appender = Appender::start(url, &journal, BatcherSettings::default())?;
    let events: Vec<NewEvent> = events().iter().map(new).collect();
    let mut touches: Vec<Touch> = Vec::new();
    for NewEvent { stream, .. } in &events {
        if touches.iter().all(|touch| touch.stream != *stream) {
            touches.push(Touch { stream: stream.clone(), version: 0 });
        }
    }
    let append = Append {
        command_id: Uuid::now_v7(),
        request_hash: [0; 32],
        status: 200,
        answer: "{}".into(),
        actor: Actor { kind: "system".into(), id: "bench".into() },
        correlation_id: Uuid::now_v7(),
        causation_id: None,
        traceparent: None,
        touches,
        unless: Vec::new(),
        events,
    };
    appender.append(append.into()).await.context("bringing in the client of the bench")?;
    Ok(())
}

fn new(event: &Event) -> NewEvent {
    NewEvent {
        event_id: Uuid::now_v7(),
        category: event.category(),
        stream: format!("{}-bench", event.category()),
        event_type: event.event_type(),
        schema_version: event.schema_version(),
        key_app: None,
        key_tenant: None,
        data: event.encode(),
    }
}

/// A catalog, an app, a tenant's consent, a secret, and as many calls as there may be.
fn events() -> [Event; 5] {
    let operation = v1::Operation {
        id: "contacts".into(),
        module: "crm".into(),
        method: "GET".into(),
        path: "/crm/v2/tenant/{tenant}/contacts".into(),
        scope: SCOPES[0].into(),
        kind: v1::OperationKind::Standard.into(),
    };
    let app_id = APP.to_string();
    [
        v1::ScopeCatalogPublished { scopes: Vec::new(), operations: vec![operation] }.into(),
        v1::AppCreated {
            app_id: app_id.clone(),
            app_key: APP_KEY.into(),
            name: "Bench".into(),
            scopes: SCOPES.map(str::to_owned).to_vec(),
            ..v1::AppCreated::default()
        }
        .into(),
        v1::TenantConnected {
            app_id: app_id.clone(),
            tenant_id: TENANT,
            environment: ENVIRONMENT.into(),
            connection_id: CONNECTION.to_string(),
            version: 1,
            client_id: ID.into(),
            group_id: String::new(),
        }
        .into(),
        v1::SecretGenerated {
            client_id: ID.into(),
            app_id: app_id.clone(),
            tenant_id: TENANT,
            environment: ENVIRONMENT.into(),
            secret_id: SECRET_ID.to_string(),
            sha256: digest(&SHA256, SECRET.as_bytes()).as_ref().to_vec(),
            hint: "6789".into(),
            ..v1::SecretGenerated::default()
        }
        .into(),
        v1::RateLimitOverridden {
            app_id,
            tenant_id: TENANT,
            environment: ENVIRONMENT.into(),
            report_id: String::new(),
            calls: u32::MAX,
            per_seconds: 1,
        }
        .into(),
    ]
}
