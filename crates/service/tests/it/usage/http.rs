//! Usage over HTTP: gateways tell it, and everybody sees their own.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::Reply,
    cast::{CUSTOMERS_READ, Cast, JOBS_READ, NORTH},
};

/// A batch of this minute.
fn batch(source: Uuid, sequence: u64, items: &Value) -> Value {
    let from = Timestamp::now() - SignedDuration::from_secs(2);
    json!({"source": source, "sequence": sequence, "from": from, "to": from + SignedDuration::from_secs(1), "items": items})
}

fn called(app: &str, operation: &str, scope: &str, secret: Uuid) -> Value {
    json!({"app_id": app, "version": 1, "tenant_id": NORTH, "environment": "production", "client_id": "cid.x",
           "secret_id": secret, "module": "crm", "operation": operation, "method": "GET", "scope": scope,
           "outcome": "allowed"})
}

async fn tell(cast: &Cast, body: &Value) -> Reply {
    cast.server.post("/v1/usage").token(&cast.gateway).json(body).send().await
}

/// An app that NORTH connected, and a source that told of its calls.
async fn played(cast: &Cast) -> (String, Uuid, Uuid) {
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let path = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
    let secret = cast.server.post(&path).token(&cast.maker).json(&json!({})).send().await.expect(201);
    let secret: Uuid = secret.json()["secret_id"].as_str().unwrap().parse().unwrap();
    let source = Uuid::now_v7();
    let customers = called(&app, "customers.list", CUSTOMERS_READ, secret);
    let mut limited = customers.clone();
    limited["outcome"] = json!("rate_limited");
    let items = json!([
        {"dimensions": customers, "calls": 40},
        {"dimensions": limited, "calls": 2},
        {"dimensions": {"outcome": "token_missing"}, "calls": 3},
        {"dimensions": customers, "calls": 30, "status_class": "2xx", "latency_sketch": {"346": 30},
         "bytes_in": 10, "bytes_out": 300},
    ]);
    tell(cast, &batch(source, 1, &items)).await.expect(202);
    (app, secret, source)
}

#[tokio::test]
async fn rule_31_developers_tenants_and_the_platform_see_what_was_called() {
    let cast = Cast::new().await;
    let (app, ..) = played(&cast).await;
    let of_app = cast.read(&format!("/v1/apps/{app}/usage"), &cast.maker).await.expect(200).json();
    let [row] = &of_app["items"].as_array().unwrap()[..] else { panic!("{of_app}") };
    assert_eq!((&row["calls"], &row["throttled"], &row["errors"]), (&json!(42), &json!(2), &json!(0)));
    assert_eq!((&row["peak_per_second"], &row["finished_share"]), (&json!(42), &json!(0.75)));
    assert_eq!((&row["bytes_in"], &row["bytes_out"]), (&json!(10), &json!(300)));
    let median = row["p50_ms"].as_f64().unwrap();
    assert!((median - 1.0).abs() < 0.02, "{row}");
    assert!(row["from"].as_str().unwrap().ends_with(":00:00Z"), "{row}");
    assert_eq!(of_app["next_cursor"], Value::Null);
    assert!(of_app["complete_until"].is_string());

    let at_tenant =
        format!("/v1/tenants/{NORTH}/production/usage?group_by=app_id,outcome&granularity=minute");
    let at_tenant = cast.read(&at_tenant, &cast.north).await.expect(200).json();
    let rows: Vec<_> = at_tenant["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["app_id"], &row["outcome"], &row["calls"]))
        .collect();
    assert_eq!(
        rows,
        [(&json!(app), &json!("allowed"), &json!(40)), (&json!(app), &json!("rate_limited"), &json!(2))]
    );

    let all = cast.read("/v1/usage?group_by=tenant_id,version&granularity=day", &cast.platform).await;
    let all = all.expect(200).json();
    let rows: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["tenant_id"], &row["version"], &row["calls"]))
        .collect();
    assert_eq!(rows, [(&Value::Null, &Value::Null, &json!(3)), (&json!(NORTH), &json!(1), &json!(42))]);
}

