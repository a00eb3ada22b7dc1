//! An app's life: edited, taken back from tenants, rejected and resubmitted, deleted.

use serde_json::{Value, json};

use crate::{
    call::Reply,
    cast::{CUSTOMERS_READ, Cast, EAST, NORTH, SOUTH, app_body},
    redact::redacted,
};

/// What a developer of the maker changes of an app.
async fn patch(cast: &Cast, app: &str, body: &Value) -> Reply {
    cast.server.patch(&format!("/v1/apps/{app}")).token(&cast.maker).json(body).send().await
}

async fn list_for(cast: &Cast, app: &str, tenant_ids: &[u64]) -> Reply {
    let path = format!("/v1/apps/{app}/tenants");
    cast.server.post(&path).token(&cast.maker).json(&json!({"tenant_ids": tenant_ids})).send().await
}

async fn remove_from(cast: &Cast, app: &str, tenant_id: u64) -> Reply {
    cast.server.delete(&format!("/v1/apps/{app}/tenants/{tenant_id}")).token(&cast.maker).send().await
}

async fn delete(cast: &Cast, app: &str) -> Reply {
    cast.server.delete(&format!("/v1/apps/{app}")).token(&cast.maker).send().await
}

async fn review(cast: &Cast, app: &str, decision: &str) -> Reply {
    let body = json!({"decision": decision, "reason": "Because."});
    cast.server.post(&format!("/v1/apps/{app}/review")).token(&cast.reviewer).json(&body).send().await
}

async fn resubmit(cast: &Cast, app: &str) -> Reply {
    cast.server.post(&format!("/v1/apps/{app}/review-requests")).token(&cast.maker).send().await
}

async fn created(cast: &Cast, change: impl FnOnce(&mut Value)) -> String {
    let mut body = app_body();
    change(&mut body);
    let reply = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await.expect(201);
    reply.json()["app_id"].as_str().unwrap().to_owned()
}

async fn waiting(cast: &Cast) -> usize {
    let reply = cast.read("/v1/reviews", &cast.reviewer).await.expect(200);
    reply.json()["items"].as_array().unwrap().len()
}

async fn seen_by_north(cast: &Cast) -> usize {
    let reply = cast.read(&format!("/v1/tenants/{NORTH}/production/apps"), &cast.north).await.expect(200);
    reply.json()["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn rule_04_an_edit_changes_what_it_names_and_nothing_else() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let before = cast.read(&format!("/v1/apps/{app}"), &cast.maker).await.expect(200);
    let body = json!({"name": "Planner", "homepage_url": "https://maker.example.com/planner"});
    let edited = patch(&cast, &app, &body).await.expect(200);
    let read = cast.read(&format!("/v1/apps/{app}"), &cast.maker).await.expect(200);
    assert_eq!(edited.header("ETag"), read.header("ETag"));
    let mut wanted = before.json();
    wanted["name"] = body["name"].clone();
    wanted["homepage_url"] = body["homepage_url"].clone();
    assert_eq!(read.json(), wanted);
    assert_eq!(edited.json()["name"], "Planner");
    assert_eq!(cast.events("AppDetailsEdited").await.len(), 1);
    assert!(cast.events("CredentialManagementChanged").await.is_empty());
}

#[tokio::test]
async fn rule_04_an_edit_of_nothing_is_no_event() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let head = cast.server.journal.head().await.unwrap().position;
    patch(&cast, &app, &json!({})).await.expect(200);
    patch(&cast, &app, &json!({"name": "Scheduler", "visibility": "public"})).await.expect(200);
    patch(&cast, &app, &json!({"credential_management": "developer"})).await.expect(200);
    assert_eq!(cast.server.journal.head().await.unwrap().position, head);
}

