//! A read reflects at least the position that it is asked for, or says why not.

use crate::{
    cast::Cast,
    server::{self, Server, Views},
};

#[tokio::test]
async fn a_position_after_the_head_is_unknown() {
    let cast = Cast::new().await;
    let head = cast.server.journal.head().await.unwrap().position;
    let after = head.next().to_string();
    for (path, token) in
        [("/v1/apps", &cast.maker), ("/v1/events", &cast.consumer), ("/v1/events/1", &cast.consumer)]
    {
        let reply = cast.server.get(path).token(token).header("Chancery-Min-Position", &after).send().await;
        let problem = reply.problem(400, "position_unknown");
        assert!(problem["detail"].as_str().unwrap().contains(&head.to_string()), "{problem:#}");
    }
    let path = format!("/v1/events?after={after}");
    cast.server.get(&path).token(&cast.consumer).send().await.problem(400, "position_unknown");
}

#[tokio::test]
async fn every_read_reflects_the_position_that_was_asked_for() {
    let cast = Cast::new().await;
    for _ in 0..10 {
        let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
        for path in [
            format!("/v1/apps/{app}"),
            format!("/v1/apps/{app}/versions"),
            format!("/v1/apps/{app}/connections"),
        ] {
            let head = cast.server.journal.head().await.unwrap();
            let reply = cast.read(&path, &cast.maker).await.expect(200);
            assert!(reply.position() >= head.position.get());
            assert_eq!(reply.header("Chancery-Log"), Some(head.log_id.to_string().as_str()));
        }
    }
}

#[tokio::test]
async fn a_read_waits_for_views_that_another_process_runs() {
    let cast = Cast::new().await;
    let other = Server::with(&cast.db, Views::Elsewhere).await;
    for _ in 0..5 {
        let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
        let head = cast.server.journal.head().await.unwrap().position.to_string();
        let call = other.get(&format!("/v1/apps/{app}")).token(&cast.maker);
        call.header("Chancery-Min-Position", &head).send().await.expect(200);
    }
}

#[tokio::test]
async fn a_view_that_nobody_runs_is_behind_and_not_there() {
    let db = server::database();
    let server = Server::with(&db, Views::Elsewhere).await;
    let token = server.first_token().await;
    let call = || server.get("/v1/tenants").token(&token);
    let reply = call().send().await;
    reply.problem(503, "view_unavailable");
    assert_eq!(reply.header("Retry-After"), Some("1"));
    let reply = call().header("Chancery-Min-Position", "1").send().await;
    reply.problem(503, "projection_behind");
    assert_eq!(reply.header("Retry-After"), Some("1"));
}

#[tokio::test]
async fn a_catalog_that_is_known_is_not_sent_again() {
    let cast = Cast::new().await;
    let read = cast.read("/v1/scope-catalog", &cast.operator).await.expect(200);
    let etag = read.header("ETag").unwrap();
    let call =
        |etag: &str| cast.server.get("/v1/scope-catalog").token(&cast.maker).header("If-None-Match", etag);
    let same = call(etag).send().await.expect(304);
    assert_eq!((same.text.as_str(), same.header("ETag")), ("", Some(etag)));
    call("\"77\"").send().await.expect(200);
}
