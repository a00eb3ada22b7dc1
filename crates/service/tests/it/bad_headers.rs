//! Headers, queries, paths and methods that say nothing that can be understood.

use serde_json::json;

use crate::cast::{CUSTOMERS_READ, Cast, app_body};

#[tokio::test]
async fn an_idempotency_key_is_visible_ascii() {
    let cast = Cast::new().await;
    let post = || cast.server.post("/v1/apps").token(&cast.maker).json(&app_body());
    for key in ["", " ", "two words", "späť", &"x".repeat(256)] {
        post().key(key).send().await.problem(400, "idempotency_key_invalid");
    }
    post().key("one").key("two").send().await.problem(400, "idempotency_key_invalid");
    post().key(&"x".repeat(255)).send().await.expect(201);
}

#[tokio::test]
async fn if_match_is_an_etag_of_ours() {
    let cast = Cast::new().await;
    let path = format!("/v1/apps/{}/scopes", cast.app().await["app_id"].as_str().unwrap());
    let put = || cast.server.put(&path).token(&cast.maker).json(&json!({"scopes": [CUSTOMERS_READ]}));
    for etag in ["1", "\"1", "W/\"1\"", "\"one\"", "\"1\", \"2\"", "\"-1\"", "\"99999999999999999999\"", ""] {
        put().header("If-Match", etag).send().await.problem(400, "if_match_invalid");
    }
    put().header("If-Match", "*").send().await.expect(200);
}

#[tokio::test]
async fn if_match_on_what_is_only_made_is_refused_and_not_dropped() {
    let cast = Cast::new().await;
    for (path, token) in [
        ("/v1/apps", &cast.maker),
        ("/v1/tenants", &cast.platform),
        ("/v1/organizations", &cast.platform),
        ("/v1/tokens", &cast.platform),
        ("/v1/access-requests", &cast.reviewer),
    ] {
        for etag in ["\"1\"", "*"] {
            let call = cast.server.post(path).token(token).header("If-Match", etag).json(&json!({}));
            call.send().await.problem(400, "if_match_unexpected");
        }
    }
    let call = cast.server.delete("/v1/people/mia").token(&cast.platform).header("If-Match", "\"1\"");
    call.send().await.problem(400, "if_match_unexpected");
    let named =
        cast.read(&format!("/v1/apps/{}", cast.app().await["app_id"].as_str().unwrap()), &cast.maker).await;
    assert_eq!(named.expect(200).json()["created_by"]["name"], "Name of mia");
}

#[tokio::test]
async fn a_command_that_says_all_in_its_path_has_no_body() {
    let cast = Cast::new().await;
    let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/apps/{app}/review-requests");
    let post = || cast.server.post(&path).token(&cast.maker);
    post().json(&json!({"reason": "Corrected."})).send().await.problem(422, "field_unknown");
    post().text("text/plain", "{}").send().await.problem(415, "content_type_unsupported");
    post().json(&json!({})).send().await.expect(200);
    post().send().await.expect(200);
}

#[tokio::test]
async fn a_position_is_a_number() {
    let cast = Cast::new().await;
    for position in ["", "x", "-1", "1.0", "+1", "99999999999999999999"] {
        let call = cast.server.get("/v1/apps").token(&cast.maker).header("Chancery-Min-Position", position);
        call.send().await.problem(400, "min_position_invalid");
    }
}

#[tokio::test]
async fn a_query_has_known_parameters_once() {
    let cast = Cast::new().await;
    let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
    for (path, token) in [
        ("/v1/apps?page=2".to_owned(), &cast.maker),
        ("/v1/apps?limit=1&limit=2".to_owned(), &cast.maker),
        ("/v1/apps?limit=many".to_owned(), &cast.maker),
        (format!("/v1/apps/{app}?limit=1"), &cast.maker),
        ("/v1/scope-catalog?x=".to_owned(), &cast.maker),
        ("/v1/events?colour=red".to_owned(), &cast.consumer),
        ("/v1/events?tenant=north".to_owned(), &cast.consumer),
        ("/v1/events?tenant=-1".to_owned(), &cast.consumer),
        ("/v1/events?tenant=0".to_owned(), &cast.consumer),
        ("/v1/events?tenant=9007199254740992".to_owned(), &cast.consumer),
        ("/v1/events?app=x".to_owned(), &cast.consumer),
        ("/v1/events?after=-1".to_owned(), &cast.consumer),
        ("/v1/events?stream=a%00b".to_owned(), &cast.consumer),
        ("/v1/events/1?x=1".to_owned(), &cast.consumer),
    ] {
        cast.server.get(&path).token(token).send().await.problem(400, "query_invalid");
    }
    let call = cast.server.post("/v1/apps?dry_run=true").token(&cast.maker).json(&app_body());
    call.send().await.problem(400, "query_invalid");
}

#[tokio::test]
async fn a_limit_has_bounds() {
    let cast = Cast::new().await;
    for (path, token) in [
        ("/v1/apps?limit=0", &cast.maker),
        ("/v1/apps?limit=101", &cast.maker),
        ("/v1/events?limit=1001", &cast.consumer),
    ] {
        cast.server.get(path).token(token).send().await.problem(400, "limit_invalid");
    }
    cast.server.get("/v1/apps?limit=100").token(&cast.maker).send().await.expect(200);
    cast.server.get("/v1/events?limit=1000").token(&cast.consumer).send().await.expect(200);
}

#[tokio::test]
async fn a_cursor_is_one_that_the_list_gave() {
    let cast = Cast::new().await;
    let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
    let tenants = cast.read("/v1/tenants?limit=1", &cast.platform).await.expect(200).json();
    let of_tenants = tenants["next_cursor"].as_str().unwrap();
    for cursor in ["x", "%25", "bm90IGpzb24", of_tenants] {
        let call = cast.server.get(&format!("/v1/apps?cursor={cursor}")).token(&cast.maker);
        call.send().await.problem(400, "cursor_invalid");
    }
    // {"tenant_id":1,"environment":"\u0000"}
    let cursor = "eyJ0ZW5hbnRfaWQiOjEsImVudmlyb25tZW50IjoiXHUwMDAwIn0";
    let path = format!("/v1/apps/{app}/connections?cursor={cursor}");
    cast.read(&path, &cast.maker).await.problem(400, "cursor_invalid");
}

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let cast = Cast::new().await;
    for path in ["/", "/v1", "/v2/apps", "/v1/apps/", "/v1//apps", "/openapi.yaml"] {
        cast.server.get(path).token(&cast.maker).send().await.problem(404, "route_unknown");
    }
}

#[tokio::test]
async fn an_unknown_method_is_told_the_known_ones() {
    let cast = Cast::new().await;
    let reply = cast.server.delete("/v1/apps").token(&cast.maker).send().await;
    reply.problem(405, "method_not_allowed");
    let allowed = reply.header("Allow").unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST") && !allowed.contains("DELETE"), "{allowed}");
}

#[tokio::test]
async fn a_problem_names_the_callers_trace() {
    let cast = Cast::new().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let reply = cast.server.get("/v1/nowhere").header("traceparent", &parent).send().await;
    assert_eq!(reply.problem(404, "route_unknown")["traceId"], trace);

    let created = cast.server.post("/v1/apps").token(&cast.maker).header("traceparent", &parent);
    created.json(&app_body()).send().await.expect(201);
    let event = cast.events("AppCreated").await.pop().unwrap();
    assert_eq!(event["traceparent"], parent.as_str());
    assert_eq!(event["correlation_id"].as_str().unwrap().replace('-', ""), trace);
}
