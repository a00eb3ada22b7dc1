//! Why an app may do something at a tenant, or may not, at any moment.

use std::collections::BTreeSet;

use chancery_domain::{AppId, Environment, Instance, Scope, TenantId};
use chancery_gate::{Access, Gate};
use chancery_journal::At;
use chancery_service::explain::{Question, explain};
use chancery_wire::Position;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::Reply,
    cast::{CUSTOMERS_READ, CUSTOMERS_WRITE, Cast, EAST, JOBS_READ, JOBS_WRITE, NORTH, SOUTH},
};

/// An app, and what becomes of it at NORTH.
struct Story {
    cast: Cast,
    app: String,
    /// The last secret.
    secret: String,
}

impl Story {
    async fn new() -> Self {
        let cast = Cast::new().await;
        let app = cast.approved_app().await;
        Self { cast, app, secret: String::new() }
    }

    async fn connected() -> Self {
        let mut story = Self::new().await;
        story.cast.connect(&story.app, 1).await.expect(201);
        story.generate().await;
        story
    }

    async fn head(&self) -> u64 {
        self.cast.server.journal.head().await.unwrap().position.get()
    }

    async fn generate(&mut self) {
        let path = format!("{}/secrets", self.developer_side());
        let reply = self.cast.server.post(&path).token(&self.cast.maker).json(&json!({})).send().await;
        reply.expect(201).json()["secret_id"].as_str().unwrap().clone_into(&mut self.secret);
    }

    async fn revoke_secret(&self) {
        let path = format!("{}/secrets/{}", self.developer_side(), self.secret);
        self.cast.server.delete(&path).token(&self.cast.maker).send().await.expect(200);
    }

    /// The tenant's admin does it.
    async fn decide(&self, what: &str) {
        let path = format!("/v1/tenants/{NORTH}/production/connections/{}/{what}", self.app);
        self.cast.server.post(&path).token(&self.cast.north).send().await.expect(200);
    }

    async fn upgrade(&self) {
        let path = format!("/v1/tenants/{NORTH}/production/connections/{}/upgrade", self.app);
        let body = json!({"version": 2, "decision": "allow"});
        self.cast.server.post(&path).token(&self.cast.north).json(&body).send().await.expect(200);
    }

    async fn delete(&self, path: &str) {
        let path = format!("/v1/apps/{}{path}", self.app);
        self.cast.server.delete(&path).token(&self.cast.maker).send().await.expect(200);
    }

    fn developer_side(&self) -> String {
        format!("/v1/apps/{}/connections/{NORTH}/production", self.app)
    }

    async fn ask(&self, scope: &str, more: &str) -> Reply {
        let path =
            format!("app_id={}&tenant_id={NORTH}&environment=production&scope={scope}{more}", self.app);
        self.get(&path).await
    }

    async fn get(&self, query: &str) -> Reply {
        let path = format!("/v1/explain/access?{query}");
        self.cast.server.get(&path).token(&self.cast.auditor).send().await
    }

    /// The answer now, of which the code and the types of the events are as expected.
    async fn explained(&self, scope: &str, code: &str, events: &str) -> Value {
        let answer = self.ask(scope, "").await.expect(200).json();
        assert_eq!(told(&answer), (code.to_owned(), events.to_owned()), "{answer}");
        assert_eq!(answer["position"], self.head().await);
        answer
    }
}

