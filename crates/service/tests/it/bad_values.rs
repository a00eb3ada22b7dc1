//! Values that are not what their fields hold: each has its own code.

use serde_json::{Value, json};

use crate::{
    cast::{Cast, app_body},
    redact::redacted,
};

/// What is changed in a good body, the code, and where it points.
const CHANGES: [(&str, &str, &str); 26] = [
    ("name", "\"\"", "name_missing"),
    ("name", "\"Sched\\u0000uler\"", "name_characters"),
    ("name", "\"Sched\\nuler\"", "name_characters"),
    ("name", "\"Sched\\u202euler\"", "name_characters"),
    ("name", "\"Sched\\u2066uler\"", "name_characters"),
    ("name", "\"Sched\\u200buler\"", "name_characters"),
    ("name", "\"Sched\\u17b4uler\"", "name_characters"),
    ("name", "\"Sched\\ufe0fuler\"", "name_characters"),
    ("name", "\"\\u2800\\u2800\"", "name_missing"),
    ("organization_name", "\"Ma\\u200dker\"", "name_characters"),
    ("tenant_ids", "[0]", "tenant_id_invalid"),
    ("tenant_ids", "[9007199254740992]", "tenant_id_invalid"),
    ("instance", "{\"tenant_id\": 9007199254740992, \"environment\": \"integration\"}", "tenant_id_invalid"),
    ("homepage_url", "\"http://maker.example.com\"", "homepage_not_https"),
    ("homepage_url", "\"javascript:alert(1)\"", "homepage_not_https"),
    ("homepage_url", "\"https://mia:secret@maker.example.com\"", "homepage_credentials"),
    ("homepage_url", "\"https://192.0.2.7/\"", "homepage_ip_literal"),
    ("homepage_url", "\"https://[2001:db8::1]/\"", "homepage_ip_literal"),
    ("homepage_url", "\"maker.example.com\"", "homepage_malformed"),
    ("homepage_url", "\"https:///maker.example.com/\"", "homepage_host"),
    ("homepage_url", "\"https://-maker.example.com/\"", "homepage_host"),
    ("homepage_url", "\"https://maker.localhost/\"", "homepage_host"),
    ("scopes", "[]", "scopes_missing"),
    ("scopes", "[\"customers\"]", "scope_malformed"),
    ("scopes", "[\"tn.crm.customers:r\", \"tn.crm.unicorns:r\"]", "scope_unknown"),
    ("tenant_ids", "[101, 4711]", "tenant_unknown"),
];

#[tokio::test]
async fn a_bad_value_is_422_with_a_code_of_its_own() {
    let cast = Cast::new().await;
    for (field, value, code) in CHANGES {
        let mut body = app_body();
        body[field] = serde_json::from_str(value).unwrap();
        let reply = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await;
        assert_eq!(reply.status, 422, "{field} {value}: {}", reply.text);
        let problem = reply.problem(422, code);
        if let Some(error) = problem["errors"].get(0) {
            let pointer = error["pointer"].as_str().unwrap();
            assert!(pointer.starts_with(&format!("/{field}")), "{problem:#}");
        }
    }
    assert!(cast.events("AppCreated").await.is_empty());
}

#[tokio::test]
async fn a_name_is_cut_nowhere_and_refused_where_it_is_too_long() {
    let cast = Cast::new().await;
    let mut body = app_body();
    body["name"] = "x".repeat(10_000).into();
    let reply = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await;
    reply.problem(422, "name_too_long");
}

#[tokio::test]
async fn a_call_names_at_most_a_thousand_tenants() {
    let cast = Cast::new().await;
    let tenant_ids: Vec<u64> = (1..=1001).collect();
    let mut body = app_body();
    body["tenant_ids"] = json!(tenant_ids);
    let reply = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await;
    reply.problem(422, "too_many_tenants");
    let path = format!("/v1/apps/{}/tenants", cast.app().await["app_id"].as_str().unwrap());
    let list = |tenant_ids: &[u64]| {
        cast.server.post(&path).token(&cast.maker).json(&json!({"tenant_ids": tenant_ids})).send()
    };
    list(&tenant_ids).await.problem(422, "too_many_tenants");
    list(&[]).await.problem(422, "tenants_missing");
    // As many as there may be are looked at.
    let unknown = list(&tenant_ids[..1000]).await.problem(422, "tenant_unknown");
    assert_eq!(unknown["tenant_ids"].as_array().unwrap().len(), 995);
}

