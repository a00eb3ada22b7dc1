//! Commands that race, on two service instances, over real connections: whoever loses is answered by a rule, and
//! whatever the order was, the log breaks none.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    call::{Call, Reply},
    cast::{CUSTOMERS_READ, Cast, EAST, JOBS_READ, JOBS_WRITE, NORTH, SOUTH, app_body},
    hub::{FIRST, Hub},
    rules,
    server::{Server, Views},
};

const ROUNDS: usize = 24;

/// Sends all at once and waits for every answer.
async fn at_once(calls: impl IntoIterator<Item = Call>) -> Vec<Reply> {
    join_all(calls.into_iter().map(Call::send)).await
}

/// How often each answer was given. Printed, to see that the rounds were races.
#[derive(Debug, Default)]
struct Answers(BTreeMap<String, usize>);

impl Answers {
    /// Counts the answer, which is a success or a refusal by one of these rules.
    #[track_caller]
    fn by_the_rule(&mut self, what: &str, reply: &Reply, rules: &[&str]) {
        let answer = if reply.status < 300 {
            reply.status.to_string()
        } else {
            let code = reply.json()["code"].as_str().unwrap().to_owned();
            assert!(rules.contains(&code.as_str()), "{what}: {} {}", reply.status, reply.text);
            code
        };
        *self.0.entry(format!("{what}: {answer}")).or_default() += 1;
    }
}

/// What ends NORTH's connection in a race, or pauses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Delete,
    Unlist,
    Disable,
    Disconnect,
}

impl End {
    fn call(self, cast: &Cast, server: &Server, app: &str) -> Call {
        let own = format!("/v1/tenants/{NORTH}/production/connections/{app}");
        match self {
            Self::Delete => server.delete(&format!("/v1/apps/{app}")).token(&cast.maker),
            Self::Unlist => server.delete(&format!("/v1/apps/{app}/tenants/{NORTH}")).token(&cast.maker),
            Self::Disable => server.post(&format!("{own}/disable")).token(&cast.north),
            Self::Disconnect => server.delete(&own).token(&cast.north),
        }
    }
}

/// A cast and two service instances on its log, which know nothing of each other.
struct Two {
    cast: Cast,
    other: Server,
}

impl Two {
    async fn new() -> Self {
        let cast = Cast::new().await;
        Self { other: Server::with(&cast.db, Views::Elsewhere).await, cast }
    }

    /// The two, each first in every other round.
    fn in_turn(&self, round: usize) -> (&Server, &Server) {
        if round.is_multiple_of(2) {
            (&self.cast.server, &self.other)
        } else {
            (&self.other, &self.cast.server)
        }
    }

