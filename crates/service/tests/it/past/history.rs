//! A history at random, and every page of every read at every position of it.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::{
    call::{Call, Reply},
    cast::{CUSTOMERS_READ, CUSTOMERS_WRITE, JOBS_READ, JOBS_WRITE, MAKER_LAB, NORTH, SOUTH, app_body},
    hub::{FIRST, Hub},
};

/// What was answered: the pages' items, or the one thing with its `ETag`, or the status.
type Answer = (u16, Option<String>, Vec<Value>);

/// A read, and its answers at positions.
type Answers = BTreeMap<String, Vec<(u64, Answer)>>;

struct History {
    hub: Hub,
    rng: Rng,
    apps: Vec<String>,
}

impl History {
    async fn new(seed: u64) -> Self {
        let hub = Hub::new(2).await;
        let mut history = Self { hub, rng: Rng::with_seed(seed), apps: Vec::new() };
        for visibility in ["public", "private"] {
            let mut body = app_body();
            body["visibility"] = visibility.into();
            let Hub { cast, .. } = &history.hub;
            let app = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await;
            history.apps.push(app.expect(201).json()["app_id"].as_str().unwrap().to_owned());
        }
        let offered = history.hub.offered("developer").await;
        history.apps.push(offered);
        history
    }

    /// What somebody tries; it may be refused.
    fn next(&mut self) -> Call {
        let rng = &mut self.rng;
        let Hub { cast, members, .. } = &self.hub;
        let server = &cast.server;
        let picked = rng.usize(..self.apps.len());
        let app = &self.apps[picked];
        let offered = picked == 2;
        let developer = if offered { &cast.shop } else { &cast.maker };
        let (tenant, admin) = match (offered, rng.bool()) {
            (true, first) => (members[usize::from(first)].0, &members[usize::from(first)].1),
            (false, true) => (NORTH, &cast.north),
            (false, false) => (SOUTH, &cast.south),
        };
        let own = format!("/v1/tenants/{tenant}/production/connections");
        let version = rng.u64(1..4);
        let decision = *rng.choice(&["allow", "allow", "decline"]).unwrap();
        let group = offered.then_some(&self.hub.group);
        let overlap = *rng.choice(&["PT0S", "PT24H"]).unwrap();
        match rng.u8(..18) {
            0 | 1 => {
                let all = [CUSTOMERS_READ, CUSTOMERS_WRITE, JOBS_READ, JOBS_WRITE];
                let scopes: Vec<_> = all.into_iter().filter(|_| rng.bool()).collect();
                let call = server.put(&format!("/v1/apps/{app}/scopes")).token(developer);
                call.json(&json!({"scopes": scopes}))
            }
            2 => {
                let visibility = *rng.choice(&["public", "private"]).unwrap();
                let body = json!({"name": format!("Named {}", rng.u8(..)), "visibility": visibility});
                server.patch(&format!("/v1/apps/{app}")).token(developer).json(&body)
            }
            3 => {
                let side = *rng.choice(&["developer", "tenant_admin"]).unwrap();
                let body = json!({"credential_management": side});
                server.patch(&format!("/v1/apps/{app}")).token(developer).json(&body)
            }
            4 | 5 => {
                let verdict = *rng.choice(&["approve", "approve", "reject"]).unwrap();
                let body = json!({"decision": verdict, "reason": "So it is."});
                server.post(&format!("/v1/apps/{app}/review")).token(&cast.reviewer).json(&body)
            }
            6 => {
                let call = server.post(&format!("/v1/apps/{app}/tenants")).token(developer);
                call.json(&json!({"tenant_ids": [tenant]}))
            }
            7 => server.delete(&format!("/v1/apps/{app}/tenants/{tenant}")).token(developer),
            8..11 => {
                let body =
                    json!({"app_id": app, "version": version, "decision": decision, "group_id": group});
                server.post(&own).token(admin).json(&body)
            }
            11 => {
                let body = json!({"version": version, "decision": decision});
                server.post(&format!("{own}/{app}/upgrade")).token(admin).json(&body)
            }
            12 => server.post(&format!("{own}/{app}/disable")).token(admin),
            13 => server.post(&format!("{own}/{app}/restore")).token(admin),
            14 => server.delete(&format!("{own}/{app}")).token(admin),
            15 | 16 => {
                let path = if offered {
                    format!("{}/connections/{app}/secrets", self.hub.path())
                } else {
                    format!("/v1/apps/{app}/connections/{tenant}/production/secrets")
                };
                server.post(&path).token(developer).json(&json!({"retire_previous_after": overlap}))
            }
            // Seldom, for it ends much.
            _ if rng.u8(..4) == 0 => server.delete(&format!("/v1/apps/{app}")).token(developer),
            _ => {
                let secrets = format!("{own}/{app}/secrets");
                server.post(&secrets).token(admin).json(&json!({"retire_previous_after": overlap}))
            }
        }
    }

