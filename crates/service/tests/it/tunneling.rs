//! Customer tunneling is refused, and remembered once a day (rule 2).

use serde_json::Value;

use crate::{
    call::Reply,
    cast::{Cast, MAKER_LAB, NORTH, app_body, instance},
};

async fn attempt(cast: &Cast, tenant_id: u64, environment: &str) -> Reply {
    let mut body = app_body();
    body["instance"] = instance(tenant_id, environment);
    let reply = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await;
    reply.problem(403, "customer_tunneling");
    reply
}

async fn metric(cast: &Cast) -> String {
    let text = cast.server.ops("/metrics").send().await.expect(200).text;
    let line = text.lines().find(|line| line.starts_with("chancery_tunneling_attempts_total ")).unwrap();
    line.rsplit(' ').next().unwrap().to_owned()
}

#[tokio::test]
async fn rule_02_an_attempt_is_recorded_once_a_day_and_each_is_counted() {
    let cast = Cast::new().await;
    for _ in 0..3 {
        attempt(&cast, NORTH, "production").await;
    }
    attempt(&cast, NORTH, "integration").await;
    attempt(&cast, 4711, "production").await;
    attempt(&cast, MAKER_LAB, "production").await;
    let recorded = cast.events("TunnelingBlocked").await;
    let named: Vec<_> =
        recorded.iter().map(|event| (&event["data"]["tenant_id"], &event["data"]["environment"])).collect();
    let text = |text: &str| Value::from(text);
    assert_eq!(
        named,
        [
            (&text("101"), &text("production")),
            (&text("101"), &text("integration")),
            (&text("4711"), &text("production")),
            (&text("900"), &text("production")),
        ]
    );
    assert_eq!(recorded[0]["data"]["organization_id"], cast.maker_id.as_str());
    assert_eq!((&recorded[0]["tenant_id"], &recorded[0]["actor"]["id"]), (&NORTH.into(), &text("mia")));
    assert_eq!(metric(&cast).await, "6");
    assert!(cast.events("AppCreated").await.is_empty());
}

#[tokio::test]
async fn rule_02_attempts_at_once_are_recorded_once() {
    let cast = Cast::new().await;
    let mut body = app_body();
    body["instance"] = instance(NORTH, "production");
    let attempt =
        || tokio::spawn(cast.server.post("/v1/apps").token(&cast.maker).key("same").json(&body).send());
    for attempt in (0..8).map(|_| attempt()).collect::<Vec<_>>() {
        let reply = attempt.await.unwrap();
        assert!(matches!(reply.status, 403 | 409), "{}", reply.text);
    }
    assert_eq!(cast.events("TunnelingBlocked").await.len(), 1);
}

#[tokio::test]
async fn rule_02_the_attempt_and_its_record_are_of_one_trace() {
    let cast = Cast::new().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let mut body = app_body();
    body["instance"] = instance(NORTH, "production");
    let call = cast.server.post("/v1/apps").token(&cast.maker).json(&body);
    let call = call.header("traceparent", &format!("00-{trace}-b7ad6b7169203331-01"));
    call.send().await.problem(403, "customer_tunneling");
    let [event] = &cast.events("TunnelingBlocked").await[..] else { panic!("one attempt") };
    assert_eq!(event["correlation_id"].as_str().unwrap().replace('-', ""), trace);
}
