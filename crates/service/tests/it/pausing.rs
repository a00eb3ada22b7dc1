//! A connection that stands is paused, resumed and ended.

use serde_json::{Value, json};

use crate::{
    call::Reply,
    cast::{CUSTOMERS_READ, Cast, JOBS_WRITE, NORTH},
    redact::redacted,
};

/// A connection of NORTH's.
struct Connected {
    cast: Cast,
    app: String,
}

impl Connected {
    async fn new() -> Self {
        let cast = Cast::new().await;
        let app = cast.approved_app().await;
        cast.connect(&app, 1).await.expect(201);
        Self { cast, app }
    }

    fn path(&self) -> String {
        format!("/v1/tenants/{NORTH}/production/connections/{}", self.app)
    }

    /// `disable` or `restore`
    async fn post(&self, what: &str) -> Reply {
        self.cast.server.post(&format!("{}/{what}", self.path())).token(&self.cast.north).send().await
    }

    async fn upgrade(&self, version: u64) -> Reply {
        let body = json!({"version": version, "decision": "allow"});
        self.cast
            .server
            .post(&format!("{}/upgrade", self.path()))
            .token(&self.cast.north)
            .json(&body)
            .send()
            .await
    }

    async fn disconnect(&self) -> Reply {
        self.cast.server.delete(&self.path()).token(&self.cast.north).send().await
    }

    async fn generate(&self) -> Reply {
        let path = format!("/v1/apps/{}/connections/{NORTH}/production/secrets", self.app);
        self.cast.server.post(&path).token(&self.cast.maker).json(&json!({})).send().await
    }

    async fn read(&self) -> Reply {
        self.cast.read(&self.path(), &self.cast.north).await.expect(200)
    }
}

#[tokio::test]
async fn rule_23_a_pause_keeps_the_grant_and_the_credential_and_says_who_paused() {
    let it = Connected::new().await;
    it.generate().await.expect(201);
    let before = it.read().await.json();
    let paused = it.post("disable").await.expect(200);
    let read = it.read().await;
    assert_eq!(read.header("ETag"), paused.header("ETag"));
    assert_eq!(nameless(read.json()), nameless(paused.json()));
    insta::assert_json_snapshot!("disabled", redacted(read.json()));

    let resumed = it.post("restore").await.expect(200).json();
    assert_eq!(nameless(it.read().await.json()), nameless(resumed.clone()));
    assert_eq!(resumed["state"], "connected");
    for kept in ["client_id", "granted_version", "scopes", "connection_id"] {
        assert_eq!(resumed[kept], before[kept], "{kept}");
    }
}

#[tokio::test]
async fn rule_23_pausing_and_resuming_again_changes_nothing() {
    let it = Connected::new().await;
    it.post("restore").await.expect(200);
    it.post("disable").await.expect(200);
    let again = it.post("disable").await.expect(200);
    assert_eq!(again.json()["state"], "disabled");
    it.post("restore").await.expect(200);
    it.post("restore").await.expect(200);
    assert_eq!(it.cast.events("ConnectionDisabled").await.len(), 1);
    assert_eq!(it.cast.events("ConnectionRestored").await.len(), 1);
}

#[tokio::test]
async fn rule_23_while_it_is_paused_no_version_is_granted_and_a_leak_can_still_be_closed() {
    let it = Connected::new().await;
    it.cast.edit_scopes(&it.app, &[CUSTOMERS_READ, JOBS_WRITE]).await.expect(200);
    it.post("disable").await.expect(200);
    it.upgrade(2).await.problem(409, "connection_disabled");
    it.cast.connect(&it.app, 2).await.problem(409, "connection_disabled");
    it.generate().await.expect(201);
    assert_eq!(it.read().await.json()["secrets"].as_array().unwrap().len(), 1);
    it.post("restore").await.expect(200);
    it.upgrade(2).await.expect(200);
}

#[tokio::test]
async fn rule_24_a_disconnected_tenant_gets_a_new_client_id_when_it_connects_again() {
    let it = Connected::new().await;
    it.generate().await.expect(201);
    let before = it.read().await.json();
    let ended = it.disconnect().await.expect(200);
    let read = it.read().await;
    assert_eq!(read.header("ETag"), ended.header("ETag"));
    assert_eq!(nameless(read.json()), nameless(ended.json()));
    insta::assert_json_snapshot!("revoked", redacted(read.json()));

    it.disconnect().await.problem(409, "not_connected");
    it.post("disable").await.problem(409, "not_connected");
    it.post("restore").await.problem(409, "not_connected");
    it.upgrade(1).await.problem(409, "not_connected");
    it.generate().await.problem(409, "not_connected");

    let again = it.cast.connect(&it.app, 1).await.expect(201).json();
    assert_eq!(again["state"], "connected");
    assert_eq!(again["connection_id"], before["connection_id"]);
    assert_ne!(again["client_id"], before["client_id"]);
    assert_eq!(again["secrets"], json!([]), "the old credential's secrets are not this one's");
}

