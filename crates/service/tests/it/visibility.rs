//! What a caller may not see is answered like what is absent.

use serde_json::{Value, json};

use crate::{
    call::{Call, Reply},
    cast::{CUSTOMERS_READ, Cast, EAST, NORTH, SOUTH},
    redact::redacted,
};

const ABSENT: &str = "01890000-0000-7000-8000-000000000000";

#[tokio::test]
async fn an_app_of_another_organization_is_not_found() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    for token in [&cast.other, &cast.shop] {
        for (foreign, absent) in calls(&cast, &app).into_iter().zip(calls(&cast, ABSENT)) {
            same(&foreign.token(token).send().await, &absent.token(token).send().await);
        }
    }
    let read = cast.read(&format!("/v1/apps/{app}"), &cast.maker).await.expect(200);
    assert_eq!(read.json()["version"], 1);
}

#[tokio::test]
async fn a_list_has_the_own_organizations_apps_only() {
    let cast = Cast::new().await;
    cast.app().await;
    let items = |reply: Reply| reply.expect(200).json()["items"].as_array().unwrap().len();
    assert_eq!(items(cast.read("/v1/apps", &cast.maker).await), 1);
    assert_eq!(items(cast.read("/v1/apps", &cast.other).await), 0);
}

#[tokio::test]
async fn rule_14_a_tenant_that_the_bearer_does_not_decide_for_is_not_found() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let decision = json!({"app_id": app, "version": 1, "decision": "allow"});
    let upgrade = json!({"version": 1, "decision": "allow"});
    let calls = |tenant: u64, environment: &str| {
        let path = format!("/v1/tenants/{tenant}/{environment}");
        [
            cast.server.get(&format!("{path}/apps")),
            cast.server.get(&format!("{path}/connections/{app}")),
            cast.server.post(&format!("{path}/connections")).json(&decision),
            cast.server.post(&format!("{path}/connections/{app}/upgrade")).json(&upgrade),
            cast.server.post(&format!("{path}/connections/{app}/secrets")).json(&json!({})),
        ]
    };
    // Another tenant's, another environment, one that is not registered, and what cannot be an instance.
    let foreign = [(NORTH, "production"), (SOUTH, "integration"), (77_777, "production"), (SOUTH, "No-Such")];
    for (tenant, environment) in foreign {
        for call in calls(tenant, environment) {
            call.token(&cast.south).send().await.problem(404, "not_found");
        }
    }
    assert!(cast.events("TenantConnected").await.is_empty());
}

#[tokio::test]
async fn rule_13_a_tenants_admin_sees_an_app_once_it_is_listed_and_approved() {
    let cast = Cast::new().await;
    let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/tenants/{NORTH}/production/connections/{app}");
    cast.read(&path, &cast.north).await.problem(404, "not_found");
    cast.connect(&app, 1).await.problem(404, "not_found");
    let body = json!({"decision": "approve", "reason": ""});
    let review = format!("/v1/apps/{app}/review");
    cast.server.post(&review).token(&cast.reviewer).json(&body).send().await.expect(200);
    assert_eq!(cast.read(&path, &cast.north).await.expect(200).json()["state"], "not_connected");
    let unlisted = format!("/v1/apps/{app}/connections/{EAST}/production");
    cast.read(&unlisted, &cast.maker).await.problem(404, "not_found");
}

#[tokio::test]
async fn an_auditor_sees_every_app_and_connection() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    for path in [
        format!("/v1/apps/{app}"),
        format!("/v1/apps/{app}/versions"),
        format!("/v1/apps/{app}/connections"),
        format!("/v1/apps/{app}/connections/{NORTH}/production"),
        format!("/v1/tenants/{NORTH}/production/apps"),
        format!("/v1/tenants/{NORTH}/production/connections/{app}"),
    ] {
        cast.read(&path, &cast.auditor).await.expect(200);
    }
}

#[tokio::test]
async fn a_path_that_can_name_nothing_is_not_found() {
    let cast = Cast::new().await;
    for (path, token) in [
        ("/v1/apps/x", &cast.maker),
        ("/v1/apps/x/versions", &cast.maker),
        ("/v1/tenants/0/production/apps", &cast.north),
        ("/v1/tenants/-1/production/apps", &cast.north),
        ("/v1/tenants/9007199254740992/production/apps", &cast.north),
        ("/v1/tenants/101/pro%00duction/apps", &cast.north),
        ("/v1/tenants/0101/production/apps", &cast.north),
        ("/v1/tenants/+101/production/apps", &cast.north),
        ("/v1/tenants/%31%30%31%20/production/apps", &cast.north),
        ("/v1/events/01", &cast.consumer),
        ("/v1/events/+1", &cast.consumer),
        ("/v1/events/0", &cast.consumer),
        ("/v1/events/x", &cast.consumer),
        ("/v1/events/99999999999999999999", &cast.consumer),
        ("/v1/events/4000000000", &cast.consumer),
    ] {
        cast.server.get(path).token(token).send().await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn an_id_has_one_spelling_in_a_path() {
    let cast = Cast::new().await;
    let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
    cast.read(&format!("/v1/apps/{}", app.to_uppercase()), &cast.maker).await.expect(200);
    for spelling in [app.replace('-', ""), format!("urn:uuid:{app}"), format!("%7B{app}%7D")] {
        cast.read(&format!("/v1/apps/{spelling}"), &cast.maker).await.problem(404, "not_found");
    }
}

/// Everything that a developer can do with one app.
fn calls(cast: &Cast, app: &str) -> [Call; 11] {
    let path = format!("/v1/apps/{app}");
    let connection = format!("{path}/connections/{NORTH}/production");
    [
        cast.server.get(&path),
        cast.server.get(&format!("{path}/versions")),
        cast.server.get(&format!("{path}/connections")),
        cast.server.get(&connection),
        cast.server.put(&format!("{path}/scopes")).json(&json!({"scopes": [CUSTOMERS_READ]})),
        cast.server.post(&format!("{path}/tenants")).json(&json!({"tenant_ids": [EAST]})),
        cast.server.post(&format!("{connection}/secrets")).json(&json!({})),
        cast.server.patch(&path).json(&json!({"name": "Theirs", "visibility": "private"})),
        cast.server.post(&format!("{path}/review-requests")),
        cast.server.delete(&format!("{path}/tenants/{NORTH}")),
        cast.server.delete(&path),
    ]
}

#[track_caller]
fn same(foreign: &Reply, absent: &Reply) {
    let seen = |reply: &Reply| -> Value { redacted(reply.problem(404, "not_found")) };
    assert_eq!(seen(foreign), seen(absent));
}
