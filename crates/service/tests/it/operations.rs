//! The operations port.

use std::time::{Duration, Instant};

use chancery_service::ops::{self, Check, Dependency, Metrics, Ops};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{call::Call, cast::Cast, operators::Operator};

#[tokio::test]
async fn a_process_that_lives_says_so() {
    let cast = Cast::new().await;
    assert_eq!(cast.server.ops("/healthz").send().await.expect(200).text, "ok\n");
}

#[tokio::test]
async fn a_process_is_ready_when_the_log_and_every_view_are() {
    let cast = Cast::new().await;
    // Until somebody has claimed their shards, they are nobody's; this is the only process.
    let live = |found: &Value| found["items"].as_array().unwrap().iter().all(|one| one["state"] == "live");
    Operator(&cast).until("", live).await;
    let deadline = Instant::now() + Duration::from_secs(15);
    while cast.server.ops("/readyz").send().await.text.contains("elsewhere") {
        assert!(Instant::now() < deadline, "the shards are never this process's");
    }
    let ready = cast.server.ops("/readyz").send().await.expect(200).json();
    assert_eq!(ready["ready"], true);
    let dependencies = ready["dependencies"].as_array().unwrap();
    let names: Vec<_> = dependencies.iter().map(|one| one["name"].as_str().unwrap()).collect();
    let views = ["access_requests", "apps", "connections", "directory", "networks", "versions"];
    let views = views.map(|view| format!("view {view}"));
    assert_eq!(names, [&["log".to_owned()][..], &views].concat());
    let head = cast.server.journal.head().await.unwrap();
    assert_eq!(dependencies[0]["detail"]["position"], head.position.get());
    assert_eq!(dependencies[0]["detail"]["log_id"], head.log_id.to_string());
    assert_eq!(dependencies[1]["detail"]["state"], "live");
    assert!(dependencies[1]["detail"]["lag_events"].is_u64());
}

#[tokio::test]
async fn a_process_is_not_ready_without_what_it_requires() {
    let away = |required| {
        Check::new("nats", move || async move {
            Dependency { ok: false, required, detail: json!({"state": "away"}) }
        })
    };
    let ready = async |checks: Vec<Check>| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/readyz", listener.local_addr().unwrap());
        let router = ops::router(Ops { metrics: Metrics::default(), checks: checks.into() });
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let reply = Call::new("GET", url).send().await;
        server.abort();
        reply
    };
    let reply = ready(vec![away(false)]).await.expect(200);
    assert_eq!(reply.json()["dependencies"][0]["ok"], Value::Bool(false));
    let reply = ready(vec![away(false), away(true)]).await.expect(503);
    assert_eq!(reply.json()["ready"], Value::Bool(false));
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 7).await.problem(409, "version_stale");
    cast.server.get("/v1/nowhere").send().await.expect(404);
    let reply = cast.server.ops("/metrics").send().await.expect(200);
    for line in [
        r#"chancery_http_requests_total{route="/v1/apps",method="POST",status="2xx"} 1"#,
        r#"chancery_http_requests_total{route="/v1/tenants/{tenant}/{environment}/connections",method="POST",status="4xx"} 1"#,
        r#"chancery_http_requests_total{route="unmatched",method="GET",status="4xx"} 1"#,
        r#"chancery_http_request_seconds_count{route="/v1/apps",method="POST"} 1"#,
        "chancery_http_requests_in_flight 0",
        r#"chancery_commands_total{command="create_app",outcome="accepted"} 1"#,
        r#"chancery_commands_total{command="decide_connection",outcome="version_stale"} 1"#,
        "# TYPE chancery_view_lag_events gauge",
        r#"chancery_view_position{view="apps"} "#,
        "# EOF",
    ] {
        assert!(reply.text.lines().any(|known| known.starts_with(line)), "{line}\n{}", reply.text);
    }
    let head = cast.server.journal.head().await.unwrap().position;
    assert!(reply.text.contains(&format!("chancery_log_head_position {head}\n")), "{}", reply.text);
}