#[tokio::test]
async fn rule_04_an_edit_has_the_bounds_of_a_creation() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    for (field, value, code) in [
        ("name", json!(""), "name_missing"),
        ("organization_name", json!("x".repeat(101)), "name_too_long"),
        ("name", json!("Heart\u{fe0f}"), "name_characters"),
        ("homepage_url", json!("http://maker.example.com"), "homepage_not_https"),
        ("visibility", json!("secret"), "field_invalid"),
        ("name", Value::Null, "field_invalid"),
        ("homepage_url", Value::Null, "field_invalid"),
        ("visibility", Value::Null, "field_invalid"),
        ("scopes", json!([CUSTOMERS_READ]), "field_unknown"),
    ] {
        let problem = patch(&cast, &app, &json!({field: value})).await.problem(422, code);
        assert_eq!(problem["errors"][0]["pointer"], format!("/{field}"), "{problem:#}");
    }
    let path = format!("/v1/apps/{app}");
    let call = cast.server.patch(&path).token(&cast.maker).header("If-Match", "\"1\"");
    call.json(&json!({"name": "Late"})).send().await.problem(412, "precondition_failed");
}

#[tokio::test]
async fn rule_10_an_app_is_made_private_only_for_one_customer() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    list_for(&cast, &app, &[EAST]).await.expect(200);
    patch(&cast, &app, &json!({"visibility": "private"})).await.problem(409, "several_customers");
    remove_from(&cast, &app, EAST).await.expect(200);
    let private = patch(&cast, &app, &json!({"visibility": "private"})).await.expect(200).json();
    assert_eq!((&private["visibility"], &private["review"]), (&"private".into(), &"not_required".into()));
    list_for(&cast, &app, &[EAST]).await.problem(409, "several_customers");
    // Whom it serves is whoever is listed now, not who was first.
    for tenant in [NORTH, SOUTH] {
        remove_from(&cast, &app, tenant).await.expect(200);
    }
    list_for(&cast, &app, &[EAST]).await.expect(200);
    list_for(&cast, &app, &[NORTH]).await.problem(409, "several_customers");
}

#[tokio::test]
async fn rule_10_a_private_app_made_public_goes_to_review_and_keeps_its_connections() {
    let cast = Cast::new().await;
    let app = created(&cast, |body| body["visibility"] = "private".into()).await;
    cast.connect(&app, 1).await.expect(201);
    let public = patch(&cast, &app, &json!({"visibility": "public"})).await.expect(200).json();
    assert_eq!(public["review"], "pending");
    assert_eq!(waiting(&cast).await, 1);
    let connection = format!("/v1/tenants/{NORTH}/production/connections/{app}");
    assert_eq!(cast.read(&connection, &cast.north).await.expect(200).json()["state"], "connected");
    let path = format!("/v1/tenants/{SOUTH}/production/connections");
    let body = json!({"app_id": app, "version": 1, "decision": "allow"});
    let connect = || cast.server.post(&path).token(&cast.south).json(&body).send();
    connect().await.problem(404, "not_found");
    review(&cast, &app, "approve").await.expect(200);
    connect().await.expect(201);
    // Approved once and for ever.
    patch(&cast, &app, &json!({"visibility": "private"})).await.expect(200);
    let again = patch(&cast, &app, &json!({"visibility": "public"})).await.expect(200).json();
    assert_eq!(again["review"], "approved");
    assert_eq!(waiting(&cast).await, 0);
}

#[tokio::test]
async fn rule_12_a_rejected_app_is_corrected_and_resubmitted() {
    let cast = Cast::new().await;
    let app = created(&cast, |_| {}).await;
    assert_eq!(resubmit(&cast, &app).await.expect(200).json()["review"], "pending");
    let rejected = review(&cast, &app, "reject").await.expect(200).json();
    let read = cast.read(&format!("/v1/apps/{app}"), &cast.maker).await.expect(200).json();
    for shown in [rejected, read] {
        assert_eq!((&shown["review"], &shown["review_reason"]), (&"rejected".into(), &"Because.".into()));
    }
    assert_eq!(waiting(&cast).await, 0);
    patch(&cast, &app, &json!({"name": "Corrected"})).await.expect(200);
    let resubmitted = resubmit(&cast, &app).await.expect(200);
    insta::assert_json_snapshot!("resubmitted_app", redacted(resubmitted.json()));
    assert_eq!(cast.events("ReviewRequested").await.len(), 1, "while it waits, asking changes nothing");
    assert_eq!((waiting(&cast).await, seen_by_north(&cast).await), (1, 0));
    review(&cast, &app, "approve").await.expect(200);
    assert_eq!(seen_by_north(&cast).await, 1);
    resubmit(&cast, &app).await.problem(409, "review_decided");
    let private = created(&cast, |body| body["visibility"] = "private".into()).await;
    resubmit(&cast, &private).await.problem(409, "review_not_required");
}

