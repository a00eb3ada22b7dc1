//! The log as it grows.

use serde_json::json;

use crate::{cast::Cast, sse::Stream};

#[tokio::test]
async fn a_stream_tells_the_past_and_then_goes_live() {
    let cast = Cast::new().await;
    let head = cast.server.journal.head().await.unwrap().position.get();
    let mut stream = Stream::open(cast.server.get("/v1/events?sentences=true").token(&cast.consumer)).await;
    for position in 1..=head {
        let sent = stream.event().await;
        assert_eq!((sent.id, sent.event.as_str()), (position.to_string(), "event"));
        assert_eq!(sent.data["position"], position);
    }
    let app = cast.app().await;
    let sent = stream.event().await;
    assert_eq!(sent.data["type"], "AppCreated");
    assert_eq!(sent.data["app_id"], app["app_id"]);
    let by_page = cast.read(&format!("/v1/events/{}", sent.id), &cast.consumer).await.expect(200);
    assert_eq!(by_page.json(), sent.data);
}

#[tokio::test]
async fn a_stream_tells_the_head() {
    let cast = Cast::new().await;
    let head = cast.server.journal.head().await.unwrap();
    let path = format!("/v1/events?after={}", head.position);
    let mut stream = Stream::open(cast.server.get(&path).token(&cast.consumer)).await;
    for _ in 0..2 {
        let sent = stream.next().await.unwrap();
        assert_eq!((sent.event.as_str(), sent.id), ("head", head.position.to_string()));
        assert_eq!(sent.data["position"], head.position.get());
        assert_eq!(sent.data["log_id"], head.log_id.to_string());
        assert!(sent.data["time"].is_string());
    }
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was() {
    let cast = Cast::new().await;
    let call = || cast.server.get("/v1/events?after=1").token(&cast.consumer);
    let mut stream = Stream::open(call()).await;
    assert_eq!(stream.event().await.id, "2");
    let last = stream.event().await.id;
    drop(stream);
    let mut stream = Stream::open(call().header("Last-Event-ID", &last)).await;
    assert_eq!(stream.event().await.id, "4", "Last-Event-ID goes before after");
    for accept in ["text/event-stream", "application/json", "application/x-ndjson"] {
        let call = call().header("Accept", accept).header("Last-Event-ID", "x");
        call.send().await.problem(400, "last_event_id_invalid");
    }
}

#[tokio::test]
async fn a_filtered_stream_tells_how_far_it_looked() {
    let cast = Cast::new().await;
    let call = || cast.server.get("/v1/events?type=AppCreated").token(&cast.consumer);
    let mut stream = Stream::open(call()).await;
    let head = cast.server.journal.head().await.unwrap().position.to_string();
    // Nothing matches yet: only the head moves the place where a reader would go on.
    while stream.next().await.unwrap().id != head {}
    let app = cast.app().await;
    let created = stream.event().await;
    assert_eq!(created.data["app_id"], app["app_id"]);
    let mut resumed = Stream::open(call().header("Last-Event-ID", &head)).await;
    assert_eq!(resumed.event().await.id, created.id);
}

#[tokio::test]
async fn many_events_arrive_once_each_and_in_order() {
    let cast = Cast::new().await;
    let start = cast.server.journal.head().await.unwrap().position.get();
    let path = format!("/v1/events?after={start}");
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(Stream::open(cast.server.get(&path).token(&cast.consumer)).await);
    }
    for _ in 0..20 {
        cast.app().await;
    }
    let head = cast.server.journal.head().await.unwrap().position.get();
    for stream in &mut streams {
        for position in start + 1..=head {
            assert_eq!(stream.event().await.id, position.to_string());
        }
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let cast = Cast::new().await;
    let body = json!({"role": "consumer", "name": "Soon revoked"});
    let token =
        cast.server.post("/v1/tokens").token(&cast.platform).json(&body).send().await.expect(201).json();
    let mut stream =
        Stream::open(cast.server.get("/v1/events").token(token["token"].as_str().unwrap())).await;
    stream.head().await;
    let path = format!("/v1/tokens/{}", token["token_id"].as_str().unwrap());
    cast.server.delete(&path).token(&cast.platform).send().await.expect(200);
    stream.ended().await;
}

#[tokio::test]
async fn a_stream_ends_with_the_service() {
    let cast = Cast::new().await;
    let mut stream = Stream::open(cast.server.get("/v1/events").token(&cast.consumer)).await;
    stream.head().await;
    let ((), ()) = tokio::join!(cast.server.shut_down(), stream.ended());
}
