//! The story of the README: create, approve, connect, secret, edit scopes, upgrade; each read waits for the
//! position that the command before it answered.

use serde_json::{Value, json};

use crate::{
    call::Reply,
    cast::{CUSTOMERS_READ, Cast, JOBS_READ, JOBS_WRITE, NORTH, app_body},
    redact::redacted,
};

#[tokio::test]
async fn an_app_walks_from_its_creation_to_an_upgraded_connection() {
    let cast = Cast::new().await;
    let Cast { server, maker, north, reviewer, .. } = &cast;

    let created = server.post("/v1/apps").token(maker).json(&app_body()).send().await.expect(201);
    insta::assert_json_snapshot!("created", redacted(created.json()));
    assert_eq!(created.header("ETag"), Some("\"1\""));
    assert_eq!(created.header("Cache-Control"), Some("no-store"));
    let app = created.json()["app_id"].as_str().unwrap().to_owned();

    let waiting = after(&created, server.get("/v1/reviews").token(reviewer)).await;
    assert_eq!(waiting["items"][0]["app_id"], app.as_str());
    let approval = json!({"decision": "approve", "reason": "It does what it says."});
    let path = format!("/v1/apps/{app}/review");
    let approved = server.post(&path).token(reviewer).json(&approval).send().await.expect(200);
    assert_eq!(approved.json()["review"], "approved");
    let visible =
        after(&approved, server.get(&format!("/v1/tenants/{NORTH}/production/apps")).token(north)).await;
    insta::assert_json_snapshot!("listed_for_tenant", redacted(visible));

    let connected = cast.connect(&app, 1).await.expect(201);
    insta::assert_json_snapshot!("connected", redacted(connected.json()));

    let developer_side = format!("/v1/apps/{app}/connections/{NORTH}/production");
    let path = format!("{developer_side}/secrets");
    let secret = server.post(&path).token(maker).json(&json!({})).send().await.expect(201);
    insta::assert_json_snapshot!("secret", redacted(secret.json()));
    assert_eq!(secret.header("Cache-Control"), Some("no-store"));

    let edited = cast.edit_scopes(&app, &[CUSTOMERS_READ, JOBS_WRITE]).await.expect(200);
    assert_eq!(edited.json()["version"], 2);
    let offered = after(&edited, server.get(&developer_side).token(maker)).await;
    insta::assert_json_snapshot!("upgrade_offered", redacted(offered));

    let tenant_side = format!("/v1/tenants/{NORTH}/production/connections/{app}");
    let decision = json!({"version": 2, "decision": "allow"});
    let path = format!("{tenant_side}/upgrade");
    let upgraded = server.post(&path).token(north).json(&decision).send().await.expect(200);
    let seen = after(&upgraded, server.get(&tenant_side).token(north)).await;
    insta::assert_json_snapshot!("upgraded", redacted(seen));

    let path = format!("/v1/apps/{app}/versions");
    let history = after(&upgraded, server.get(&path).token(maker)).await;
    insta::assert_json_snapshot!("version_history", redacted(history));
}

#[tokio::test]
async fn what_a_command_answers_is_what_a_read_answers_then() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.edit_scopes(&app, &[CUSTOMERS_READ, JOBS_READ, JOBS_WRITE]).await.expect(200);
    let connected = cast.connect(&app, 2).await.expect(201);
    let path = format!("/v1/apps/{app}/connections/{NORTH}/production");
    let read = cast.read(&path, &cast.maker).await.expect(200);
    assert_eq!(read.header("ETag"), connected.header("ETag"));
    assert_eq!(nameless(read.json()), nameless(connected.json()));

    let path = format!("/v1/apps/{app}/scopes");
    let body = json!({"scopes": [JOBS_READ]});
    let edited = cast.server.put(&path).token(&cast.maker).json(&body).send().await.expect(200);
    let read = cast.read(&format!("/v1/apps/{app}"), &cast.maker).await.expect(200);
    assert_eq!(read.header("ETag"), edited.header("ETag"));
    assert_eq!(nameless(read.json()), nameless(edited.json()));
}

/// Without what only views know: the names of people, and an app's number of tenants.
fn nameless(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.remove("tenant_count");
    }
    for who in ["created_by", "updated_by"] {
        if let Some(Value::Object(who)) = value.get_mut(who) {
            who.remove("name");
        }
    }
    value
}

/// What a read answers that reflects the command.
async fn after(command: &Reply, read: crate::call::Call) -> Value {
    let position = command.position();
    let reply = read.header("Chancery-Min-Position", &position.to_string()).send().await.expect(200);
    assert!(reply.position() >= position);
    assert_eq!(reply.header("Chancery-Log"), command.header("Chancery-Log"));
    reply.json()
}
