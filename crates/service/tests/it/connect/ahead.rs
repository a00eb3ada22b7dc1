//! The endpoints that are answered ahead of the router: as if they were not.

use super::{Client, ask, post};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn tokens_are_counted_like_everything_else_and_their_answers_have_the_same_headers() {
    let client = Client::new().await;
    let server = &client.cast.server;
    let kept = post(server, "/connect/token", &client.form()).header("traceparent", TRACE).send().await;
    let token = kept.expect(200);
    assert_eq!(token.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(token.header("Cache-Control"), Some("no-store"));
    let refused = ask(server, "grant_type=password").await.expect(400);
    assert_eq!(refused.header("X-Content-Type-Options"), Some("nosniff"));
    // Another method is the router's.
    server.get("/connect/token").send().await.expect(405);

    let metrics = server.ops("/metrics").send().await.expect(200).text;
    for line in [
        r#"chancery_http_requests_total{route="/connect/token",method="POST",status="2xx"} 1"#,
        r#"chancery_http_requests_total{route="/connect/token",method="POST",status="4xx"} 1"#,
        r#"chancery_http_requests_total{route="/connect/token",method="GET",status="4xx"} 1"#,
        r#"chancery_http_request_seconds_count{route="/connect/token",method="POST"} 2"#,
        r#"chancery_connect_total{endpoint="token",outcome="answered"} 1"#,
        "chancery_http_requests_in_flight 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is missing:\n{metrics}");
    }
}