#[tokio::test]
async fn rule_31_nobody_sees_what_is_not_theirs() {
    let cast = Cast::new().await;
    let (app, ..) = played(&cast).await;
    let nowhere = Uuid::now_v7();
    for path in ["usage", "usage/grants"] {
        cast.read(&format!("/v1/apps/{app}/{path}"), &cast.other).await.problem(404, "not_found");
        cast.read(&format!("/v1/apps/{nowhere}/{path}"), &cast.maker).await.problem(404, "not_found");
        cast.read(&format!("/v1/apps/{app}/{path}"), &cast.auditor).await.expect(200);
        let at_tenant = format!("/v1/tenants/{NORTH}/production/{path}");
        cast.read(&at_tenant, &cast.south).await.problem(404, "not_found");
        cast.read(&at_tenant, &cast.auditor).await.expect(200);
    }
    let south = cast.read("/v1/tenants/102/production/usage", &cast.south).await.expect(200).json();
    assert_eq!(south["items"], json!([]));
}

#[tokio::test]
async fn rule_31_a_batch_sent_again_is_taken_and_one_that_leaves_a_gap_is_not() {
    let cast = Cast::new().await;
    let (app, secret, source) = played(&cast).await;
    let items = json!([{"dimensions": called(&app, "customers.list", CUSTOMERS_READ, secret), "calls": 1}]);
    let again = tell(&cast, &batch(source, 1, &items)).await.expect(202).json();
    assert_eq!(again, json!({"source": source, "sequence": 1, "duplicate": true}));
    let gap = tell(&cast, &batch(source, 3, &items)).await;
    assert_eq!(gap.problem(409, "sequence_gap")["expected"], 2);
    let next = tell(&cast, &batch(source, 2, &items)).await.expect(202).json();
    assert_eq!(next["duplicate"], false);
    let report = cast.read(&format!("/v1/apps/{app}/usage"), &cast.maker).await.expect(200).json();
    assert_eq!(report["items"][0]["calls"], 43);
}

#[tokio::test]
async fn rule_31_what_cannot_be_is_refused_with_its_place() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let sound =
        batch(Uuid::now_v7(), 1, &json!([{"dimensions": {"app_id": app, "outcome": "allowed"}, "calls": 1}]));
    let refused = async |pointer: &str, value: Value| {
        let mut body = sound.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        tell(&cast, &body).await
    };
    for (pointer, value, code, at) in [
        ("/source", json!("x"), "field_invalid", "/source"),
        ("/source", json!(Uuid::nil()), "field_invalid", "/source"),
        ("/sequence", json!(0), "field_invalid", "/sequence"),
        ("/sequence", json!(-1), "field_invalid", "/sequence"),
        ("/from", json!("2099-01-01T00:00:00Z"), "field_invalid", "/to"),
        ("/from", json!("0001-01-01T00:00:00Z"), "field_invalid", "/to"),
        ("/items/0/calls", json!(0), "field_invalid", "/items/0/calls"),
        ("/items/0/calls", json!(1.5), "field_invalid", "/items/0/calls"),
        ("/items/0/dimensions/outcome", json!("\u{0}"), "field_invalid", "/items/0/dimensions/outcome"),
        (
            "/items/0/dimensions",
            json!({"outcome": "allowed", "colour": "red"}),
            "field_unknown",
            "/items/0/dimensions/colour",
        ),
        (
            "/items",
            json!([{"dimensions": {"outcome": "allowed"}, "calls": 1, "latency_sketch": {"1281": 1}}]),
            "field_invalid",
            "/items/0/latency_sketch",
        ),
    ] {
        let problem = refused(pointer, value.clone()).await;
        let problem = problem.problem(422, code);
        assert_eq!(problem["errors"][0]["pointer"], at, "{pointer} {value}: {problem}");
    }
    let unknown = Uuid::now_v7();
    let problem = refused("/items/0/dimensions/app_id", json!(unknown)).await;
    assert_eq!(problem.problem(422, "apps_unknown")["app_ids"], json!([unknown]));
    for (from, code) in [
        (Timestamp::now() - SignedDuration::from_hours(6 * 24 + 1), "usage_too_old"),
        (Timestamp::now() + SignedDuration::from_hours(1), "usage_in_future"),
    ] {
        let mut body = sound.clone();
        (body["from"], body["to"]) = (json!(from), json!(from));
        tell(&cast, &body).await.problem(422, code);
    }
    tell(&cast, &sound).await.expect(202);
}