    async fn hold(&self, answers: &Answers) {
        rules::hold(&self.cast.server.journal).await;
        println!("{answers:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_13_an_end_that_races_with_a_first_consent_leaves_no_connection_where_none_may_stand() {
    let two = Two::new().await;
    let cast = &two.cast;
    let mut answers = Answers::default();
    for round in 0..ROUNDS {
        let end = [End::Delete, End::Unlist, End::Disable][round % 3];
        let app = cast.approved_app().await;
        let (one, other) = two.in_turn(round);
        let body = json!({"app_id": app, "version": 1, "decision": "allow"});
        let connect = format!("/v1/tenants/{NORTH}/production/connections");
        let secrets = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
        let replies = at_once([
            other.post(&connect).token(&cast.north).json(&body),
            end.call(cast, one, &app),
            other.post(&secrets).token(&cast.maker).json(&json!({})),
        ])
        .await;
        answers.by_the_rule("connect", &replies[0], &["not_found", "connection_disabled"]);
        answers.by_the_rule(&format!("{end:?}"), &replies[1], &["not_connected"]);
        answers.by_the_rule("generate", &replies[2], &["not_found", "not_connected"]);
    }
    two.hold(&answers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_24_an_end_that_races_with_an_upgrade_and_secrets_is_followed_by_none_of_them() {
    let two = Two::new().await;
    let cast = &two.cast;
    let mut answers = Answers::default();
    for round in 0..ROUNDS {
        let end = [End::Delete, End::Unlist, End::Disable, End::Disconnect][round % 4];
        let app = cast.approved_app().await;
        cast.connect(&app, 1).await.expect(201);
        cast.edit_scopes(&app, &[CUSTOMERS_READ, JOBS_READ, JOBS_WRITE]).await.expect(200);
        let (one, other) = two.in_turn(round);
        let connection = format!("/v1/tenants/{NORTH}/production/connections/{app}");
        let secrets = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
        let upgrade = json!({"version": 2, "decision": "allow"});
        let at_once = at_once([
            one.post(&secrets).token(&cast.maker).json(&json!({})),
            other.post(&format!("{connection}/upgrade")).token(&cast.north).json(&upgrade),
            end.call(cast, one, &app),
            other.post(&secrets).token(&cast.maker).json(&json!({"retire_previous_after": "PT0S"})),
        ]);
        let replies = at_once.await;
        for generated in [&replies[0], &replies[3]] {
            answers.by_the_rule("generate", generated, &["not_found", "not_connected"]);
        }
        let gone = ["not_found", "not_connected", "connection_disabled"];
        answers.by_the_rule("upgrade", &replies[1], &gone);
        answers.by_the_rule(&format!("{end:?}"), &replies[2], &[]);
    }
    two.hold(&answers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_24_ends_that_race_with_each_other_end_a_connection_once() {
    let two = Two::new().await;
    let cast = &two.cast;
    let mut answers = Answers::default();
    for round in 0..ROUNDS {
        let app = cast.approved_app().await;
        cast.connect(&app, 1).await.expect(201);
        let (one, other) = two.in_turn(round);
        let ends = [(End::Unlist, one), (End::Disconnect, other), (End::Disable, one), (End::Delete, other)];
        let replies = at_once(ends.map(|(end, server)| end.call(cast, server, &app))).await;
        for ((end, _), reply) in ends.iter().zip(&replies) {
            answers.by_the_rule(&format!("{end:?}"), reply, &["not_found", "not_connected"]);
        }
        assert_eq!(replies[3].status, 200, "the app is deleted whatever becomes of its connection");
    }
    two.hold(&answers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_19_a_secret_that_is_revoked_while_others_are_generated_leaves_at_most_two() {
    let two = Two::new().await;
    let cast = &two.cast;
    let mut answers = Answers::default();
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let secrets = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
    let generate = |server: &Server| server.post(&secrets).token(&cast.maker).json(&json!({}));
    for round in 0..ROUNDS {
        let (one, other) = two.in_turn(round);
        let known = generate(one).send().await.expect(201).json();
        let known = format!("{secrets}/{}", known["secret_id"].as_str().unwrap());
        let replies = at_once([
            generate(one),
            other.delete(&known).token(&cast.maker),
            generate(other),
            one.delete(&known).token(&cast.maker),
        ])
        .await;
        for reply in &replies {
            answers.by_the_rule("generate or revoke", reply, &[]);
        }
    }
    two.hold(&answers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_26_first_consents_at_once_share_one_client_id() {
    let hub = Hub::new(6).await;
    let other = Server::with(&hub.cast.db, Views::Elsewhere).await;
    for round in 0..8 {
        let mode = ["tenant_admin", "developer"][round % 2];
        let app = hub.offered(mode).await;
        let server = |member: usize| if member.is_multiple_of(2) { &hub.cast.server } else { &other };
        let replies = at_once((0..6).map(|member| hub.consent(server(member), member, &app))).await;
        let answers: Vec<_> = replies.into_iter().map(|reply| reply.expect(201).json()).collect();
        assert!(answers.iter().all(|answer| answer["client_id"] == answers[0]["client_id"]), "{answers:#?}");
        let shown = answers.iter().filter(|answer| answer["client_secret"].is_string()).count();
        assert_eq!(shown, usize::from(mode == "tenant_admin"), "the first consent's secret, and no other");
    }
    rules::hold(&hub.cast.server.journal).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_27_a_group_that_loses_a_tenant_while_its_members_consent_cuts_it() {
    let hub = Hub::new(4).await;
    let Cast { server, shop, db, .. } = &hub.cast;
    let other = Server::with(db, Views::Elsewhere).await;
    let mut answers = Answers::default();
    for round in 0..ROUNDS / 2 {
        let app = hub.offered("developer").await;
        let secrets = format!("{}/connections/{app}/secrets", hub.path());
        let leaves = format!("{}/tenants/{}", hub.path(), FIRST + 1);
        let unlisted = format!("/v1/apps/{app}/tenants/{}", FIRST + 2);
        let replies = at_once([
            hub.consent(&other, 0, &app),
            hub.consent(&other, 1, &app),
            hub.consent(server, 2, &app),
            server.delete(&leaves).token(shop),
            other.delete(&unlisted).token(shop),
            server.post(&secrets).token(shop).json(&json!({})),
        ])
        .await;
        answers.by_the_rule("who stays", &replies[0], &[]);
        answers.by_the_rule("who leaves", &replies[1], &["not_found"]);
        answers.by_the_rule("who is unlisted", &replies[2], &["not_found"]);
        answers.by_the_rule("the group loses it", &replies[3], &[]);
        answers.by_the_rule("it is unlisted", &replies[4], &[]);
        answers.by_the_rule("generate", &replies[5], &["not_connected"]);
        // A deleted app stays named in the group, and whoever joins is not listed for it.
        if round.is_multiple_of(2) {
            server.delete(&format!("/v1/apps/{app}")).token(shop).send().await.expect(200);
        }
        hub.add(FIRST + 1).await.expect(200);
    }
    rules::hold(&server.journal).await;
    println!("{answers:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_10_of_first_listings_for_several_customers_at_once_one_wins() {
    let two = Two::new().await;
    let cast = &two.cast;
    let customers = [NORTH, EAST, 301, 302];
    for tenant_id in &customers[2..] {
        let body = json!({"tenant_id": tenant_id, "name": "A tenant", "customer_id": format!("c{tenant_id}"),
                          "environments": ["production"]});
        cast.server.post("/v1/tenants").token(&cast.platform).json(&body).send().await.expect(201);
    }
    for _ in 0..ROUNDS / 2 {
        let mut body = app_body();
        body["visibility"] = "private".into();
        body["tenant_ids"] = json!([]);
        let app = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await.expect(201).json();
        let path = format!("/v1/apps/{}/tenants", app["app_id"].as_str().unwrap());
        let calls = customers.iter().enumerate().map(|(number, tenant_id)| {
            let (server, _) = two.in_turn(number);
            server.post(&path).token(&cast.maker).json(&json!({"tenant_ids": [tenant_id]}))
        });
        let replies = at_once(calls).await;
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 3), "{replies:#?}");
        for reply in lost {
            reply.problem(409, "several_customers");
        }
    }
    rules::hold(&cast.server.journal).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_10_a_change_to_private_and_a_listing_for_another_customer_at_once_leave_one() {
    let two = Two::new().await;
    let cast = &two.cast;
    let mut answers = Answers::default();
    for round in 0..ROUNDS / 2 {
        let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
        let (one, other) = two.in_turn(round);
        let listing = format!("/v1/apps/{app}/tenants");
        let replies = at_once([
            one.patch(&format!("/v1/apps/{app}")).token(&cast.maker).json(&json!({"visibility": "private"})),
            other.post(&listing).token(&cast.maker).json(&json!({"tenant_ids": [EAST]})),
        ])
        .await;
        answers.by_the_rule("private", &replies[0], &["several_customers"]);
        answers.by_the_rule("listing", &replies[1], &["several_customers"]);
        let done = replies.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(done, 1, "{replies:#?}");
    }
    two.hold(&answers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tenants_that_connect_one_app_at_once_do_not_disturb_each_other() {
    let two = Two::new().await;
    let cast = &two.cast;
    for round in 0..ROUNDS / 4 {
        let app = cast.approved_app().await;
        let body = json!({"app_id": app, "version": 1, "decision": "allow"});
        let (one, other) = two.in_turn(round);
        let call = |server: &Server, tenant: u64, token: &str| {
            server.post(&format!("/v1/tenants/{tenant}/production/connections")).token(token).json(&body)
        };
        for reply in at_once([call(one, NORTH, &cast.north), call(other, SOUTH, &cast.south)]).await {
            reply.expect(201);
        }
    }
    rules::hold(&cast.server.journal).await;
}