#[tokio::test]
async fn rule_24_a_paused_connection_can_be_ended_and_declined_after_that() {
    let it = Connected::new().await;
    it.post("disable").await.expect(200);
    it.disconnect().await.expect(200);
    let body = json!({"app_id": it.app, "version": 1, "decision": "decline"});
    let path = format!("/v1/tenants/{NORTH}/production/connections");
    let declined =
        it.cast.server.post(&path).token(&it.cast.north).json(&body).send().await.expect(201).json();
    assert_eq!((&declined["state"], &declined["revocation_cause"]), (&"not_connected".into(), &Value::Null));
    assert_eq!(declined["declined"]["version"], 1);
}

#[tokio::test]
async fn rule_23_what_was_never_connected_cannot_be_paused_resumed_or_ended() {
    let cast = Cast::new().await;
    let it = Connected { app: cast.approved_app().await, cast };
    it.disconnect().await.problem(409, "not_connected");
    it.post("disable").await.problem(409, "not_connected");
    it.post("restore").await.problem(409, "not_connected");

    let hidden = it.cast.app().await["app_id"].as_str().unwrap().to_owned();
    let it = Connected { app: hidden, cast: it.cast };
    it.disconnect().await.problem(404, "not_found");
    it.post("disable").await.problem(404, "not_found");
    it.post("restore").await.problem(404, "not_found");
}

#[tokio::test]
async fn rule_11_a_connection_of_a_deleted_app_reads_revoked_and_answers_like_none() {
    let it = Connected::new().await;
    let path = format!("/v1/apps/{}", it.app);
    it.cast.server.delete(&path).token(&it.cast.maker).send().await.expect(200);
    let read = it.read().await.json();
    assert_eq!((&read["state"], &read["revocation_cause"]), (&"revoked".into(), &"app_deleted".into()));
    it.disconnect().await.problem(404, "not_found");
    it.post("restore").await.problem(404, "not_found");
    it.generate().await.problem(404, "not_found");
    it.cast.connect(&it.app, 1).await.problem(404, "not_found");
}

#[tokio::test]
async fn rule_24_a_tenant_that_is_listed_again_starts_anew() {
    let it = Connected::new().await;
    let tenants = format!("/v1/apps/{}/tenants", it.app);
    let remove = || it.cast.server.delete(&format!("{tenants}/{NORTH}")).token(&it.cast.maker).send();
    remove().await.expect(200);
    remove().await.problem(404, "not_found");
    it.cast.read(&it.path(), &it.cast.north).await.problem(404, "not_found");
    let developer_side = format!("/v1/apps/{}/connections/{NORTH}/production", it.app);
    let ended = it.cast.read(&developer_side, &it.cast.maker).await.expect(200).json();
    assert_eq!((&ended["state"], &ended["revocation_cause"]), (&"revoked".into(), &"tenant_removed".into()));
    it.generate().await.problem(409, "not_connected");

    let body = json!({"tenant_ids": [NORTH]});
    it.cast.server.post(&tenants).token(&it.cast.maker).json(&body).send().await.expect(200);
    let read = it.read().await.json();
    assert_eq!((&read["state"], &read["revocation_cause"]), (&"not_connected".into(), &Value::Null));
    it.disconnect().await.problem(409, "not_connected");
    it.cast.connect(&it.app, 1).await.expect(201);
}

#[tokio::test]
async fn a_pause_of_what_has_changed_meanwhile_is_412() {
    let it = Connected::new().await;
    let seen = it.read().await;
    it.post("disable").await.expect(200);
    let path = format!("{}/restore", it.path());
    let call = it.cast.server.post(&path).token(&it.cast.north);
    call.header("If-Match", seen.header("ETag").unwrap()).send().await.problem(412, "precondition_failed");
    assert_eq!(it.read().await.json()["state"], "disabled");
}

/// Without the names of people, which only reads know.
fn nameless(mut connection: Value) -> Value {
    if let Some(by) = connection["updated_by"].as_object_mut() {
        by.remove("name");
    }
    for secret in connection["secrets"].as_array_mut().unwrap() {
        secret["created_by"].as_object_mut().unwrap().remove("name");
    }
    connection
}
