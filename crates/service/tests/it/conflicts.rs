//! Commands that come too late, or from the wrong side.

use serde_json::json;

use crate::{
    cast::{CUSTOMERS_READ, Cast, EAST, JOBS_READ, JOBS_WRITE, MAKER_LAB, NORTH, app_body, instance},
    redact::redacted,
};

#[tokio::test]
async fn a_change_of_what_has_changed_meanwhile_is_412() {
    let cast = Cast::new().await;
    let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
    let read = cast.read(&format!("/v1/apps/{app}"), &cast.maker).await.expect(200);
    let seen = read.header("ETag").unwrap();
    cast.edit_scopes(&app, &[CUSTOMERS_READ]).await.expect(200);
    let path = format!("/v1/apps/{app}/scopes");
    let put = |etag: &str| {
        let call = cast.server.put(&path).token(&cast.maker).header("If-Match", etag);
        call.json(&json!({"scopes": [JOBS_READ]})).send()
    };
    let problem = put(seen).await.problem(412, "precondition_failed");
    assert_eq!(problem["current_version"], 2);
    put("\"2\"").await.expect(200);
    assert_eq!(cast.events("ScopesEdited").await.len(), 2);
}

#[tokio::test]
async fn rule_15_a_decision_on_an_old_version_is_409_with_the_latest() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.edit_scopes(&app, &[CUSTOMERS_READ, JOBS_READ, JOBS_WRITE]).await.expect(200);
    let problem = cast.connect(&app, 1).await.problem(409, "version_stale");
    insta::assert_json_snapshot!("stale_decision", redacted(problem));

    cast.connect(&app, 2).await.expect(201);
    cast.edit_scopes(&app, &[JOBS_READ]).await.expect(200);
    cast.edit_scopes(&app, &[JOBS_WRITE]).await.expect(200);
    let path = format!("/v1/tenants/{NORTH}/production/connections/{app}/upgrade");
    let body = json!({"version": 3, "decision": "allow"});
    let problem =
        cast.server.post(&path).token(&cast.north).json(&body).send().await.problem(409, "version_stale");
    assert_eq!(problem["latest_version"], 4);
}

#[tokio::test]
async fn rule_22_a_decline_of_an_upgrade_silences_that_offer_only() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    cast.edit_scopes(&app, &[JOBS_WRITE]).await.expect(200);
    let connection = format!("/v1/tenants/{NORTH}/production/connections/{app}");
    let body = json!({"version": 2, "decision": "decline"});
    let path = format!("{connection}/upgrade");
    cast.server.post(&path).token(&cast.north).json(&body).send().await.expect(200);
    let declined = cast.read(&connection, &cast.north).await.expect(200).json();
    assert_eq!((&declined["upgrade"]["declined"], &declined["granted_version"]), (&true.into(), &1.into()));
    cast.edit_scopes(&app, &[JOBS_READ, JOBS_WRITE]).await.expect(200);
    let offered = cast.read(&connection, &cast.north).await.expect(200).json();
    assert_eq!((&offered["upgrade"]["declined"], &offered["upgrade"]["version"]), (&false.into(), &3.into()));
}

#[tokio::test]
async fn rule_17_a_secret_needs_a_connection_and_the_right_side() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let developer_side = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
    let tenant_side = format!("/v1/tenants/{NORTH}/production/connections/{app}/secrets");
    let developer = || cast.server.post(&developer_side).token(&cast.maker).json(&json!({})).send();
    let tenant = || cast.server.post(&tenant_side).token(&cast.north).json(&json!({})).send();
    developer().await.problem(409, "not_connected");
    cast.connect(&app, 1).await.expect(201);
    tenant().await.problem(403, "credentials_managed_by_developer");
    developer().await.expect(201);
    cast.connect(&app, 1).await.expect(201);
    assert_eq!(cast.events("TenantConnected").await.len(), 1, "the same decision again changes nothing");
    cast.edit_scopes(&app, &[JOBS_READ]).await.expect(200);
    assert_eq!(cast.connect(&app, 2).await.problem(409, "already_connected")["granted_version"], 1);
}

