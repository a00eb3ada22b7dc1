use chancery_wire::usage::{BatchError, UsageBatch};
use serde_json::{Value, json};

use super::batch;

#[test]
fn a_batch_has_this_json() {
    let wanted = json!({
        "source": "019aa9f0-0000-7000-8000-000000000001",
        "sequence": 17,
        "from": "2026-11-22T06:00:00Z",
        "to": "2026-11-22T06:00:01Z",
        "items": [
            {
                "dimensions": {
                    "app_id": "0198f2a0-0000-7000-8000-000000000003", "version": 3, "tenant_id": 1001,
                    "environment": "production", "client_id": "cid.1",
                    "secret_id": "019aa9f0-0000-7000-8000-000000000001", "module": "crm",
                    "operation": "crm.customers.list", "method": "GET", "scope": "tn.crm.customers:r",
                    "outcome": "allowed",
                },
                "calls": 20,
            },
            {
                "dimensions": {
                    "app_id": "0198f2a0-0000-7000-8000-000000000003", "version": 3, "tenant_id": 1001,
                    "environment": "production", "client_id": "cid.1",
                    "secret_id": "019aa9f0-0000-7000-8000-000000000001", "module": "crm",
                    "operation": "crm.customers.list", "method": "GET", "scope": "tn.crm.customers:r",
                    "outcome": "allowed",
                },
                "calls": 13,
                "status_class": "2xx",
                "peak_per_second": 13,
                "latency_sketch": {"346": 2, "347": 11},
                "bytes_out": 4096,
            },
        ],
    });
    assert_eq!(serde_json::from_slice::<Value>(&batch().to_json()).unwrap(), wanted);
}

#[test]
fn what_is_written_is_read() {
    let heartbeat = UsageBatch { items: Vec::new(), ..batch() };
    let farewell = UsageBatch { last: true, ..heartbeat.clone() };
    for batch in [batch(), heartbeat, farewell] {
        assert_eq!(UsageBatch::from_json(&batch.to_json()).unwrap(), batch);
    }
}

#[test]
fn a_field_that_is_not_known_is_refused_at_every_depth() {
    for place in ["", "/items/0", "/items/0/dimensions"] {
        let mut json: Value = serde_json::from_slice(&batch().to_json()).unwrap();
        json.pointer_mut(place).unwrap()["colour"] = json!("red");
        let error = UsageBatch::from_json(json.to_string().as_bytes()).unwrap_err();
        assert!(matches!(error, BatchError::Json(_)), "{place}: {error:?}");
    }
}

#[test]
fn a_bucket_has_one_spelling_and_comes_once() {
    for sketch in [
        r#"{"346":0}"#,
        r#"{"346":-1}"#,
        r#"{"346":1.5}"#,
        r#"{"346":9007199254740992}"#,
        r#"{"0346":1}"#,
        r#"{"+346":1}"#,
        r#"{"1281":1}"#,
        r#"{"-1":1}"#,
        r#"{"346":1,"346":1}"#,
        "[[346,1]]",
    ] {
        let mut json: Value = serde_json::from_slice(&batch().to_json()).unwrap();
        json["items"][1]["latency_sketch"] = json!("here");
        let text = json.to_string().replace("\"here\"", sketch);
        let error = UsageBatch::from_json(text.as_bytes()).unwrap_err();
        assert!(matches!(error, BatchError::Json(_)), "{sketch}: {error:?}");
    }
}

#[test]
fn a_call_of_which_nothing_else_is_said_passed() {
    let mut json: Value = serde_json::from_slice(&batch().to_json()).unwrap();
    json["items"][0]["dimensions"].as_object_mut().unwrap().remove("outcome");
    assert_eq!(UsageBatch::from_json(json.to_string().as_bytes()).unwrap(), batch());
}

#[test]
fn the_batch_that_the_documentation_shows_is_one() {
    let page = include_str!("../../../../../docs/gateways.md");
    let shown = page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let shown = UsageBatch::from_json(shown.trim().as_bytes()).unwrap();
    assert_eq!(shown.items[0].latency_sketch.as_ref().unwrap().count(), shown.items[0].calls);
}
