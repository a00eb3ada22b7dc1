//! People are forgotten, what they did is not (DESIGN §3).

use serde_json::json;

use crate::{cast::Cast, redact::redacted};

#[tokio::test]
async fn a_person_who_is_forgotten_is_named_nowhere_any_more() {
    let cast = Cast::new().await;
    let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/apps/{app}");
    let named = cast.read(&path, &cast.maker).await.expect(200).json();
    assert_eq!(named["created_by"], json!({"id": "mia", "name": "Name of mia"}));
    let forgotten = cast.server.delete("/v1/people/mia").token(&cast.platform).send().await.expect(200);
    insta::assert_json_snapshot!("forgotten_person", redacted(forgotten.json()));
    let nameless = cast.read(&path, &cast.maker).await.expect(200).json();
    assert_eq!(nameless["created_by"], json!({"id": "mia", "name": "forgotten"}));
}

#[tokio::test]
async fn forgetting_again_changes_nothing() {
    let cast = Cast::new().await;
    let forget = || cast.server.delete("/v1/people/mia").token(&cast.platform).send();
    let first = forget().await.expect(200);
    let again = forget().await.expect(200);
    assert_eq!(again.json(), first.json());
    assert_eq!(cast.events("PersonForgotten").await.len(), 1);
}

#[tokio::test]
async fn neither_a_retry_nor_a_refusal_writes_a_name() {
    let cast = Cast::new().await;
    let issue = |name: &str, expires_at: Option<&str>| {
        let subject = json!({"id": "rae", "name": name});
        let body =
            json!({"role": "reviewer", "name": "Review", "subject": subject, "expires_at": expires_at});
        cast.server.post("/v1/tokens").token(&cast.platform).key("once").json(&body).send()
    };
    let names = || async {
        let tokens = cast.read("/v1/tokens?limit=100", &cast.platform).await.expect(200).json();
        let of =
            |token: &serde_json::Value| (token["subject"]["id"] == "rae").then(|| token["subject"].clone());
        tokens["items"].as_array().unwrap().iter().filter_map(of).collect::<Vec<_>>()
    };
    issue("Rae Example", None).await.expect(201);
    issue("Somebody Else", None).await.problem(422, "idempotency_key_reused");
    assert_eq!(names().await, [json!({"id": "rae", "name": "Rae Example"})]);
    let refused = json!({"role": "reviewer", "name": "Review", "subject": {"id": "rae", "name": "Renamed"},
                         "expires_at": "2001-01-01T00:00:00Z"});
    let refused = cast.server.post("/v1/tokens").token(&cast.platform).json(&refused).send().await;
    refused.problem(422, "token_expiry_past");
    assert_eq!(names().await, [json!({"id": "rae", "name": "Rae Example"})]);
    cast.server.delete("/v1/people/rae").token(&cast.platform).send().await.expect(200);
    let again = issue("Rae Example", None).await.expect(201);
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    assert_eq!(names().await, [json!({"id": "rae", "name": "forgotten"})]);
}

#[tokio::test]
async fn nobody_learns_who_was_known_here() {
    let cast = Cast::new().await;
    for id in ["nobody", "urn:a-b:c", "%3Ca%2Fb%3E", "0123"] {
        let path = format!("/v1/people/{id}");
        cast.server.delete(&path).token(&cast.platform).send().await.expect(200);
    }
    let ids: Vec<_> =
        cast.events("PersonForgotten").await.iter().map(|event| event["data"]["person_id"].clone()).collect();
    assert_eq!(ids, ["nobody", "urn:a-b:c", "<a/b>", "0123"]);
    for id in ["mia@maker.example", "m%20a", &"x".repeat(101)] {
        let path = format!("/v1/people/{id}");
        cast.server.delete(&path).token(&cast.platform).send().await.problem(404, "not_found");
    }
    cast.server.delete("/v1/people/mia").token(&cast.maker).send().await.problem(403, "role_forbidden");
}

#[tokio::test]
async fn a_stranger_who_is_forgotten_leaves_the_company_only() {
    let cast = Cast::new().await;
    let body = json!({"name": "Mara Stranger", "email": "mara@stranger.example", "company": "Strange Tools",
                      "purpose": "We plan routes."});
    cast.server.post("/v1/access-requests").json(&body).send().await.expect(201);
    let list = || async { cast.read("/v1/access-requests", &cast.reviewer).await.expect(200).json() };
    let item = list().await["items"][0].clone();
    assert_eq!((&item["name"], &item["email"]), (&body["name"], &body["email"]));
    let path = format!("/v1/people/{}", item["requester_id"].as_str().unwrap());
    cast.server.delete(&path).token(&cast.platform).send().await.expect(200);
    let item = list().await["items"][0].clone();
    assert_eq!((&item["name"], &item["company"]), (&"forgotten".into(), &body["company"]));
    assert!(item["email"].is_null() && item["purpose"].is_null(), "{item:#}");
}
