//! Commands that meet: whoever loses is decided again, and no interleaving breaks a rule.

use serde_json::{Value, json};

use crate::{
    call::Reply,
    cast::{Cast, EAST, NORTH, SOUTH, app_body},
    server::Server,
};

async fn all(calls: impl IntoIterator<Item = crate::call::Call>) -> Vec<Reply> {
    let sent: Vec<_> = calls.into_iter().map(|call| tokio::spawn(call.send())).collect();
    let mut replies = Vec::new();
    for reply in sent {
        replies.push(reply.await.unwrap());
    }
    replies
}

async fn app(cast: &Cast, visibility: &str, tenant_ids: &[u64]) -> String {
    let mut body = app_body();
    body["visibility"] = visibility.into();
    body["tenant_ids"] = json!(tenant_ids);
    let reply = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await.expect(201);
    reply.json()["app_id"].as_str().unwrap().to_owned()
}

/// Whose tenants the app is listed for, by the log alone.
async fn customers(cast: &Cast, app: &str) -> Vec<&'static str> {
    let mut listed = std::collections::BTreeSet::new();
    let events =
        cast.read(&format!("/v1/events?category=listing&app={app}&limit=1000"), &cast.consumer).await;
    for event in events.expect(200).json()["items"].as_array().unwrap() {
        let tenant_id = event["tenant_id"].as_u64().unwrap();
        let added = event["type"] == "TenantAdded";
        if added {
            listed.insert(tenant_id)
        } else {
            listed.remove(&tenant_id)
        };
    }
    let mut customers: Vec<_> =
        listed.into_iter().map(|tenant| if tenant == EAST { "elsewhere" } else { "shop" }).collect();
    customers.dedup();
    customers
}

#[tokio::test]
async fn rule_10_a_private_app_is_never_listed_for_two_customers_at_once() {
    let cast = Cast::new().await;
    let other = Server::start(&cast.db).await;
    for round in 0..10 {
        let app = app(&cast, "private", &[]).await;
        let path = format!("/v1/apps/{app}/tenants");
        let call = |server: &Server, tenant: u64| {
            server.post(&path).token(&cast.maker).json(&json!({"tenant_ids": [tenant]}))
        };
        let replies = all([
            call(&cast.server, NORTH),
            call(&other, EAST),
            call(&cast.server, EAST),
            call(&other, SOUTH),
        ])
        .await;
        for reply in &replies {
            if reply.status != 200 {
                reply.problem(409, "several_customers");
            }
        }
        assert_eq!(customers(&cast, &app).await.len(), 1, "round {round}");
    }
}

#[tokio::test]
async fn rule_10_an_app_is_not_made_private_while_another_customer_gets_listed() {
    let cast = Cast::new().await;
    let other = Server::start(&cast.db).await;
    for round in 0..10 {
        let app = app(&cast, "public", &[NORTH]).await;
        let private = cast.server.patch(&format!("/v1/apps/{app}")).token(&cast.maker);
        let listing = other.post(&format!("/v1/apps/{app}/tenants")).token(&cast.maker);
        let replies = all([
            private.json(&json!({"visibility": "private"})),
            listing.json(&json!({"tenant_ids": [EAST]})),
        ])
        .await;
        let won = replies.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(won, 1, "round {round}: {replies:#?}");
        replies.iter().find(|reply| reply.status != 200).unwrap().problem(409, "several_customers");
    }
}

#[tokio::test]
async fn many_who_edit_one_app_at_once_are_all_served() {
    let cast = Cast::new().await;
    let app = app(&cast, "private", &[NORTH]).await;
    let path = format!("/v1/apps/{app}");
    let edits = (0..60).map(|number| {
        cast.server.patch(&path).token(&cast.maker).json(&json!({"name": format!("Name {number}")}))
    });
    for reply in all(edits).await {
        reply.expect(200);
    }
    assert_eq!(cast.events("AppDetailsEdited").await.len(), 60);
}

#[tokio::test]
async fn who_only_looks_at_a_busy_stream_is_served_too() {
    let cast = Cast::new().await;
    let app = app(&cast, "private", &[]).await;
    let path = format!("/v1/apps/{app}");
    let edits = (0..40).map(|number| {
        cast.server.patch(&path).token(&cast.maker).json(&json!({"name": format!("Name {number}")}))
    });
    let listings = [NORTH, SOUTH].map(|tenant| {
        cast.server.post(&format!("{path}/tenants")).token(&cast.maker).json(&json!({"tenant_ids": [tenant]}))
    });
    for reply in all(edits.chain(listings)).await {
        reply.expect(200);
    }
    assert_eq!(cast.events("TenantAdded").await.len(), 2);
}

#[tokio::test]
async fn rule_11_nothing_happens_to_an_app_after_its_deletion() {
    let cast = Cast::new().await;
    let other = Server::start(&cast.db).await;
    for _ in 0..10 {
        let app = app(&cast, "private", &[NORTH]).await;
        let path = format!("/v1/apps/{app}");
        let connect = format!("/v1/tenants/{NORTH}/production/connections");
        let consent = json!({"app_id": app, "version": 1, "decision": "allow"});
        let replies = all([
            other.delete(&path).token(&cast.maker),
            cast.server.post(&connect).token(&cast.north).json(&consent),
            cast.server.patch(&path).token(&cast.maker).json(&json!({"name": "Late"})),
            other.post(&format!("{path}/tenants")).token(&cast.maker).json(&json!({"tenant_ids": [SOUTH]})),
            cast.server.delete(&format!("{path}/tenants/{NORTH}")).token(&cast.maker),
        ])
        .await;
        replies[0].clone().expect(200);
        for reply in &replies[1..] {
            assert!(matches!(reply.status, 200 | 201 | 404), "{}", reply.text);
        }
        let events = cast.read(&format!("/v1/events?app={app}&limit=1000"), &cast.consumer).await;
        let types: Vec<Value> = events.expect(200).json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["type"].clone())
            .collect();
        assert_eq!(types.last().unwrap(), "AppDeleted", "{types:?}");
    }
}

#[tokio::test]
async fn rule_24_unlisting_and_connecting_at_once_leaves_no_connection_of_an_unlisted_tenant() {
    let cast = Cast::new().await;
    let other = Server::start(&cast.db).await;
    for _ in 0..10 {
        let app = app(&cast, "private", &[NORTH]).await;
        let connect = format!("/v1/tenants/{NORTH}/production/connections");
        let consent = json!({"app_id": app, "version": 1, "decision": "allow"});
        let replies = all([
            cast.server.post(&connect).token(&cast.north).json(&consent),
            other.delete(&format!("/v1/apps/{app}/tenants/{NORTH}")).token(&cast.maker),
        ])
        .await;
        replies[1].clone().expect(200);
        let types = cast.read(&format!("/v1/events?app={app}&category=connection"), &cast.consumer).await;
        let types = types.expect(200).json()["items"].as_array().unwrap().len();
        // Connected and revoked, or never connected.
        assert_eq!(types, if replies[0].status == 201 { 2 } else { 0 }, "{replies:#?}");
    }
}