#[tokio::test]
async fn rule_17_a_tenants_admin_gets_the_secret_with_the_connection_where_the_mode_says_so() {
    let cast = Cast::new().await;
    let mut body = app_body();
    body["visibility"] = "private".into();
    body["credential_management"] = "tenant_admin".into();
    let app = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await.expect(201);
    let app = app.json()["app_id"].as_str().unwrap().to_owned();
    let connected = cast.connect(&app, 1).await.expect(201);
    assert!(connected.json()["client_secret"].as_str().unwrap().starts_with("cs1."));
    assert_eq!(connected.header("Cache-Control"), Some("no-store"));
    let path = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
    let reply = cast.server.post(&path).token(&cast.maker).json(&json!({})).send().await;
    reply.problem(403, "credentials_managed_by_tenant_admin");
    let path = format!("/v1/tenants/{NORTH}/production/connections/{app}/secrets");
    let second = cast.server.post(&path).token(&cast.north).json(&json!({})).send().await.expect(201);
    assert!(second.json()["previous_retires_at"].is_string());
}

#[tokio::test]
async fn rule_02_tunneling_is_refused_the_same_whether_the_instance_exists_or_not() {
    let cast = Cast::new().await;
    let mut answers = Vec::new();
    for (tenant_id, environment) in [(NORTH, "production"), (4711, "production"), (MAKER_LAB, "production")] {
        let mut body = app_body();
        body["instance"] = instance(tenant_id, environment);
        let reply = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await;
        let problem = redacted(reply.problem(403, "customer_tunneling"));
        answers.push(problem.to_string().replace(&format!("{tenant_id}/{environment}"), "[instance]"));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    let mut body = app_body();
    body["instance"] = instance(MAKER_LAB, "integration");
    cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await.expect(201);
}

#[tokio::test]
async fn rule_12_a_review_is_decided_once_and_a_rejection_has_a_reason() {
    let cast = Cast::new().await;
    let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/apps/{app}/review");
    let review = |decision: &str, reason: &str| {
        let body = json!({"decision": decision, "reason": reason});
        cast.server.post(&path).token(&cast.reviewer).json(&body).send()
    };
    review("reject", "").await.problem(422, "reason_missing");
    review("reject", "Its homepage is empty.").await.expect(200);
    review("approve", "").await.problem(409, "review_decided");
}

#[tokio::test]
async fn rule_10_a_private_app_serves_one_customer() {
    let cast = Cast::new().await;
    let mut body = app_body();
    body["visibility"] = "private".into();
    let app = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await.expect(201);
    let path = format!("/v1/apps/{}/tenants", app.json()["app_id"].as_str().unwrap());
    let reply = cast.server.post(&path).token(&cast.maker).json(&json!({"tenant_ids": [EAST]})).send().await;
    reply.problem(409, "several_customers");
}

#[tokio::test]
async fn a_tenant_is_registered_once() {
    let cast = Cast::new().await;
    let body =
        json!({"tenant_id": NORTH, "name": "Another", "customer_id": "shop", "environments": ["production"]});
    let reply = cast.server.post("/v1/tenants").token(&cast.platform).json(&body).send().await;
    reply.problem(409, "tenant_exists");
}

#[tokio::test]
async fn rule_15_a_decline_answers_with_its_time_and_is_still_known_after_an_allow() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let path = format!("/v1/tenants/{NORTH}/production/connections");
    let body = json!({"app_id": app, "version": 1, "decision": "decline"});
    let declined = cast.server.post(&path).token(&cast.north).json(&body).send().await.expect(201).json();
    let read = cast.read(&format!("{path}/{app}"), &cast.north).await.expect(200).json();
    assert_eq!(declined["declined"]["at"], read["declined"]["at"]);
    assert_eq!(declined["updated_at"], read["updated_at"]);

    let allowed = cast.connect(&app, 1).await.expect(201).json();
    assert_eq!(allowed["declined"]["version"], 1);
    assert_eq!(allowed["declined"]["at"], read["declined"]["at"]);
}

#[tokio::test]
async fn if_match_tells_nobody_of_what_is_not_theirs() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let path = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
    for version in ["\"0\"", "\"1\"", "\"2\""] {
        let call = cast.server.post(&path).token(&cast.other).header("If-Match", version);
        call.json(&json!({})).send().await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_secrets_etag_is_the_connections() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let connection = format!("/v1/apps/{app}/connections/{NORTH}/production");
    let path = format!("{connection}/secrets");
    let secret = cast.server.post(&path).token(&cast.maker).json(&json!({})).send().await.expect(201);
    let read = cast.read(&connection, &cast.maker).await.expect(200);
    assert_eq!(secret.header("ETag"), read.header("ETag"));
    let again = cast.server.post(&path).token(&cast.maker).header("If-Match", secret.header("ETag").unwrap());
    again.json(&json!({})).send().await.expect(201);
}
