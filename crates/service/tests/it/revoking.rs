//! A secret is revoked at once, by the side that manages the app's credentials.

use serde_json::{Value, json};

use crate::{
    call::Reply,
    cast::{Cast, NORTH, app_body},
    redact::redacted,
};

struct Connected {
    cast: Cast,
    app: String,
}

impl Connected {
    async fn new(credential_management: &str) -> Self {
        let cast = Cast::new().await;
        let mut body = app_body();
        body["visibility"] = "private".into();
        body["credential_management"] = credential_management.into();
        let app = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await.expect(201);
        let app = app.json()["app_id"].as_str().unwrap().to_owned();
        cast.connect(&app, 1).await.expect(201);
        Self { cast, app }
    }

    fn developer_side(&self) -> String {
        format!("/v1/apps/{}/connections/{NORTH}/production", self.app)
    }

    fn tenant_side(&self) -> String {
        format!("/v1/tenants/{NORTH}/production/connections/{}", self.app)
    }

    async fn generate(&self) -> Value {
        let path = format!("{}/secrets", self.developer_side());
        self.cast.server.post(&path).token(&self.cast.maker).json(&json!({})).send().await.expect(201).json()
    }

    async fn revoke(&self, secret: &Value) -> Reply {
        let path = format!("{}/secrets/{}", self.developer_side(), secret["secret_id"].as_str().unwrap());
        self.cast.server.delete(&path).token(&self.cast.maker).send().await
    }

    async fn revoke_as_tenant(&self, secret: &Value) -> Reply {
        let path = format!("{}/secrets/{}", self.tenant_side(), secret["secret_id"].as_str().unwrap());
        self.cast.server.delete(&path).token(&self.cast.north).send().await
    }

    /// The ids of the secrets that open the door, oldest first.
    async fn live(&self) -> Vec<Value> {
        let read = self.cast.read(&self.developer_side(), &self.cast.maker).await.expect(200).json();
        read["secrets"].as_array().unwrap().iter().map(|secret| secret["secret_id"].clone()).collect()
    }
}

#[tokio::test]
async fn rule_19_a_revoked_secret_is_gone_at_once_and_revoking_it_again_changes_nothing() {
    let it = Connected::new("developer").await;
    let (first, second) = (it.generate().await, it.generate().await);
    let revoked = it.revoke(&second).await.expect(200);
    insta::assert_json_snapshot!("revoked_secret", redacted(revoked.json()));
    assert_eq!(it.live().await, [first["secret_id"].clone()]);
    let again = it.revoke(&second).await.expect(200);
    assert_eq!(again.json(), revoked.json());
    assert_eq!(it.cast.events("SecretRevoked").await.len(), 1);
    let read = it.cast.read(&it.developer_side(), &it.cast.maker).await;
    assert_eq!(read.header("ETag"), revoked.header("ETag"));
}

#[tokio::test]
async fn rule_19_a_credential_may_be_left_without_a_secret_and_gets_the_next_one() {
    let it = Connected::new("developer").await;
    let first = it.generate().await;
    it.revoke(&first).await.expect(200);
    assert!(it.live().await.is_empty());
    let second = it.generate().await;
    assert_eq!(second["client_id"], first["client_id"]);
    assert_eq!(second["previous_retires_at"], Value::Null);
    assert_eq!(it.live().await, [second["secret_id"].clone()]);
}

#[tokio::test]
async fn rule_19_an_end_is_never_moved_later_also_where_the_newest_secret_was_revoked() {
    let it = Connected::new("developer").await;
    it.generate().await;
    let second = it.generate().await;
    it.revoke(&second).await.expect(200);
    let path = format!("{}/secrets", it.developer_side());
    let body = json!({"retire_previous_after": "P30D"});
    let third = it.cast.server.post(&path).token(&it.cast.maker).json(&body).send().await.expect(201).json();
    assert_eq!(third["previous_retires_at"], second["previous_retires_at"]);
    assert_eq!(it.live().await.len(), 2);
}

#[tokio::test]
async fn rule_19_a_retired_secret_is_not_revoked_once_more() {
    let it = Connected::new("developer").await;
    let first = it.generate().await;
    let path = format!("{}/secrets", it.developer_side());
    let body = json!({"retire_previous_after": "PT0S"});
    it.cast.server.post(&path).token(&it.cast.maker).json(&body).send().await.expect(201);
    let ended = it.revoke(&first).await.expect(200).json();
    assert!(ended["revoked_at"].is_string());
    assert!(it.cast.events("SecretRevoked").await.is_empty());
}

#[tokio::test]
async fn rule_17_only_the_side_that_manages_credentials_revokes() {
    let it = Connected::new("developer").await;
    let secret = it.generate().await;
    it.revoke_as_tenant(&secret).await.problem(403, "credentials_managed_by_developer");
    let mode = json!({"credential_management": "tenant_admin"});
    let path = format!("/v1/apps/{}", it.app);
    it.cast.server.patch(&path).token(&it.cast.maker).json(&mode).send().await.expect(200);
    it.revoke(&secret).await.problem(403, "credentials_managed_by_tenant_admin");
    it.revoke_as_tenant(&secret).await.expect(200);
    assert!(it.live().await.is_empty());
}

#[tokio::test]
async fn a_secret_that_is_not_this_connections_is_not_found() {
    let it = Connected::new("developer").await;
    let foreign = json!({"secret_id": "01890000-0000-7000-8000-000000000000"});
    it.revoke(&foreign).await.problem(404, "not_found");
    let secret = it.generate().await;
    it.revoke(&foreign).await.problem(404, "not_found");
    let path = format!("{}/secrets/{}", it.developer_side(), secret["secret_id"].as_str().unwrap());
    it.cast.server.delete(&path).token(&it.cast.other).send().await.problem(404, "not_found");

    it.cast.server.delete(&it.tenant_side()).token(&it.cast.north).send().await.expect(200);
    it.revoke(&secret).await.problem(409, "not_connected");
    it.cast.connect(&it.app, 1).await.expect(201);
    it.revoke(&secret).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_revocation_that_is_sent_again_answers_the_same() {
    let it = Connected::new("developer").await;
    let secret = it.generate().await;
    let path = format!("{}/secrets/{}", it.developer_side(), secret["secret_id"].as_str().unwrap());
    let call = it.cast.server.delete(&path).token(&it.cast.maker).key("once");
    let first = call.clone().send().await.expect(200);
    let again = call.send().await.expect(200);
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    assert_eq!(again.json(), first.json());
}
