//! Usage as it is sent: its JSON is a contract, also for gateways that are not ours.

mod bounds;
mod json;
mod sketch;

use chancery_wire::usage::{ALLOWED, Dimensions, StatusClass, UsageBatch, UsageItem};
use uuid::Uuid;

const SOURCE: Uuid = Uuid::from_u128(0x019a_a9f0_0000_7000_8000_0000_0000_0001);
const APP: Uuid = Uuid::from_u128(0x0198_f2a0_0000_7000_8000_0000_0000_0003);

/// A batch of one second with a decision and a call that finished.
fn batch() -> UsageBatch {
    let dimensions = Dimensions {
        app_id: Some(APP),
        version: Some(3),
        tenant_id: Some(1001),
        environment: Some("production".into()),
        client_id: Some("cid.1".into()),
        secret_id: Some(SOURCE),
        module: Some("crm".into()),
        operation: Some("crm.customers.list".into()),
        method: Some("GET".into()),
        scope: Some("tn.crm.customers:r".into()),
        outcome: ALLOWED.into(),
        ..Dimensions::default()
    };
    let decided = UsageItem {
        dimensions: dimensions.clone(),
        calls: 20,
        status_class: None,
        peak_per_second: None,
        latency_sketch: None,
        bytes_in: 0,
        bytes_out: 0,
    };
    let finished = UsageItem {
        dimensions,
        calls: 13,
        status_class: Some(StatusClass::Success),
        peak_per_second: Some(13),
        latency_sketch: Some([(346, 2), (347, 11)].into_iter().collect()),
        bytes_in: 0,
        bytes_out: 4096,
    };
    UsageBatch {
        source: SOURCE,
        sequence: 17,
        from: "2026-11-22T06:00:00Z".parse().unwrap(),
        to: "2026-11-22T06:00:01Z".parse().unwrap(),
        last: false,
        items: vec![decided, finished],
    }
}