    /// Every read of an app, a connection or a tenant's page, with small pages.
    fn reads(&self) -> Vec<String> {
        let mut reads = Vec::new();
        for app in &self.apps {
            reads.push(format!("/v1/apps/{app}?"));
            reads.push(format!("/v1/apps/{app}/versions?limit=2"));
            reads.push(format!("/v1/apps/{app}/connections?limit=3"));
            for tenant in [NORTH, SOUTH, FIRST, FIRST + 1] {
                reads.push(format!("/v1/apps/{app}/connections/{tenant}/production?"));
                reads.push(format!("/v1/tenants/{tenant}/production/connections/{app}?"));
            }
        }
        for tenant in [NORTH, SOUTH, FIRST, FIRST + 1] {
            reads.push(format!("/v1/tenants/{tenant}/production/apps?limit=1"));
        }
        reads.push(format!("/v1/tenants/{MAKER_LAB}/integration/apps?"));
        reads.push(format!("/v1/tenants/{NORTH}/integration/apps?"));
        reads
    }

    /// The whole answer, page by page; as of `position` where `at` names it, of the present where not.
    async fn ask(&self, read: &str, at: Option<&str>, position: u64) -> Answer {
        let Hub { cast, .. } = &self.hub;
        let at = at.map(|at| format!("&at={at}")).unwrap_or_default();
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("{read}{at}{cursor}");
            let reply: Reply = if at.is_empty() {
                cast.read(&path, &cast.auditor).await
            } else {
                cast.server.get(&path).token(&cast.auditor).send().await
            };
            if reply.status != 200 {
                return (reply.status, None, Vec::new());
            }
            assert_eq!(reply.position(), position, "{path}");
            let (etag, body) = (reply.header("ETag").map(str::to_owned), reply.json());
            let Some(page) = body["items"].as_array() else { return (200, etag, vec![body]) };
            items.push(page.clone().into());
            match body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return (200, etag, items),
            }
        }
    }
}

async fn holds(seed: u64) {
    let mut history = History::new(seed).await;
    let (mut answers, mut accepted) = (Answers::new(), 0);
    while accepted < 16 {
        let reply = history.next().send().await;
        assert!(reply.status < 500, "{}", reply.text);
        if reply.status >= 300 {
            continue;
        }
        accepted += 1;
        let position = reply.position();
        for read in history.reads() {
            let answer = history.ask(&read, None, position).await;
            answers.entry(read).or_default().push((position, answer));
        }
    }
    for (read, answers) in &answers {
        for (index, (position, answer)) in answers.iter().enumerate() {
            // Where an answer begins and where it ends says it all.
            let same = |other: Option<&(u64, Answer)>| other.is_some_and(|other| other.1 == *answer);
            if same(index.checked_sub(1).map(|before| &answers[before])) && same(answers.get(index + 1)) {
                continue;
            }
            let then = history.ask(read, Some(&position.to_string()), *position).await;
            assert_eq!(then, *answer, "{read} at {position}, seed {seed}");
        }
    }
}

#[tokio::test]
async fn every_read_as_of_a_position_is_what_was_read_at_it() {
    holds(2).await;
}