#[tokio::test]
async fn rule_24_a_tenant_that_is_removed_loses_its_connections_and_may_start_anew() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let connected = cast.connect(&app, 1).await.expect(201).json();
    let removed = remove_from(&cast, &app, NORTH).await.expect(200);
    let [revoked] = &cast.events("ConnectionRevoked").await[..] else { panic!("one connection") };
    assert_eq!(revoked["position"], removed.position());
    assert_eq!(seen_by_north(&cast).await, 0);
    cast.connect(&app, 1).await.problem(404, "not_found");
    remove_from(&cast, &app, NORTH).await.problem(404, "not_found");
    remove_from(&cast, &app, 4711).await.problem(404, "not_found");

    list_for(&cast, &app, &[NORTH]).await.expect(200);
    let path = format!("/v1/apps/{app}/connections/{NORTH}/production");
    assert_eq!(cast.read(&path, &cast.maker).await.expect(200).json()["state"], "not_connected");
    let again = cast.connect(&app, 1).await.expect(201).json();
    assert_eq!(again["connection_id"], connected["connection_id"]);
    assert_ne!(again["client_id"], connected["client_id"]);
}

#[tokio::test]
async fn rule_11_a_deleted_app_is_gone_but_for_those_who_look_back() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let deleted = delete(&cast, &app).await.expect(200);
    insta::assert_json_snapshot!("deleted_app", redacted(deleted.json()));
    for reader in [&cast.maker, &cast.auditor] {
        let read = cast.read(&format!("/v1/apps/{app}"), reader).await.expect(200).json();
        assert_eq!(read["deleted_at"], deleted.json()["deleted_at"]);
    }
    assert_eq!(cast.read("/v1/apps", &cast.maker).await.expect(200).json()["items"], json!([]));
    assert_eq!(seen_by_north(&cast).await, 0);
    let path = format!("/v1/apps/{app}/connections/{NORTH}/production");
    assert_eq!(cast.read(&path, &cast.maker).await.expect(200).json()["state"], "revoked");

    // One event, however many connections; and to every later command there is no app.
    assert_eq!(cast.server.journal.head().await.unwrap().position.get(), deleted.position());
    delete(&cast, &app).await.problem(404, "not_found");
    patch(&cast, &app, &json!({"name": "Ghost"})).await.problem(404, "not_found");
    cast.edit_scopes(&app, &[CUSTOMERS_READ]).await.problem(404, "not_found");
    list_for(&cast, &app, &[EAST]).await.problem(404, "not_found");
    remove_from(&cast, &app, NORTH).await.problem(404, "not_found");
    resubmit(&cast, &app).await.problem(404, "not_found");
    review(&cast, &app, "approve").await.problem(404, "not_found");
    cast.connect(&app, 1).await.problem(404, "not_found");
}

#[tokio::test]
async fn rule_11_an_app_that_awaits_review_leaves_the_queue_with_its_deletion() {
    let cast = Cast::new().await;
    let app = created(&cast, |_| {}).await;
    delete(&cast, &app).await.expect(200);
    assert_eq!(waiting(&cast).await, 0);
}

#[tokio::test]
async fn a_retry_of_a_deletion_is_answered_like_the_deletion() {
    let cast = Cast::new().await;
    let app = created(&cast, |_| {}).await;
    let delete = || cast.server.delete(&format!("/v1/apps/{app}")).token(&cast.maker).key("gone").send();
    let first = delete().await.expect(200);
    let again = delete().await.expect(200);
    assert_eq!((again.json(), again.header("Idempotency-Replayed")), (first.json(), Some("true")));
}
