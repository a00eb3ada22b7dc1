//! What a token says, and what ends it.

use chancery_devkit::TestDb;
use chancery_service::connect::LIFETIME;
use serde_json::json;

use super::{Client, ask, claims, error, form, text};
use crate::{
    cast::{CUSTOMERS_READ, JOBS_READ},
    server::Server,
};

#[tokio::test]
async fn rule_28_a_token_says_who_it_is_for_and_opens_what_was_granted() {
    let client = Client::new().await;
    let reply = ask(&client.cast.server, &client.form()).await.expect(200);
    assert_eq!(reply.header("Cache-Control"), Some("no-store"));
    let body = reply.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(body["scope"], format!("{CUSTOMERS_READ} {JOBS_READ}"));
    let token = text(&body, "access_token");
    let claims = claims(&token);
    assert_eq!((&*claims.iss, &*claims.aud), ("https://chancery.example", "https://api.example"));
    assert_eq!((&claims.sub, &claims.client_id), (&client.id, &client.id));
    assert_eq!((claims.app.to_string(), &*claims.env), (client.app.clone(), "production"));
    assert_eq!(claims.exp - claims.iat, LIFETIME.as_secs().cast_signed());
    assert!(claims.pos > 0 && claims.pos <= client.cast.server.connect.house().position().get());
    assert_eq!(client.code(&token).await, "allowed");
}

#[tokio::test]
async fn rule_28_a_token_is_good_for_what_is_asked_for_and_granted() {
    let client = Client::new().await;
    for (asked, got) in [
        ("tn.jpm.jobs%3Ar", Some(JOBS_READ)),
        ("tn.jpm.jobs:r+tn.jpm.jobs:w+tn.nowhere:r", Some(JOBS_READ)),
        ("tn.jpm.jobs:w", None),
        ("tn.jpm.jobs:r++tn.crm.customers:r", None),
        ("%22", None),
    ] {
        let reply = ask(&client.cast.server, &format!("{}&scope={asked}", client.form())).await;
        match got {
            Some(got) => assert_eq!(reply.expect(200).json()["scope"], got, "{asked}"),
            None => assert_eq!(error(&reply, 400), "invalid_scope", "{asked}"),
        }
    }
    let jobs = format!("{}&scope={JOBS_READ}", client.form());
    let token = text(&ask(&client.cast.server, &jobs).await.json(), "access_token");
    assert_eq!(client.code(&token).await, "scope_missing");
}

#[tokio::test]
async fn rule_28_a_token_ends_with_what_it_was_issued_on() {
    for (what, code) in [("/disable", "token_cut_off"), ("", "token_cut_off")] {
        let client = Client::new().await;
        let token = client.token().await;
        client.decide(what).await;
        assert_eq!(client.code(&token).await, code, "{what}");
    }
    let client = Client::new().await;
    let token = client.token().await;
    client.delete().await;
    assert_eq!(client.code(&token).await, "app_deleted");

    let client = Client::new().await;
    let token = client.token().await;
    client.decide("/disable").await;
    client.decide("/restore").await;
    assert_eq!(client.code(&token).await, "token_cut_off");
    let resumed = client.token().await;
    assert_eq!(client.code(&resumed).await, "allowed");
    client.generate("PT0S").await;
    assert_eq!(client.code(&resumed).await, "token_cut_off");
}

#[tokio::test]
async fn a_fresh_secret_works_at_once_in_every_process() {
    let client = Client::new().await;
    let other = Server::start(&client.cast.db).await;
    for round in 0..5 {
        let secret = text(&client.generate("PT24H").await, "client_secret");
        let reply = ask(&other, &form(&client.id, &secret)).await;
        assert_eq!(reply.status, 200, "round {round}: {}", reply.text);
        let token = text(&reply.json(), "access_token");
        assert_eq!(client.code(&token).await, "allowed");
    }
}

#[tokio::test]
async fn an_old_secret_works_beside_the_new_one_until_it_retires() {
    let client = Client::new().await;
    let second = text(&client.generate("PT24H").await, "client_secret");
    ask(&client.cast.server, &client.form()).await.expect(200);
    ask(&client.cast.server, &form(&client.id, &second)).await.expect(200);
    client.generate("PT0S").await;
    for secret in [&client.secret, &second] {
        let reply = ask(&client.cast.server, &form(&client.id, secret)).await;
        assert_eq!(error(&reply, 401), "invalid_client");
    }
}

#[tokio::test]
async fn the_last_use_of_a_secret_is_written_down_and_shown() {
    let client = Client::new().await;
    let sid = claims(&client.token().await).sid;
    assert_eq!(uses(&client.cast.db, sid).await, 0);
    for _ in 0..2 {
        client.token().await;
        client.cast.server.connect.uses().write().await.unwrap();
        assert_eq!(uses(&client.cast.db, sid).await, 1);
    }
    let path = format!("/v1/apps/{}/connections/{}/production", client.app, crate::cast::NORTH);
    let connection = client.cast.read(&path, &client.cast.maker).await.expect(200).json();
    assert!(connection["secrets"][0]["last_used_at"].is_string(), "{connection}");
}

async fn uses(db: &TestDb, secret_id: uuid::Uuid) -> i64 {
    let (sql, connection) = tokio_postgres::connect(db.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let count =
        "SELECT count(*) FROM secret_uses WHERE secret_id = $1 AND last_used_at > now() - interval '1 h'";
    sql.query_one(count, &[&secret_id]).await.unwrap().get(0)
}

#[tokio::test]
async fn rule_28_a_token_of_one_environment_or_tenant_opens_no_other() {
    let client = Client::new().await;
    let token = client.token().await;
    let connect = &client.cast.server.connect;
    let verified = connect.verifier().verify(&token).await.unwrap();
    let call = chancery_gate::Call {
        method: "GET",
        path: super::PATH,
        environment: "integration",
        app_key: Some(&client.app_key),
        token: verified.state(),
    };
    let code = |call| {
        connect
            .house()
            .check(&call, |decision, _| decision.map_or_else(|denial| denial.code(), |_| "allowed"))
    };
    assert_eq!(code(call), "environment_mismatch");
    let elsewhere = "/crm/v2/tenant/102/customers/5";
    assert_eq!(
        code(chancery_gate::Call { environment: "production", path: elsewhere, ..call }),
        "tenant_mismatch"
    );
}
