//! Strangers ask, reviewers decide (rule 1).

use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};

use crate::{
    call::{Call, Reply},
    cast::{Cast, EAST, app_body},
    redact::redacted,
    server::{self, Server},
};

const LAB: u64 = 910;

fn body() -> Value {
    json!({"name": "Mara Stranger", "email": "mara@stranger.example", "company": "Strange Tools",
           "purpose": "We plan routes for vans.\nOurs and others'."})
}

fn ask(server: &Server) -> Call {
    server.post("/v1/access-requests").json(&body())
}

async fn asked(server: &Server) -> String {
    ask(server).send().await.expect(201).json()["request_id"].as_str().unwrap().to_owned()
}

async fn decide(cast: &Cast, request: &str, body: &Value) -> Reply {
    let path = format!("/v1/access-requests/{request}/decision");
    cast.server.post(&path).token(&cast.reviewer).json(body).send().await
}

fn approval(tenant_id: u64) -> Value {
    json!({"decision": "approve", "reason": "Known to us.", "tenant": {"tenant_id": tenant_id, "name": "Strange lab"}})
}

async fn postgres(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn rule_01_a_stranger_asks_and_an_approval_registers_a_third_party() {
    let cast = Cast::new().await;
    let asked = ask(&cast.server).send().await.expect(201);
    insta::assert_json_snapshot!("requested_access", redacted(asked.json()));
    let waiting = cast.read("/v1/access-requests?state=pending", &cast.reviewer).await.expect(200).json();
    insta::assert_json_snapshot!("pending_access_requests", redacted(waiting));

    let request = asked.json()["request_id"].as_str().unwrap().to_owned();
    let decided = decide(&cast, &request, &approval(LAB)).await.expect(200);
    insta::assert_json_snapshot!("approved_access", redacted(decided.json()));
    assert_eq!(decided.header("ETag"), Some("\"2\""));
    let list = cast.read("/v1/access-requests?state=approved", &cast.reviewer).await.expect(200).json();
    assert_eq!(list["items"][0]["organization_id"], decided.json()["organization_id"]);
    let list = cast.read("/v1/access-requests?state=pending", &cast.reviewer).await.expect(200).json();
    assert_eq!(list["items"], json!([]));

    // What the approval registered works: a developer of it creates an app from its instance.
    let organization = decided.json()["organization_id"].clone();
    let token = json!({"role": "developer", "name": "Theirs", "organization_id": organization});
    let token = cast.server.post("/v1/tokens").token(&cast.platform).json(&token).send().await.expect(201);
    let token = token.json()["token"].as_str().unwrap().to_owned();
    cast.server.post("/v1/apps").token(&token).json(&app_body()).send().await.expect(201);
}

#[tokio::test]
async fn rule_01_a_request_is_decided_once() {
    let cast = Cast::new().await;
    let request = asked(&cast.server).await;
    let rejection = json!({"decision": "reject", "reason": "Nobody knows you."});
    decide(&cast, &request, &json!({"decision": "reject"})).await.problem(422, "reason_missing");
    decide(&cast, &request, &json!({"decision": "approve"})).await.problem(422, "tenant_missing");
    let mut unexpected = approval(LAB);
    unexpected["decision"] = "reject".into();
    decide(&cast, &request, &unexpected).await.problem(422, "tenant_unexpected");
    decide(&cast, &request, &approval(EAST)).await.problem(409, "tenant_exists");
    let decided = decide(&cast, &request, &rejection).await.expect(200).json();
    assert_eq!((&decided["state"], &decided["organization_id"]), (&"rejected".into(), &Value::Null));
    for again in [rejection, approval(LAB)] {
        decide(&cast, &request, &again).await.problem(409, "access_request_decided");
    }
    assert!(cast.events("AccessApproved").await.is_empty());
    let absent = "01890000-0000-7000-8000-000000000000";
    decide(&cast, absent, &approval(LAB)).await.problem(404, "not_found");
}

#[tokio::test]
async fn rule_01_a_decision_is_made_on_what_the_reviewer_saw() {
    let cast = Cast::new().await;
    let request = asked(&cast.server).await;
    let path = format!("/v1/access-requests/{request}/decision");
    let call = cast.server.post(&path).token(&cast.reviewer).header("If-Match", "\"2\"").json(&approval(LAB));
    assert_eq!(call.send().await.problem(412, "precondition_failed")["current_version"], 1);
    let call = cast.server.post(&path).token(&cast.reviewer).header("If-Match", "\"1\"").json(&approval(LAB));
    call.send().await.expect(200);
}

#[tokio::test]
async fn rule_01_one_address_may_ask_five_times_an_hour_in_any_process() {
    let db = server::database();
    let (here, there) = (Server::start(&db).await, Server::start(&db).await);
    let calls = (0..12).map(|number| tokio::spawn(ask(if number % 2 == 0 { &here } else { &there }).send()));
    let mut let_in = 0;
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap() {
            reply if reply.status == 201 => let_in += 1,
            reply => {
                reply.problem(429, "too_many_requests");
                let seconds: u64 = reply.header("Retry-After").unwrap().parse().unwrap();
                assert!((1..=3600).contains(&seconds), "{seconds}");
            }
        }
    }
    assert_eq!(let_in, 5);
    here.shut_down().await;
    there.shut_down().await;
    let later = Server::start(&db).await;
    ask(&later).send().await.problem(429, "too_many_requests");

    let postgres = postgres(db.url()).await;
    let an_hour_ago = "UPDATE access_admissions SET admitted_at = admitted_at - interval '1 hour'";
    postgres.execute(an_hour_ago, &[]).await.unwrap();
    asked(&later).await;
    let kept =
        postgres.query_one("SELECT count(*), count(sender) FROM access_admissions", &[]).await.unwrap();
    assert_eq!((kept.get(0), kept.get(1)), (6_i64, 1_i64), "what counts no more is not kept of an address");
}

