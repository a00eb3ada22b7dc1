//! Events are looked for by time and by position, and told in sentences.

use serde_json::{Value, json};

use crate::{
    cast::{Cast, NORTH},
    sse::Stream,
};

async fn found(cast: &Cast, query: &str) -> Vec<Value> {
    let reply = cast.read(&format!("/v1/events?{query}&limit=1000"), &cast.consumer).await.expect(200);
    reply.json()["items"].as_array().unwrap().clone()
}

fn positions(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["position"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn positions_and_times_are_ends_of_a_range() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let all = found(&cast, "after=0").await;
    let head = all.len() as u64;
    assert_eq!(positions(&found(&cast, "after=2&through=5").await), [3, 4, 5]);
    assert_eq!(positions(&found(&cast, "through=0").await), [0_u64; 0]);
    assert_eq!(positions(&found(&cast, &format!("through={}", head + 1000)).await), positions(&all));
    // Each event is at or after its own time, and not before it.
    for event in &all {
        let time = event["recorded_at"].as_str().unwrap();
        let (same, earlier): (Vec<_>, Vec<_>) =
            (found(&cast, &format!("since={time}")).await, found(&cast, &format!("until={time}")).await);
        assert!(same.contains(event) && !earlier.contains(event));
        assert_eq!([positions(&earlier), positions(&same)].concat(), positions(&all));
    }
    let both = all[3]["recorded_at"].as_str().unwrap();
    assert!(found(&cast, &format!("since={both}&until={both}")).await.is_empty());
    // Ranges and filters hold together; the narrower end counts.
    let of_app = positions(&found(&cast, &format!("app={app}")).await);
    let last = of_app.last().unwrap();
    assert_eq!(
        positions(&found(&cast, &format!("app={app}&through={}", last - 1)).await),
        of_app[..of_app.len() - 1]
    );
    assert_eq!(positions(&found(&cast, &format!("app={app}&until=2100-01-01T00:00:00Z")).await), of_app);
    assert_eq!(positions(&found(&cast, "since=1970-01-01T00:00:00Z&after=3&through=4").await), [4]);
    // A page that ends with the range says how far it went.
    let ended = cast.read("/v1/events?through=4&type=NoSuchEvent", &cast.consumer).await.expect(200);
    assert_eq!(ended.position(), 4);
    let lines = cast.server.get("/v1/events?after=1&through=3").token(&cast.consumer);
    let lines = lines.header("Accept", "application/x-ndjson").send().await.expect(200);
    assert_eq!((lines.position(), lines.text.lines().count()), (3, 2));
}

#[tokio::test]
async fn a_range_that_cannot_be_is_refused() {
    let cast = Cast::new().await;
    for query in ["through=-1", "since=yesterday", "until=1", "since=2100-01-01T00:00:00Z", "sentences=maybe"]
    {
        cast.read(&format!("/v1/events?{query}"), &cast.consumer).await.problem(400, "query_invalid");
    }
    for query in ["through=3", "until=2026-01-01T00:00:00Z"] {
        let call = cast.server.get(&format!("/v1/events?{query}")).token(&cast.consumer);
        call.header("Accept", "text/event-stream").send().await.problem(400, "query_invalid");
    }
}

#[tokio::test]
async fn pages_are_stable_while_events_are_appended() {
    let cast = Cast::new().await;
    for _ in 0..3 {
        cast.approved_app().await;
    }
    let mut cursor = None;
    let mut seen = Vec::new();
    loop {
        let next = cursor.map_or(String::new(), |cursor: String| format!("&cursor={cursor}"));
        let path = format!("/v1/events?category=listing&limit=2{next}");
        let page = cast.read(&path, &cast.consumer).await.expect(200).json();
        seen.extend(positions(page["items"].as_array().unwrap()));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
        if seen.len() < 20 {
            // Between two pages more comes, also of what is looked for.
            cast.approved_app().await;
        }
    }
    assert!(seen.len() >= 20 && seen.is_sorted_by(|one, other| one < other), "{seen:?}");
    assert_eq!(seen, positions(&found(&cast, "category=listing").await));
}

#[tokio::test]
async fn sentences_have_todays_names_in_every_form() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let query = "type=TenantConnected&sentences=true";
    let connected = found(&cast, query).await.pop().unwrap();
    let sentence = |name: &str| format!("allowed {name} v1 on tenant {NORTH} in production");
    let before = connected["sentence"].as_str().unwrap().to_owned();
    assert!(found(&cast, "type=TenantConnected").await[0].get("sentence").is_none());
    let renamed = json!({"name": "Another Name"});
    cast.server.patch(&format!("/v1/apps/{app}")).token(&cast.maker).json(&renamed).send().await.expect(200);
    let now = sentence("Another Name");
    assert_ne!(before, now);
    assert_eq!(found(&cast, query).await[0]["sentence"], now);
    let position = connected["position"].as_u64().unwrap();
    assert_eq!(cast.read(&format!("/v1/events/{position}"), &cast.consumer).await.json()["sentence"], now);
    let path = format!("/v1/events?{query}&after={}", position - 1);
    let lines = cast.server.get(&path).token(&cast.consumer).header("Accept", "application/x-ndjson");
    let told: Value = serde_json::from_str(&lines.send().await.expect(200).text).unwrap();
    assert_eq!(told["sentence"], now);
    let mut live = Stream::open(cast.server.get(&path).token(&cast.consumer)).await;
    assert_eq!(live.event().await.data["sentence"], now);
    // The data is byte for byte behind it.
    assert!(told["data"].is_object());
}

#[tokio::test]
async fn a_sentence_calls_who_is_gone_forgotten() {
    let cast = Cast::new().await;
    let issued = async || {
        let tokens = found(&cast, "type=ApiTokenIssued&sentences=true").await;
        tokens.into_iter().find(|token| token["data"]["subject_id"] == "nora").unwrap()["sentence"].clone()
    };
    let named = issued().await;
    assert!(named.as_str().unwrap().ends_with("which acts for Name of nora"), "{named}");
    cast.server.delete("/v1/people/nora").token(&cast.platform).send().await.expect(200);
    let nameless = issued().await;
    assert!(nameless.as_str().unwrap().ends_with("which acts for forgotten"), "{nameless}");
}
