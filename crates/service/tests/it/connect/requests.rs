//! The form of a request, and that all who are refused are told the same.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Client, ask, error, form, post};
use crate::call::Reply;

#[tokio::test]
async fn basic_works_also_with_its_percent_encoding() {
    let client = Client::new().await;
    let encoded = |text: &str| text.replace('.', "%2E");
    for pair in [
        format!("{}:{}", client.id, client.secret),
        format!("{}:{}", encoded(&client.id), encoded(&client.secret)),
    ] {
        let basic = format!("Basic {}", BASE64_STANDARD.encode(pair));
        for body in [
            "grant_type=client_credentials".to_owned(),
            format!("grant_type=client_credentials&client_id={}", client.id),
        ] {
            let call = post(&client.cast.server, "/connect/token", &body).header("Authorization", &basic);
            call.send().await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_request_that_says_a_thing_twice_or_in_the_wrong_place_is_refused() {
    let client = Client::new().await;
    let (server, form) = (&client.cast.server, client.form());
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", client.id, client.secret)));
    let other = format!("grant_type=client_credentials&client_id={}", "cid.0000000000000000000000000");
    for (what, call) in [
        ("in the query", post(server, &format!("/connect/token?{form}"), "")),
        ("partly in the query", post(server, "/connect/token?scope=a", &form)),
        (
            "a parameter twice",
            post(server, "/connect/token", &format!("{form}&grant_type=client_credentials")),
        ),
        ("a secret twice", post(server, "/connect/token", &format!("{form}&client_secret=a"))),
        ("in form and header", post(server, "/connect/token", &form).header("Authorization", &basic)),
        (
            "two headers",
            post(server, "/connect/token", "grant_type=client_credentials")
                .header("Authorization", &basic)
                .header("Authorization", &basic),
        ),
        ("as two clients", post(server, "/connect/token", &other).header("Authorization", &basic)),
        ("bearer beside the form", post(server, "/connect/token", &form).header("Authorization", "Bearer a")),
        ("as JSON", server.post("/connect/token").text("application/json", "{}")),
        ("without a body", server.post("/connect/token")),
        (
            "no grant type",
            post(server, "/connect/token", &form.replace("grant_type=client_credentials", "grant_type=")),
        ),
    ] {
        let reply = call.send().await;
        assert_eq!(error(&reply, 400), "invalid_request", "{what}");
    }
    let reply = ask(server, &form.replace("client_credentials", "password")).await;
    assert_eq!(error(&reply, 400), "unsupported_grant_type");
    let reply = server.get("/connect/token").send().await;
    reply.problem(405, "method_not_allowed");
}

#[tokio::test]
async fn unknown_wrong_disabled_revoked_and_deleted_clients_are_told_the_same() {
    let mut replies = Vec::new();
    let client = Client::new().await;
    let (server, wrong) = (&client.cast.server, format!("cs1.{}", "0".repeat(50)));
    let nobody = format!("cid.{}", "0".repeat(25));
    for (id, secret) in [
        (&*client.id, &*wrong),
        (&*nobody, &*client.secret),
        ("x", "y"),
        (&*client.id, ""),
        ("", ""),
        (&*client.id.to_uppercase(), &*client.secret),
        (&*client.id, &*client.secret.to_uppercase()),
        (&*client.id, &client.secret[..client.secret.len() - 1]),
        (&*client.id, &*format!("{}0", client.secret)),
    ] {
        replies.push(ask(server, &form(id, secret)).await);
    }
    client.decide("/disable").await;
    replies.push(ask(server, &client.form()).await);
    client.decide("/restore").await;
    ask(server, &client.form()).await.expect(200);
    client.decide("").await;
    replies.push(ask(server, &client.form()).await);

    let client = Client::new().await;
    client.delete().await;
    replies.push(ask(&client.cast.server, &client.form()).await);

    let shown = |reply: &Reply| {
        let headers = reply.headers.iter().filter(|(name, _)| name.as_str() != "date");
        let headers: Vec<_> = headers.map(|(name, value)| (name.to_string(), value.clone())).collect();
        (reply.status, headers, reply.text.clone())
    };
    assert_eq!(error(&replies[0], 401), "invalid_client");
    assert!(replies[0].header("WWW-Authenticate").unwrap().starts_with("Basic "));
    for reply in &replies {
        assert_eq!(shown(reply), shown(&replies[0]));
    }
}