/// The code, or `allowed`, and the types of the events.
fn told(answer: &Value) -> (String, String) {
    let types = answer["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap());
    let types = types.collect::<Vec<_>>().join(" ");
    assert_eq!(answer["allowed"], answer["code"].is_null());
    (answer["code"].as_str().unwrap_or("allowed").to_owned(), types)
}

#[tokio::test]
async fn each_decision_changes_the_answer_and_is_among_what_makes_it_so() {
    let mut story = Story::new().await;
    let (app, granted) = (story.app.clone(), "AppCreated TenantConnected");
    let connections = format!("POST /v1/tenants/{NORTH}/production/connections");
    let secrets = format!("POST {}/secrets", story.developer_side());
    let to_do = |answer: &Value, who: &str, place: &str| {
        assert_eq!((&answer["who"], &answer["where"]), (&who.into(), &place.into()), "{answer}");
    };

    let never = story.explained(CUSTOMERS_READ, "tenant_mismatch", "AppCreated").await;
    to_do(&never, "tenant_admin", &connections);

    story.cast.connect(&app, 1).await.expect(201);
    let no_secret = story.explained(CUSTOMERS_READ, "allowed", granted).await;
    to_do(&no_secret, "developer", &secrets);
    story.generate().await;
    let allowed = story.explained(CUSTOMERS_READ, "allowed", &format!("{granted} SecretGenerated")).await;
    assert_eq!((&allowed["who"], &allowed["where"]), (&Value::Null, &Value::Null));
    assert_eq!(allowed["granted_version"], 1);
    assert!(allowed["client_id"].as_str().unwrap().starts_with("cid."));
    assert_eq!(allowed["operations"][0]["id"], "Customers_Get");
    let consent = &allowed["events"][1];
    assert_eq!(consent["actor"], json!({"kind": "person", "id": "nora", "name": "Name of nora"}));
    assert_eq!(consent["sentence"], format!("allowed Scheduler v1 on tenant {NORTH} in production"));

    let nowhere = story.explained(CUSTOMERS_WRITE, "scope_missing", granted).await;
    to_do(&nowhere, "developer", &format!("PUT /v1/apps/{app}/scopes"));
    story.cast.edit_scopes(&app, &[CUSTOMERS_READ, CUSTOMERS_WRITE, JOBS_READ]).await.expect(200);
    let offered = "AppCreated TenantConnected ScopesEdited";
    let offered = story.explained(CUSTOMERS_WRITE, "scope_missing", offered).await;
    to_do(&offered, "tenant_admin", &format!("{connections}/{app}/upgrade"));
    assert_eq!((&offered["granted_version"], &offered["latest_version"]), (&1.into(), &2.into()));
    story.upgrade().await;
    let upgraded = "AppCreated TenantConnected SecretGenerated ScopesEdited VersionUpgraded";
    story.explained(CUSTOMERS_WRITE, "allowed", upgraded).await;

    story.decide("disable").await;
    let disabled = story.explained(JOBS_READ, "disabled", &format!("{granted} ConnectionDisabled")).await;
    to_do(&disabled, "tenant_admin", &format!("{connections}/{app}/restore"));
    story.decide("restore").await;
    story.explained(JOBS_READ, "allowed", &format!("{upgraded} ConnectionRestored")).await;

    story.revoke_secret().await;
    let cut_off = story.explained(JOBS_READ, "token_cut_off", &format!("{granted} SecretRevoked")).await;
    to_do(&cut_off, "developer", &secrets);
    story.generate().await;
    let again = "AppCreated TenantConnected ScopesEdited VersionUpgraded ConnectionRestored SecretGenerated";
    story.explained(JOBS_READ, "allowed", again).await;

    story.delete(&format!("/tenants/{NORTH}")).await;
    let ended = story.explained(JOBS_READ, "not_connected", &format!("{granted} ConnectionRevoked")).await;
    to_do(&ended, "tenant_admin", &connections);
    story.delete("").await;
    let deleted = story.explained(JOBS_READ, "app_deleted", "AppCreated AppDeleted").await;
    assert_eq!((&deleted["who"], &deleted["where"]), (&"developer".into(), &Value::Null));
}

#[tokio::test]
async fn the_past_is_asked_about_by_position_and_by_time() {
    let story = Story::connected().await;
    let connected = story.head().await;
    story.decide("disable").await;
    let then = story.ask(JOBS_READ, &format!("&at={connected}")).await.expect(200);
    assert_eq!(then.position(), connected);
    let then = then.json();
    assert_eq!(told(&then), ("allowed".into(), "AppCreated TenantConnected SecretGenerated".into()));
    let time = then["time"].as_str().unwrap();
    assert_eq!(then["events"][2]["recorded_at"], time, "the last event was a secret");
    assert_eq!(story.ask(JOBS_READ, &format!("&at={time}")).await.expect(200).json(), then);
    story.explained(JOBS_READ, "disabled", "AppCreated TenantConnected ConnectionDisabled").await;

    let before = story.ask(JOBS_READ, "&at=0").await.expect(200).json();
    assert_eq!(told(&before), ("app_unknown".into(), String::new()));
    assert_eq!(
        (&before["position"], &before["time"], &before["who"]),
        (&0.into(), &Value::Null, &Value::Null)
    );
    let before = story.ask(JOBS_READ, "&at=2020-01-01T00:00:00Z").await.expect(200).json();
    assert_eq!(told(&before), ("app_unknown".into(), String::new()));
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_a_reason() {
    let story = Story::connected().await;
    let head = story.head().await;
    let after = format!("&at={}", head + 1);
    story.ask(JOBS_READ, &after).await.problem(400, "position_unknown");
    story.ask(JOBS_READ, "&at=9000-01-01T00:00:00Z").await.problem(400, "time_unknown");
    for no_moment in ["", "-1", "yesterday", "1.5", "99999999999999999999"] {
        story.ask(JOBS_READ, &format!("&at={no_moment}")).await.problem(400, "at_invalid");
    }
    let (app, nobody) = (&story.app, "01890000-0000-7000-8000-000000000000");
    let here = format!("environment=production&scope={JOBS_READ}");
    for (query, said) in [
        (format!("app_id={nobody}&tenant_id={NORTH}&{here}"), nobody),
        (format!("app_id={app}&tenant_id=77777&{here}"), "no tenant 77777"),
        (
            format!("app_id={app}&tenant_id={NORTH}&environment=nowhere&scope={JOBS_READ}"),
            "tenant 101 does not exist in nowhere",
        ),
    ] {
        let problem = story.get(&query).await.problem(404, "not_found");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(said), "{detail}");
    }
    for query in [
        format!("app_id={app}&tenant_id={NORTH}&environment=production&scope=tn.crm.typo:r"),
        format!("app_id={app}&tenant_id={NORTH}&environment=production&scope=contacts"),
        format!("app_id={app}&tenant_id={NORTH}&environment=Production&scope={JOBS_READ}"),
        format!("app_id={app}&tenant_id=0&{here}"),
        format!("app_id=1&tenant_id={NORTH}&{here}"),
        format!("app_id={app}&{here}"),
        format!("app_id={app}&tenant_id={NORTH}&{here}&since=1"),
    ] {
        story.get(&query).await.problem(400, "query_invalid");
    }
    // What no version has is asked about all the same, where the catalog has it.
    story.ask(JOBS_WRITE, "").await.expect(200);
}

#[tokio::test]
async fn who_was_forgotten_is_told_as_that() {
    let story = Story::connected().await;
    let cast = &story.cast;
    cast.server.delete("/v1/people/nora").token(&cast.platform).send().await.expect(200);
    let answer = story.ask(JOBS_READ, "").await.expect(200).json();
    assert_eq!(answer["events"][1]["actor"], json!({"kind": "person", "id": "nora", "name": "forgotten"}));
}

#[tokio::test]
async fn at_every_position_the_whole_log_says_the_same_and_what_is_listed_is_enough() {
    let mut story = Story::connected().await;
    let first = story.head().await - 8;
    story.cast.edit_scopes(&story.app, &[CUSTOMERS_READ, CUSTOMERS_WRITE]).await.expect(200);
    story.upgrade().await;
    story.decide("disable").await;
    story.decide("restore").await;
    story.generate().await;
    story.revoke_secret().await;
    story.delete(&format!("/tenants/{NORTH}")).await;
    let app_id: Uuid = story.app.parse().unwrap();
    let journal = &story.cast.server.journal;
    let mut whole = Gate::default();
    let mut codes = BTreeSet::new();
    for event in &journal.read(Position::START, usize::MAX).await.unwrap() {
        whole.apply(event).unwrap();
        if event.position.get() < first {
            continue;
        }
        let moment = journal.moment(At::Position(event.position)).await.unwrap();
        for tenant in [NORTH, SOUTH, EAST] {
            for scope in [CUSTOMERS_READ, CUSTOMERS_WRITE, JOBS_READ, JOBS_WRITE] {
                let environment = Environment::parse("production").unwrap();
                let instance = Instance { tenant_id: TenantId::new(tenant).unwrap(), environment };
                let scope = Scope::parse(scope).unwrap();
                let question = Question { app_id: AppId(app_id), instance, scope: scope.clone() };
                let explained = explain(journal, question, moment).await.unwrap();
                let access = Access {
                    app_id,
                    tenant_id: tenant,
                    environment: "production",
                    scope: scope.as_str(),
                    secret_id: explained.secret_id,
                };
                assert_eq!(explained.outcome, whole.access(&access), "{} at {}", scope, event.position);
                let mut few = Gate::default();
                for event in &explained.events {
                    few.pass_over(event.position.previous());
                    few.apply(event).unwrap();
                }
                assert_eq!(explained.outcome, few.access(&access), "{} at {}", scope, event.position);
                codes.insert(explained.outcome.map_or_else(|denial| denial.code(), |_| "allowed"));
            }
        }
    }
    let expected =
        ["allowed", "app_unknown", "disabled", "not_connected", "scope_missing", "tenant_mismatch"];
    assert_eq!(codes, BTreeSet::from(expected));
}
