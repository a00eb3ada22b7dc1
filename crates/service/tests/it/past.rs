//! `?at=`: what was, at a position or at a time, for auditors.

mod history;

use serde_json::{Value, json};
use tokio_postgres::NoTls;

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

    fn versions(&self) -> String {
        format!("{}/versions", self.app())
    }

    fn connections(&self) -> String {
        format!("{}/connections", self.app())
    }

    /// What the tenant may connect.
    fn tenant_page() -> String {
        format!("/v1/tenants/{NORTH}/production/apps")
    }

    /// Each with a token of somebody who may read it, and not as it was.
    fn reads(&self) -> [(String, &str); 6] {
        let Cast { maker, north, .. } = &self.cast;
        [
            (self.app(), maker),
            (self.versions(), maker),
            (self.connections(), maker),
            (self.developer_side(), maker),
            (Self::tenant_page(), north),
            (self.tenant_side(), north),
        ]
    }

    async fn at(&self, path: &str, at: impl ToString) -> Reply {
        let query = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{query}at={}", at.to_string());
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
async fn lists_read_as_they_were_and_are_empty_before_there_was_anything() {
    let story = Story::new().await;
    let items = async |path: &str, at: u64| {
        story.at(path, at).await.expect(200).json()["items"].as_array().unwrap().clone()
    };
    let versions = story.versions();
    for (at, count) in [(story.created, 1), (story.connected, 1), (story.edited, 2), (story.deleted, 2)] {
        assert_eq!(items(&versions, at).await.len(), count, "at {at}");
    }
    let connections = story.connections();
    let states = async |at| {
        let items = items(&connections, at).await;
        items.iter().map(|item| item["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(story.created).await, ["not_connected"; 4]);
    let connected = ["not_connected", "connected", "not_connected", "not_connected"];
    assert_eq!(states(story.connected).await, connected);
    let page = Story::tenant_page();
    assert!(items(&page, story.created).await.is_empty(), "nobody had approved it");
    assert_eq!(items(&page, story.upgraded).await[0]["connection"]["granted_version"], 2);
    assert!(items(&page, story.deleted).await.is_empty());
    assert!(items(&page, 0).await.is_empty());
    for path in [versions, connections] {
        story.at(&path, 0).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn pages_of_a_moment_follow_each_other_and_no_others() {
    let story = Story::new().await;
    let path = format!("{}?limit=3", story.connections());
    let first = story.at(&path, story.connected).await.expect(200).json();
    let next = format!("{path}&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = story.at(&next, story.connected).await.expect(200).json();
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next_cursor"]), (1, &Value::Null));
    let other = story.at(&next, story.upgraded).await;
    other.problem(400, "cursor_invalid");
    story.cast.read(&next, &story.cast.auditor).await.problem(400, "cursor_invalid");
    let now = story.cast.read(&path, &story.cast.auditor).await.expect(200).json();
    let next = format!("{path}&cursor={}", now["next_cursor"].as_str().unwrap());
    story.cast.read(&next, &story.cast.auditor).await.expect(200);
    let head = story.cast.server.journal.head().await.unwrap().position;
    story.at(&next, head).await.problem(400, "cursor_invalid");
}

#[tokio::test]
async fn names_are_forgotten_in_the_past_too() {
    let story = Story::new().await;
    let name = async || {
        let app = story.at(&story.app(), story.created).await.expect(200).json();
        app["created_by"]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name().await, "Name of mia");
    story.cast.server.delete("/v1/people/mia").token(&story.cast.platform).send().await.expect(200);
    assert_eq!(name().await, "forgotten");
}

#[tokio::test]
async fn a_least_position_beside_at_must_be_there_and_changes_nothing() {
    let story = Story::new().await;
    let read = async |least: u64| {
        let path = format!("{}?at={}", story.app(), story.created);
        let call = story.cast.server.get(&path).token(&story.cast.auditor);
        call.header("Chancery-Min-Position", &least.to_string()).send().await
    };
    let reply = read(story.deleted).await.expect(200);
    assert_eq!((reply.position(), &reply.json()["version"]), (story.created, &1.into()));
    let head = story.cast.server.journal.head().await.unwrap().position;
    read(head.next().get()).await.problem(400, "position_unknown");
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
    for (path, _) in story.reads() {
        story.at(&path, head.next()).await.problem(400, "position_unknown");
        for to_come in ["9000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999-23:59"]
        {
            story.at(&path, to_come).await.problem(400, "time_unknown");
        }
        // The last is past what a position can be.
        for no_moment in ["", "-1", "yesterday", "1.5", "9999-12-31", "99999999999999999999"] {
            let problem = story.at(&path, no_moment).await.problem(400, "at_invalid");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("up to the log's head") && detail.contains("up to now"), "{detail}");
        }
    }
}

#[tokio::test]
async fn where_no_temporary_tables_may_be_made_the_past_says_so_and_the_present_is_read() {
    let story = Story::new().await;
    let (postgres, connection) = tokio_postgres::connect(story.cast.db.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let database: String = postgres.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    let revoke = format!("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC");
    postgres.batch_execute(&revoke).await.unwrap();
    for (path, _) in story.reads() {
        let refused = story.at(&path, story.connected).await;
        let problem = refused.problem(503, "past_unavailable");
        assert!(problem["detail"].as_str().unwrap().contains("GRANT TEMPORARY ON DATABASE"), "{problem:#}");
        assert_eq!(refused.header("Retry-After"), Some("30"));
    }
    story.cast.read(&story.app(), &story.cast.auditor).await.expect(200);
}

#[tokio::test]
async fn what_was_is_for_auditors() {
    let story = Story::new().await;
    for (path, token) in story.reads() {
        let path = format!("{path}?at={}", story.connected);
        story.cast.server.get(&path).token(token).send().await.problem(403, "at_not_allowed");
    }
    // What has no past says so, and is not read as it is.
    for path in ["/v1/apps?at=1", "/v1/networks?at=1"] {
        story.cast.server.get(path).token(&story.cast.maker).send().await.problem(400, "query_invalid");
    }
    for role in [&story.cast.consumer, &story.cast.platform, &story.cast.operator] {
        let path = format!("{}?at=1", story.app());
        story.cast.server.get(&path).token(role).send().await.problem(403, "role_forbidden");
    }
}
