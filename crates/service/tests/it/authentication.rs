//! Who is let in.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    call::Call,
    cast::Cast,
    redact::redacted,
    server::{Server, Views},
};

#[tokio::test]
async fn whoever_has_no_valid_token_gets_the_same_answer() {
    let cast = Cast::new().await;
    let apps = || cast.server.get("/v1/apps");
    let revoked = issue(&cast, json!({"role": "auditor", "name": "Soon revoked"})).await;
    revoke(&cast, &revoked).await;
    let revoked = revoked["token"].as_str().unwrap();
    let refused = [
        apps(),
        apps().header("Authorization", "Bearer"),
        apps().header("Authorization", "Bearer "),
        apps().header("Authorization", &format!("Basic {}", cast.maker)),
        apps().token("nobody"),
        apps().token(&"x".repeat(10_000)),
        apps().token(&format!("{}x", cast.maker)),
        apps().token(&cast.maker).token(&cast.maker),
        apps().token(revoked),
    ];
    let mut bodies = Vec::new();
    for call in refused {
        let reply = call.send().await;
        reply.problem(401, "unauthenticated");
        assert_eq!(reply.header("WWW-Authenticate"), Some("Bearer"));
        bodies.push(redacted(reply.json()).to_string());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
}

#[tokio::test]
async fn who_calls_is_asked_before_anything_else() {
    let cast = Cast::new().await;
    let server = &cast.server;
    for call in [
        server.get("/v1/apps/not-an-id?what=ever"),
        server.post("/v1/apps").text("text/plain", "{"),
        server.post("/v1/apps").key("no key at all"),
        server.get("/v1/apps").header("Chancery-Min-Position", "soon"),
    ] {
        call.send().await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn the_scheme_is_bearer_in_any_case() {
    let cast = Cast::new().await;
    let call = cast.server.get("/v1/apps").header("Authorization", &format!("bEARER {}", cast.maker));
    call.send().await.expect(200);
}

#[tokio::test]
async fn a_fresh_token_works_at_once_in_every_process() {
    let cast = Cast::new().await;
    let other = Server::with(&cast.db, Views::Elsewhere).await;
    for _ in 0..5 {
        let token = issue(&cast, json!({"role": "consumer", "name": "Fresh"})).await;
        let token = token["token"].as_str().unwrap();
        other.get("/v1/events").token(token).send().await.expect(200);
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_in_every_process_soon() {
    let cast = Cast::new().await;
    let other = Server::with(&cast.db, Views::Elsewhere).await;
    let token = issue(&cast, json!({"role": "consumer", "name": "Soon revoked"})).await;
    let call = || other.get("/v1/events").token(token["token"].as_str().unwrap());
    call().send().await.expect(200);
    revoke(&cast, &token).await;
    refused_in_time(call).await;
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let cast = Cast::new().await;
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(500);
    let token =
        issue(&cast, json!({"role": "consumer", "name": "Short", "expires_at": soon.to_string()})).await;
    refused_in_time(|| cast.server.get("/v1/events").token(token["token"].as_str().unwrap())).await;
}

async fn refused_in_time(call: impl Fn() -> Call) {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let reply = call().send().await;
        if reply.status == 401 {
            reply.problem(401, "unauthenticated");
            return;
        }
        assert!(Instant::now() < deadline, "still let in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn issue(cast: &Cast, body: Value) -> Value {
    cast.server.post("/v1/tokens").token(&cast.platform).json(&body).send().await.expect(201).json()
}

async fn revoke(cast: &Cast, token: &Value) {
    let path = format!("/v1/tokens/{}", token["token_id"].as_str().unwrap());
    cast.server.delete(&path).token(&cast.platform).send().await.expect(200);
    let token = token["token"].as_str().unwrap();
    // Where it was revoked, what was acknowledged holds at once.
    cast.server.get("/v1/scope-catalog").token(token).send().await.problem(401, "unauthenticated");
}
