//! A command that is sent again is carried out once (DESIGN §6).

use serde_json::{Value, json};

use crate::{
    cast::{CUSTOMERS_READ, Cast, NORTH, app_body},
    held::Held,
    server::{Server, Views},
};

#[tokio::test]
async fn a_retry_gets_the_same_answer() {
    let cast = Cast::new().await;
    let post = || cast.server.post("/v1/apps").token(&cast.maker).key("k1").json(&app_body()).send();
    let first = post().await.expect(201);
    assert_eq!(first.header("Idempotency-Replayed"), None);
    let again = post().await.expect(201);
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    assert_eq!((again.text.as_str(), again.position()), (first.text.as_str(), first.position()));
    assert_eq!(cast.events("AppCreated").await.len(), 1);
}

#[tokio::test]
async fn rule_20_a_retry_does_not_get_the_secret() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let path = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
    let post = || cast.server.post(&path).token(&cast.maker).key("s1").json(&json!({})).send();
    let first = post().await.expect(201).json();
    let again = post().await.expect(201).json();
    assert!(first["client_secret"].as_str().unwrap().starts_with("cs1."));
    assert_eq!((&again["client_secret"], &again["secret_shown"]), (&Value::Null, &true.into()));
    assert_eq!((&again["secret_id"], &again["hint"]), (&first["secret_id"], &first["hint"]));
    assert_eq!(cast.events("SecretGenerated").await.len(), 1);

    let body = json!({"role": "auditor", "name": "Once"});
    let issue = || cast.server.post("/v1/tokens").token(&cast.platform).key("t1").json(&body).send();
    let first = issue().await.expect(201).json();
    let again = issue().await.expect(201).json();
    assert!(first["token"].is_string());
    assert_eq!((&again["token"], &again["secret_shown"]), (&Value::Null, &true.into()));
    assert_eq!(again["token_id"], first["token_id"]);
}

#[tokio::test]
async fn a_key_is_good_for_one_request() {
    let cast = Cast::new().await;
    let post = |body: Value| cast.server.post("/v1/apps").token(&cast.maker).key("k1").json(&body).send();
    post(app_body()).await.expect(201);
    let mut other = app_body();
    other["name"] = "Another".into();
    post(other).await.problem(422, "idempotency_key_reused");
    assert_eq!(cast.events("AppCreated").await.len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_its_sender_and_path() {
    let cast = Cast::new().await;
    let mut body = app_body();
    body["tenant_ids"] = json!([]);
    for token in [&cast.maker, &cast.other] {
        let reply = cast.server.post("/v1/apps").token(token).key("k1").json(&body).send().await.expect(201);
        assert_eq!(reply.header("Idempotency-Replayed"), None);
        let path = format!("/v1/apps/{}/scopes", reply.json()["app_id"].as_str().unwrap());
        let scopes = json!({"scopes": [CUSTOMERS_READ]});
        let reply = cast.server.put(&path).token(token).key("k1").json(&scopes).send().await.expect(200);
        assert_eq!(reply.header("Idempotency-Replayed"), None);
    }
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let path = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
    let post = || cast.server.post(&path).token(&cast.maker).key("s1").json(&json!({})).send();
    post().await.problem(409, "not_connected");
    cast.connect(&app, 1).await.expect(201);
    assert_eq!(post().await.expect(201).header("Idempotency-Replayed"), None);
}

#[tokio::test]
async fn a_command_that_changed_nothing_is_kept_too() {
    let cast = Cast::new().await;
    let app = cast.app().await;
    let path = format!("/v1/apps/{}/scopes", app["app_id"].as_str().unwrap());
    let body = json!({"scopes": app["scopes"]});
    let put = || cast.server.put(&path).token(&cast.maker).key("e1").json(&body).send();
    let first = put().await.expect(200);
    assert!(cast.events("ScopesEdited").await.is_empty());
    let again = put().await.expect(200);
    assert_eq!((again.header("Idempotency-Replayed"), &again.text), (Some("true"), &first.text));
}

#[tokio::test]
async fn a_retry_after_a_restart_gets_the_same_answer() {
    let cast = Cast::new().await;
    let first =
        cast.server.post("/v1/apps").token(&cast.maker).key("k1").json(&app_body()).send().await.expect(201);
    let Cast { server, db, maker, .. } = cast;
    server.shut_down().await;
    let restarted = Server::start(&db).await;
    let post = |body: &Value| restarted.post("/v1/apps").token(&maker).key("k1").json(body).send();
    let again = post(&app_body()).await.expect(201);
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    assert_eq!(again.text, first.text);
    let mut other = app_body();
    other["name"] = "Another".into();
    post(&other).await.problem(422, "idempotency_key_reused");
}

#[tokio::test]
async fn a_command_sent_to_two_processes_at_once_is_carried_out_once() {
    let cast = Cast::new().await;
    let other = Server::with(&cast.db, Views::Elsewhere).await;
    for round in 0..10 {
        let post = |server: &Server| {
            server.post("/v1/apps").token(&cast.maker).key(&format!("r{round}")).json(&app_body()).send()
        };
        let (one, two) = tokio::join!(post(&cast.server), post(&other));
        assert_eq!((one.status, two.status), (201, 201), "{} {}", one.text, two.text);
        assert_eq!(one.json(), two.json());
        let replayed =
            [&one, &two].iter().filter(|reply| reply.header("Idempotency-Replayed").is_some()).count();
        assert_eq!(replayed, 1, "one carried it out, the other one told so");
    }
    assert_eq!(cast.events("AppCreated").await.len(), 10);
}

#[tokio::test]
async fn a_retry_of_a_command_under_way_is_409() {
    let cast = Cast::new().await;
    let post = || cast.server.post("/v1/apps").token(&cast.maker).key("k1").json(&app_body()).send();
    let held = Held::head(cast.db.url()).await;
    let first = tokio::spawn(post());
    held.is_waited_for().await;
    post().await.problem(409, "command_in_flight");
    held.release().await;
    let first = first.await.unwrap().expect(201);
    let again = post().await.expect(201);
    assert_eq!((again.header("Idempotency-Replayed"), &again.text), (Some("true"), &first.text));
}
