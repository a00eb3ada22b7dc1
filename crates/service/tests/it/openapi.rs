//! The document that is served is the one that is committed.

use std::{env, fs, path::Path};

use serde_json::{Value, json};

use crate::server::{self, Server};

#[test]
fn the_committed_document_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let document = chancery_service::http::document().to_pretty_json().unwrap() + "\n";
    if env::var_os("UPDATE_OPENAPI").is_some() {
        fs::write(&path, &document).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(
        committed == document,
        "docs/openapi.json differs from the code; after looking at why: \
         UPDATE_OPENAPI=1 cargo test -p chancery-service the_committed_document"
    );
}

#[tokio::test]
async fn anyone_may_read_the_document() {
    let db = server::database();
    let server = Server::start(&db).await;
    let reply = server.get("/openapi.json").send().await.expect(200);
    assert_eq!(reply.json()["openapi"].as_str().unwrap().get(..3), Some("3.1"));
}

#[test]
fn every_operation_says_what_it_needs_and_how_it_fails() {
    let document: Value =
        serde_json::from_str(&chancery_service::http::document().to_json().unwrap()).unwrap();
    assert_eq!(document["security"][0]["bearer"], Value::Array(Vec::new()));
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert!(operation["summary"].is_string() && operation["description"].is_string(), "{what}");
            ids.push(operation["operationId"].as_str().unwrap().to_owned());
            let responses = operation["responses"].as_object().unwrap();
            for status in ["400", "401", "403", "404", "500", "503"] {
                assert!(responses.contains_key(status), "{what}: {status}");
            }
            if method != "get" {
                // A question changes nothing that another could have changed.
                let asks = operation["operationId"] == "authorize";
                assert!(asks || responses.contains_key("409"), "{what}");
                assert!(responses.contains_key("422"), "{what}");
            }
            let success = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap().1;
            assert!(success["headers"]["Chancery-Position"].is_object(), "{what}");
            assert!(success["content"].is_object(), "{what}");
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids are unique");
    references(&document, &document);
}

/// The server refuses a `null` that the document would allow, and takes one that means something.
#[test]
fn a_body_that_may_be_missing_is_said_to_be_optional_and_not_null() {
    let document: Value =
        serde_json::from_str(&chancery_service::http::document().to_json().unwrap()).unwrap();
    let body = |path: &str, method: &str| {
        let body = &document["paths"][path][method]["requestBody"];
        (body["required"].clone(), body["content"]["application/json"]["schema"].clone())
    };
    let because = json!({"$ref": "#/components/schemas/Because"});
    assert_eq!(body("/v1/projections/{name}/verify", "post"), (json!(false), because));
    let limit = "/v1/apps/{app}/tenants/{tenant}/{environment}/rate-limit";
    let (required, schema) = body(limit, "put");
    assert_eq!((required, &schema["oneOf"][1]["type"]), (json!(true), &json!("null")), "{schema:#}");
}

#[test]
fn words_are_documented_as_they_are_written() {
    let document: Value =
        serde_json::from_str(&chancery_service::http::document().to_json().unwrap()).unwrap();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for word in schema["enum"].as_array().into_iter().flatten() {
            let word = word.as_str().unwrap();
            let snake_case = |byte: u8| byte == b'_' || byte.is_ascii_lowercase();
            assert!(word.bytes().all(snake_case), "{name}: {word}");
        }
    }
}

/// Every `$ref` leads somewhere.
fn references(document: &Value, value: &Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
            }
            members.values().for_each(|value| references(document, value));
        }
        Value::Array(items) => items.iter().for_each(|value| references(document, value)),
        _ => {}
    }
}
