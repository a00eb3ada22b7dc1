//! The log over HTTP, page by page and line by line.

use serde_json::Value;

use crate::{
    cast::{Cast, NORTH},
    redact::redacted,
    server::{self, Server},
};

#[tokio::test]
async fn an_event_has_the_shape_of_the_contract() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let mut event = cast.events("TenantConnected").await.pop().unwrap();
    let path = format!("/v1/events/{}", event["position"]);
    let mut alone = cast.read(&path, &cast.gateway).await.expect(200).json();
    // A list has it where it is asked for.
    let sentence = alone.as_object_mut().unwrap().remove("sentence").unwrap();
    assert_eq!(
        sentence,
        format!("allowed {} v1 on tenant {NORTH} in production", name_of(&cast, &app).await)
    );
    assert_eq!(alone, event);
    assert!(event["position"].as_u64().unwrap() > 0);
    event["position"] = "[position]".into();
    insta::assert_json_snapshot!(redacted(event));
}

#[tokio::test]
async fn an_events_data_is_what_was_committed_byte_for_byte() {
    let cast = Cast::new().await;
    cast.approved_app().await;
    let (client, connection) = tokio_postgres::connect(cast.db.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let rows = client.query("SELECT position, data::text FROM public.events ORDER BY 1", &[]).await.unwrap();
    let reply = cast.server.get("/v1/events").token(&cast.consumer).header("Accept", "application/x-ndjson");
    let text = reply.send().await.expect(200).text;
    assert_eq!(text.lines().count(), rows.len());
    for (line, row) in text.lines().zip(&rows) {
        let data: &str = row.get(1);
        assert!(line.ends_with(&format!("\"data\":{data}}}")), "{line}");
    }
}

#[tokio::test]
async fn filters_all_apply_together() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let other = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    cast.connect(&other, 1).await.expect(201);
    let select = async |query: &str| -> Vec<Value> {
        let reply = cast.read(&format!("/v1/events?{query}"), &cast.consumer).await.expect(200);
        reply.json()["items"].as_array().unwrap().clone()
    };
    let types = |events: &[Value]| -> Vec<String> {
        events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    };
    let of_app = select(&format!("app={app}")).await;
    assert!(of_app.iter().all(|event| event["app_id"] == app.as_str()));
    assert_eq!(types(&of_app).first().unwrap(), "AppCreated");
    let of_both = select(&format!("app={app}&tenant={NORTH}")).await;
    assert_eq!(types(&of_both), ["TenantAdded", "TenantConnected"]);
    assert_eq!(select(&format!("stream=app-{app}&type=AppApproved")).await.len(), 1);
    assert_eq!(select("type=TenantConnected").await.len(), 2);
    assert_eq!(select("type=TenantConnected&actor=nora").await.len(), 2);
    assert_eq!(select("type=TenantConnected&actor=rita").await.len(), 0);
    let correlation = of_both[1]["correlation_id"].as_str().unwrap();
    assert_eq!(types(&select(&format!("correlation={correlation}")).await), ["TenantConnected"]);
    let first = select("type=TenantConnected").await[0]["position"].as_u64().unwrap();
    assert_eq!(select(&format!("type=TenantConnected&after={first}")).await.len(), 1);
    assert!(select("category=token").await.iter().all(|event| event["category"] == "token"));
}

#[tokio::test]
async fn a_page_says_how_far_the_search_went() {
    let cast = Cast::new().await;
    cast.approved_app().await;
    let head = cast.server.journal.head().await.unwrap().position.get();
    let nothing = cast.read("/v1/events?type=NoSuchEvent", &cast.consumer).await.expect(200);
    assert_eq!((nothing.position(), &nothing.json()["items"]), (head, &Value::Array(Vec::new())));
    let first = cast.read("/v1/events?limit=1", &cast.consumer).await.expect(200);
    assert_eq!(first.position(), 1);
    let end = cast.read(&format!("/v1/events?after={head}"), &cast.consumer).await.expect(200);
    assert_eq!((end.position(), &end.json()["next_cursor"]), (head, &Value::Null));
}

#[tokio::test]
async fn people_have_the_name_that_is_known_now() {
    let cast = Cast::new().await;
    cast.app().await;
    let name = async || cast.events("AppCreated").await[0]["actor"].clone();
    let actor = name().await;
    assert_eq!(
        (&actor["kind"], &actor["id"], &actor["name"]),
        (&"person".into(), &"mia".into(), &"Name of mia".into())
    );
    let (client, connection) = tokio_postgres::connect(cast.db.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.execute("DELETE FROM public.people WHERE person_id = 'mia'", &[]).await.unwrap();
    assert_eq!(name().await["name"], "forgotten");
    assert_eq!(cast.events("ApiTokenIssued").await[1]["actor"]["name"], Value::Null);
}

#[tokio::test]
async fn lines_are_all_events_up_to_the_head() {
    let db = server::database();
    let server = Server::start(&db).await;
    let token = server.first_token().await;
    // More than one read of the log.
    for tenant_id in 1..=600 {
        let body = serde_json::json!({"tenant_id": tenant_id, "name": "T", "customer_id": "c", "environments": ["production"]});
        server.post("/v1/tenants").token(&token).json(&body).send().await.expect(201);
    }
    let reader = serde_json::json!({"role": "consumer", "name": "Reader"});
    let reader = server.post("/v1/tokens").token(&token).json(&reader).send().await.expect(201).json();
    let lines = async |query: &str| {
        let call = server.get(&format!("/v1/events{query}")).token(reader["token"].as_str().unwrap());
        let reply = call.header("Accept", "application/x-ndjson").send().await.expect(200);
        assert_eq!(reply.header("Content-Type"), Some("application/x-ndjson"));
        let parsed = |line| serde_json::from_str::<Value>(line).unwrap()["position"].as_u64().unwrap();
        (reply.position(), reply.text.lines().map(parsed).collect::<Vec<_>>())
    };
    let (head, positions) = lines("").await;
    assert_eq!((head, positions), (602, (1..=602).collect()));
    assert_eq!(lines("?after=600").await.1, [601, 602]);
    assert_eq!(lines("?after=602").await.1, Vec::<u64>::new());
    assert_eq!(lines("?category=tenant&after=100").await.1, (101..=601).collect::<Vec<_>>());
    assert_eq!(lines("?type=ApiTokenIssued").await.1, [1, 602]);
}

#[tokio::test]
async fn streams_have_no_pages() {
    let cast = Cast::new().await;
    for accept in ["application/x-ndjson", "text/event-stream"] {
        let call = cast.server.get("/v1/events?limit=5").token(&cast.consumer).header("Accept", accept);
        call.send().await.problem(400, "query_invalid");
    }
}

/// What the app is called.
async fn name_of(cast: &Cast, app: &str) -> String {
    let app = cast.read(&format!("/v1/apps/{app}"), &cast.maker).await.expect(200).json();
    app["name"].as_str().unwrap().to_owned()
}