#[tokio::test]
async fn a_reason_has_at_most_1000_visible_characters() {
    let cast = Cast::new().await;
    let path = format!("/v1/apps/{}/review", cast.app().await["app_id"].as_str().unwrap());
    for (reason, code) in [
        ("x".repeat(1001), "reason_too_long"),
        ("a\u{202e}b".to_owned(), "reason_characters"),
        ("a\u{17b5}b".to_owned(), "reason_characters"),
        (" \u{2800}\n".to_owned(), "reason_missing"),
    ] {
        let body = json!({"decision": "reject", "reason": reason});
        let problem =
            cast.server.post(&path).token(&cast.reviewer).json(&body).send().await.problem(422, code);
        assert_eq!(problem["errors"][0]["pointer"], "/reason");
    }
    let body = json!({"decision": "reject", "reason": "é".repeat(1000)});
    cast.server.post(&path).token(&cast.reviewer).json(&body).send().await.expect(200);
}

#[tokio::test]
async fn an_organization_has_the_fields_of_its_kind_and_no_others() {
    let cast = Cast::new().await;
    for (body, code, pointer) in [
        (
            json!({"name": "A", "kind": "third_party", "integration_tenant_id": 950, "customer_id": "shop"}),
            "customer_id_unexpected",
            "/customer_id",
        ),
        (
            json!({"name": "A", "kind": "customer", "integration_tenant_id": 950, "customer_id": "shop"}),
            "integration_tenant_unexpected",
            "/integration_tenant_id",
        ),
        (json!({"name": "A", "kind": "third_party"}), "tenant_id_invalid", "/integration_tenant_id"),
        (json!({"name": "A", "kind": "customer"}), "customer_id_invalid", "/customer_id"),
    ] {
        let reply = cast.server.post("/v1/organizations").token(&cast.platform).json(&body).send().await;
        assert_eq!(reply.problem(422, code)["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn several_bad_values_are_told_at_once() {
    let cast = Cast::new().await;
    let mut body = app_body();
    body["name"] = "".into();
    body["homepage_url"] = "http://maker.example.com".into();
    body["tenant_ids"] = json!([0]);
    let reply = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await;
    insta::assert_json_snapshot!(redacted(reply.problem(422, "fields_invalid")));
}

#[tokio::test]
async fn an_unknown_scope_is_named() {
    let cast = Cast::new().await;
    let mut body = app_body();
    body["scopes"] = json!(["tn.crm.customers:r", "tn.crm.unicorns:r"]);
    let reply = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await;
    insta::assert_json_snapshot!(redacted(reply.problem(422, "scope_unknown")));
}

#[tokio::test]
async fn a_bad_catalog_is_refused_with_all_that_is_wrong() {
    let cast = Cast::new().await;
    let body = json!({"scopes": [
        {"scope": "tn.crm.customers:r", "module": "other", "resource": "customers", "access": "modify",
         "title": "\u{202e}"},
    ]});
    let reply = cast.server.put("/v1/scope-catalog").token(&cast.platform).json(&body).send().await;
    let problem = reply.problem(422, "catalog_invalid");
    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/scopes/0/title", "/scopes/0/module", "/scopes/0/access"]);
}

#[tokio::test]
async fn a_token_that_makes_no_sense_is_not_issued() {
    let cast = Cast::new().await;
    for (body, code) in [
        (json!({"role": "developer", "name": "a"}), "token_organization_missing"),
        (
            json!({"role": "reviewer", "name": "a", "organization_id": cast.maker_id}),
            "token_organization_unexpected",
        ),
        (json!({"role": "tenant_admin", "name": "a"}), "token_tenants_missing"),
        (json!({"role": "auditor", "name": "a", "expires_at": "2001-01-01T00:00:00Z"}), "token_expiry_past"),
        (json!({"role": "auditor", "name": "a", "expires_at": "tomorrow"}), "field_invalid"),
        (json!({"role": "king", "name": "a"}), "field_invalid"),
        (
            json!({"role": "auditor", "name": "a", "subject": {"id": "a@b.example", "name": "A"}}),
            "person_id_invalid",
        ),
    ] {
        let reply = cast.server.post("/v1/tokens").token(&cast.platform).json(&body).send().await;
        let problem: Value = reply.problem(422, code);
        assert!(problem["detail"].as_str().unwrap().ends_with('.'), "{problem:#}");
    }
}

#[tokio::test]
async fn an_overlap_that_is_none_is_refused() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let path = format!("/v1/apps/{app}/connections/101/production/secrets");
    for overlap in ["soon", "PT-1S", "P31D", "P1M", "1 day", "+PT1H", ""] {
        let body = json!({"retire_previous_after": overlap});
        let reply = cast.server.post(&path).token(&cast.maker).json(&body).send().await;
        assert_eq!(reply.status, 422, "{overlap}: {}", reply.text);
        reply.problem(422, "overlap_invalid");
    }
}
