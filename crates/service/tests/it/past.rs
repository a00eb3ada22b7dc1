//! `?at=`: what was, at a position or at a time, for auditors.

use serde_json::{Value, json};

use crate::{
    call::Reply,
    cast::{CUSTOMERS_READ, Cast, JOBS_READ, JOBS_WRITE, NORTH},
};

/// The log's story, with the head after each part of it.
struct Story {
    cast: Cast,
    app: String,
    created: u64,
    connected: u64,
    edited: u64,
    upgraded: u64,
    disabled: u64,
    deleted: u64,
}

impl Story {
    async fn new() -> Self {
        let cast = Cast::new().await;
        let created = cast.app().await;
        let app = created["app_id"].as_str().unwrap().to_owned();
        let head = async || cast.server.journal.head().await.unwrap().position.get();
        let created = head().await;
        let review = json!({"decision": "approve", "reason": ""});
        let path = format!("/v1/apps/{app}/review");
        cast.server.post(&path).token(&cast.reviewer).json(&review).send().await.expect(200);
        cast.connect(&app, 1).await.expect(201);
        let developer_side = format!("/v1/apps/{app}/connections/{NORTH}/production");
        let secrets = format!("{developer_side}/secrets");
        cast.server.post(&secrets).token(&cast.maker).json(&json!({})).send().await.expect(201);
        let connected = head().await;
        let edited =
            cast.edit_scopes(&app, &[CUSTOMERS_READ, JOBS_READ, JOBS_WRITE]).await.expect(200).position();
        let own = format!("/v1/tenants/{NORTH}/production/connections/{app}");
        let upgrade = json!({"version": 2, "decision": "allow"});
        let upgraded = cast
            .server
            .post(&format!("{own}/upgrade"))
            .token(&cast.north)
            .json(&upgrade)
            .send()
            .await
            .position();
        let disabled = cast.server.post(&format!("{own}/disable")).token(&cast.north).send().await.position();
        let deleted =
            cast.server.delete(&format!("/v1/apps/{app}")).token(&cast.maker).send().await.position();
        Self { cast, app, created, connected, edited, upgraded, disabled, deleted }
    }

    fn app(&self) -> String {
        format!("/v1/apps/{}", self.app)
    }

    fn developer_side(&self) -> String {
        format!("/v1/apps/{}/connections/{NORTH}/production", self.app)
    }

    fn tenant_side(&self) -> String {
        format!("/v1/tenants/{NORTH}/production/connections/{}", self.app)
    }

    async fn at(&self, path: &str, at: impl ToString) -> Reply {
        let path = format!("{path}?at={}", at.to_string());
        self.cast.server.get(&path).token(&self.cast.auditor).send().await
    }
}

#[tokio::test]
async fn an_app_reads_as_it_was_at_each_position() {
    let story = Story::new().await;
    let read = async |at: u64| {
        let reply = story.at(&story.app(), at).await.expect(200);
        assert_eq!(reply.position(), at);
        reply.json()
    };
    let created = read(story.created).await;
    assert_eq!((&created["version"], &created["review"]), (&1.into(), &"pending".into()));
    assert_eq!(created["created_by"], json!({"id": "mia", "name": "Name of mia"}));
    let connected = read(story.connected).await;
    assert_eq!((&connected["version"], &connected["review"]), (&1.into(), &"approved".into()));
    assert_eq!(read(story.edited).await["version"], 2);
    assert_eq!(read(story.disabled).await["deleted_at"], Value::Null);
    assert!(read(story.deleted).await["deleted_at"].is_string());
    story.at(&story.app(), 1).await.problem(404, "not_found");
    story.at(&story.app(), 0).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_connection_reads_as_it_was_at_each_position() {
    let story = Story::new().await;
    for path in [story.developer_side(), story.tenant_side()] {
        let read = async |at: u64| story.at(&path, at).await.expect(200).json();
        let connected = read(story.connected).await;
        assert_eq!((&connected["state"], &connected["granted_version"]), (&"connected".into(), &1.into()));
        assert_eq!((&connected["upgrade"], &connected["latest_version"]), (&Value::Null, &1.into()));
        assert_eq!(connected["secrets"].as_array().unwrap().len(), 1);
        let offered = read(story.edited).await;
        assert_eq!(offered["upgrade"]["added"], json!([JOBS_WRITE]));
        assert_eq!(read(story.upgraded).await["granted_version"], 2);
        let disabled = read(story.disabled).await;
        assert_eq!(disabled["state"], "disabled");
        assert_eq!(disabled["updated_by"], json!({"id": "nora", "name": "Name of nora"}));
        let deleted = read(story.deleted).await;
        assert_eq!(
            (&deleted["state"], &deleted["revocation_cause"]),
            (&"revoked".into(), &"app_deleted".into())
        );
    }
    let before = story.at(&story.developer_side(), story.created).await.expect(200).json();
    assert_eq!(before["state"], "not_connected");
    // Not approved yet, so the tenant did not see it.
    story.at(&story.tenant_side(), story.created).await.problem(404, "not_found");
    story.at(&story.developer_side(), 1).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_was_at_the_head_is_what_a_view_says_now() {
    let story = Story::new().await;
    for path in [story.app(), story.developer_side(), story.tenant_side()] {
        let now = story.cast.read(&path, &story.cast.auditor).await.expect(200);
        let then = story.at(&path, story.deleted).await.expect(200);
        assert_eq!(then.header("ETag"), now.header("ETag"));
        let (mut then, mut now) = (then.json(), now.json());
        // An app's own stream does not know how many listings it has.
        for app in [&mut then, &mut now] {
            app.as_object_mut().unwrap().remove("tenant_count");
        }
        assert_eq!(then, now);
    }
}

#[tokio::test]
async fn a_time_leads_to_what_had_been_recorded_by_then() {
    let story = Story::new().await;
    let events = story.cast.events("ScopesEdited").await;
    let edited = events[0]["recorded_at"].as_str().unwrap();
    let reply = story.at(&story.app(), edited).await.expect(200);
    assert_eq!((reply.position(), &reply.json()["version"]), (story.edited, &2.into()));
    let day_before = "2020-01-01T00:00:00Z";
    story.at(&story.app(), day_before).await.problem(404, "not_found");
    let now = jiff::Timestamp::now().to_string();
    assert!(story.at(&story.app(), now).await.expect(200).json()["deleted_at"].is_string());
    // A time before this one is what `%2B` is for.
    let zoned = edited.replace('Z', "%2B00:00");
    assert_eq!(story.at(&story.app(), zoned).await.expect(200).position(), story.edited);
}

#[tokio::test]
async fn a_moment_that_is_none_or_not_there_yet_is_refused() {
    let story = Story::new().await;
    let head = story.cast.server.journal.head().await.unwrap().position;
    for path in [story.app(), story.developer_side(), story.tenant_side()] {
        story.at(&path, head.next()).await.problem(400, "position_unknown");
        story.at(&path, "9000-01-01T00:00:00Z").await.problem(400, "time_unknown");
        for no_moment in ["", "-1", "yesterday", "1.5", "99999999999999999999"] {
            story.at(&path, no_moment).await.problem(400, "at_invalid");
        }
    }
}

#[tokio::test]
async fn what_was_is_for_auditors() {
    let story = Story::new().await;
    for (path, token) in [
        (story.app(), &story.cast.maker),
        (story.developer_side(), &story.cast.maker),
        (story.tenant_side(), &story.cast.north),
    ] {
        let path = format!("{path}?at={}", story.connected);
        story.cast.server.get(&path).token(token).send().await.problem(403, "at_not_allowed");
    }
}