#[tokio::test]
async fn rule_31_a_report_comes_as_csv_in_pages_too() {
    let cast = Cast::new().await;
    let (app, secret, source) = played(&cast).await;
    let items =
        json!([{"dimensions": called(&app, "=HYPERLINK(\"x\")", CUSTOMERS_READ, secret), "calls": 5}]);
    tell(&cast, &batch(source, 2, &items)).await.expect(202);
    let path = format!("/v1/apps/{app}/usage?group_by=operation,report_id&granularity=day&limit=1");
    let first =
        cast.server.get(&path).token(&cast.maker).header("Accept", "text/csv").send().await.expect(200);
    assert!(first.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert!(first.headers.contains_key("chancery-complete-until"));
    let lines: Vec<_> = first.text.lines().collect();
    let head = "from,to,operation,report_id,calls,errors,throttled,peak_per_second,p50_ms,p95_ms,p99_ms,finished_share,bytes_in,bytes_out";
    assert_eq!((lines.len(), lines[0]), (2, head));
    assert!(lines[1].contains(",\"'=HYPERLINK(\"\"x\"\")\",,5,0,0,5,,,,0.0,0,0"), "{}", lines[1]);
    let cursor = first.headers["chancery-next-cursor"].to_str().unwrap();
    let second = cast
        .server
        .get(&format!("{path}&cursor={cursor}"))
        .token(&cast.maker)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&second["items"][0]["operation"], &second["next_cursor"]),
        (&json!("customers.list"), &Value::Null)
    );
    // It is of this report and no other.
    for other in [
        "group_by=operation&granularity=day",
        "group_by=operation,report_id&granularity=hour",
        "group_by=operation,version&granularity=day",
    ] {
        let other = format!("/v1/apps/{app}/usage?{other}&cursor={cursor}");
        cast.server.get(&other).token(&cast.maker).send().await.problem(400, "cursor_invalid");
    }
}

#[tokio::test]
async fn rule_31_a_report_that_cannot_be_is_refused() {
    let cast = Cast::new().await;
    for query in [
        "granularity=second",
        "group_by=colour",
        "group_by=operation,operation",
        "from=yesterday",
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "from=-009999-01-02T01:59:59Z&to=2026-01-01T00:00:00Z&granularity=day",
        "from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z&granularity=minute",
        "from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z",
        "to=9999-12-30T00:00:00Z&from=1970-01-01T00:00:00Z&granularity=day",
        "colour=red",
    ] {
        let reply = cast.server.get(&format!("/v1/usage?{query}")).token(&cast.platform).send().await;
        reply.problem(400, "query_invalid");
    }
    let reply = cast.server.get("/v1/usage?limit=1001").token(&cast.platform).send().await;
    reply.problem(400, "limit_invalid");
    for query in [
        "granularity=minute&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
        "to=9999-12-30T00:00:00Z",
        "group_by=",
    ] {
        let reply =
            cast.server.get(&format!("/v1/usage?{query}")).token(&cast.platform).send().await.expect(200);
        assert_eq!(reply.json()["items"], json!([]), "{query}");
    }
}

#[tokio::test]
async fn rule_31_scopes_that_were_granted_and_never_used_are_shown_and_when_the_others_were() {
    let cast = Cast::new().await;
    let (app, secret, _) = played(&cast).await;
    for (path, token) in [
        (format!("/v1/apps/{app}/usage/grants"), &cast.maker),
        (format!("/v1/tenants/{NORTH}/production/usage/grants"), &cast.north),
    ] {
        let grants = cast.read(&path, token).await.expect(200).json();
        let [grant] = &grants["items"].as_array().unwrap()[..] else { panic!("{grants}") };
        assert_eq!(
            (&grant["app_id"], &grant["tenant_id"], &grant["granted_version"]),
            (&json!(app), &json!(NORTH), &json!(1))
        );
        assert_eq!(grant["unused_scopes"], json!([JOBS_READ]));
        let [used, unused] = &grant["scopes"].as_array().unwrap()[..] else { panic!("{grant}") };
        assert_eq!((&used["scope"], &used["granted"]), (&json!(CUSTOMERS_READ), &json!(true)));
        assert!(used["first_used_at"].is_string() && used["last_used_at"].is_string());
        assert_eq!((&unused["scope"], &unused["first_used_at"]), (&json!(JOBS_READ), &Value::Null));
        let [shown] = &grant["secrets"].as_array().unwrap()[..] else { panic!("{grant}") };
        assert_eq!((&shown["secret_id"], &shown["valid"]), (&json!(secret), &json!(true)));
        assert!(shown["last_used_at"].is_string());
    }
}