#[tokio::test]
async fn rule_01_a_thousand_may_wait_for_a_decision() {
    let cast = Cast::new().await;
    let request = asked(&cast.server).await;
    let postgres = postgres(cast.db.url()).await;
    let many =
        "INSERT INTO access_admissions SELECT gen_random_uuid(), NULL, now() FROM generate_series(1, 999)";
    postgres.execute(many, &[]).await.unwrap();
    let full = ask(&cast.server).send().await;
    full.problem(429, "access_requests_full");
    assert_eq!(full.header("Retry-After"), Some("3600"));
    let mut wordless = approval(LAB);
    wordless["reason"] = "".into();
    assert_eq!(decide(&cast, &request, &wordless).await.expect(200).json()["reason"], Value::Null);
    let second = asked(&cast.server).await;
    ask(&cast.server).send().await.problem(429, "access_requests_full");

    // Processes that die in between: one decision was not noted, and the requests of 998 rows were never made.
    decide(&cast, &second, &json!({"decision": "reject", "reason": "No."})).await.expect(200);
    let died = "UPDATE access_admissions SET decided = false, admitted_at = now() - interval '11 minutes'";
    postgres.execute(died, &[]).await.unwrap();
    let left = "INSERT INTO people (person_id, name) \
                SELECT request_id::text, 'Nobody asks' FROM access_admissions WHERE sender IS NULL";
    postgres.execute(left, &[]).await.unwrap();
    ask(&cast.server).send().await.problem(429, "access_requests_full");
    let a_minute_ago = "UPDATE access_admission_control SET swept_at = swept_at - interval '1 minute'";
    postgres.execute(a_minute_ago, &[]).await.unwrap();
    asked(&cast.server).await;
    let undecided = "SELECT count(*) FROM access_admissions WHERE NOT decided";
    assert_eq!(postgres.query_one(undecided, &[]).await.unwrap().get::<_, i64>(0), 1);
    let left = "SELECT count(*) FROM people WHERE name = 'Nobody asks'";
    assert_eq!(postgres.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn rule_01_a_stranger_sends_at_most_2_kib() {
    let db = server::database();
    let server = Server::start(&db).await;
    let padded = |bytes: usize| {
        let mut text = body().to_string();
        text.extend(std::iter::repeat_n(' ', bytes - text.len()));
        server.post("/v1/access-requests").text("application/json", text)
    };
    padded(2049).send().await.problem(413, "body_too_large");
    padded(2048).send().await.expect(201);
}

#[tokio::test]
async fn rule_01_what_a_stranger_says_has_bounds() {
    let db = server::database();
    let server = Server::start(&db).await;
    for (field, value, code) in [
        ("name", " ", "name_missing"),
        ("name", "Ma\u{202e}ra", "name_characters"),
        ("company", &"x".repeat(101), "name_too_long"),
        ("email", "mara", "email_invalid"),
        ("email", "Mara <mara@stranger.example>", "email_invalid"),
        ("purpose", "\u{2800}", "purpose_missing"),
        ("purpose", &"x".repeat(1001), "purpose_too_long"),
        ("purpose", "va\u{200b}ns", "purpose_characters"),
    ] {
        let mut body = body();
        body[field] = value.into();
        let problem = server.post("/v1/access-requests").json(&body).send().await.problem(422, code);
        assert_eq!(problem["errors"][0]["pointer"], format!("/{field}"));
    }
    let mut body = body();
    body["role"] = "platform".into();
    server.post("/v1/access-requests").json(&body).send().await.problem(422, "field_unknown");
    // Nothing of that counted.
    for _ in 0..5 {
        asked(&server).await;
    }
}

#[tokio::test]
async fn rule_01_a_retry_of_a_stranger_is_the_same_request() {
    let db = server::database();
    let server = Server::start(&db).await;
    let first = ask(&server).key("mine").send().await.expect(201);
    for _ in 0..8 {
        let again = ask(&server).key("mine").send().await.expect(201);
        assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
        assert_eq!(again.json(), first.json());
    }
    let postgres = postgres(db.url()).await;
    let counted = "SELECT (SELECT count(*) FROM access_admissions), (SELECT count(*) FROM people)";
    let counted = postgres.query_one(counted, &[]).await.unwrap();
    assert_eq!((counted.get(0), counted.get(1)), (1_i64, 1_i64));
}

#[tokio::test]
async fn rule_01_who_asks_and_what_for_stands_outside_the_log() {
    let cast = Cast::new().await;
    let request = asked(&cast.server).await;
    decide(&cast, &request, &approval(LAB)).await.expect(200);
    let postgres = postgres(cast.db.url()).await;
    for table in ["events", "commands"] {
        let sql = format!("SELECT count(*) FROM {table} t WHERE t::text ~* 'mara|plan routes'");
        assert_eq!(postgres.query_one(&sql, &[]).await.unwrap().get::<_, i64>(0), 0, "{table}");
    }
    let [event] = &cast.events("AccessRequested").await[..] else { panic!("one request") };
    assert_eq!(event["actor"]["id"], event["data"]["requester_id"]);
    assert_eq!(event["data"]["company"], "Strange Tools");
}
