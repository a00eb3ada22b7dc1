//! Tokens that were tampered with, made up, or meant for somebody else.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chancery_service::{
    connect::{Algorithm, Connect, Issuer, Keys, Presented},
    gate::{GateHouse, GateSettings},
    sources::Sources,
};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use super::{Client, claims};
use crate::server::{issuer, master};

/// A part of a token.
fn part(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

impl Client {
    /// Another service on the same log with the same keys.
    async fn elsewhere(&self, issuer: Issuer, later: SignedDuration) -> Connect {
        let sources = Sources::new(
            move || Timestamp::now() + later,
            |bytes| {
                let random = uuid::Uuid::new_v4();
                bytes.iter_mut().zip(random.as_bytes().iter().cycle()).for_each(|(to, from)| *to = *from);
            },
        );
        let journal = self.cast.server.journal.clone();
        let keys = Keys::open(journal.clone(), master(), &sources, Algorithm::Es256).await.unwrap();
        let house = GateHouse::follow(journal.clone(), sources.clone(), GateSettings::default());
        house.catch_up().await.unwrap();
        Connect::new(issuer, keys, house, self.cast.server.commands().clone(), journal, sources)
    }

    async fn issued_by(&self, connect: &Connect) -> String {
        let presented = Presented {
            client_id: self.id.clone(),
            client_secret: self.secret.clone(),
            address: [127, 0, 0, 1].into(),
        };
        connect.issue(&presented, None).await.unwrap().access_token
    }
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_none() {
    let client = Client::new().await;
    let token = client.token().await;
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let kid = client.cast.server.connect.jwks()["keys"][0].clone();
    let mut more = claims(&token);
    more.scope.push_str(" tn.jpm.jobs:w");
    let more = BASE64.encode(serde_json::to_vec(&more).unwrap());
    let with = |header: Value| part(&header);
    let name = kid["kid"].clone();
    let none = with(json!({"alg": "none", "typ": "at+jwt", "kid": name}));
    let flipped = signature.chars().rev().collect::<String>();
    let swapped: String = token
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    let mut wrong = vec![
        String::new(),
        ".".into(),
        "..".into(),
        token[..token.len() - 1].into(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{token}A"),
        format!("{token}="),
        format!("{token}.{signature}"),
        format!(" {token}"),
        swapped,
        token.to_uppercase(),
        format!("{header}.{more}.{signature}"),
        format!("{header}.{payload}.{flipped}"),
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{signature}"),
        format!("{none}.{more}."),
        token.repeat(100),
    ];
    for header in [
        json!({"alg": "ES256", "typ": "JWT", "kid": name}),
        json!({"alg": "ES256", "typ": "at+jwt"}),
        json!({"alg": "ES256", "typ": "at+jwt", "kid": "another"}),
        json!({"alg": "ES384", "typ": "at+jwt", "kid": name}),
        json!({"alg": "ES256", "typ": "at+jwt", "kid": name, "crit": ["exp"]}),
        json!({"alg": "ES256", "typ": "at+jwt", "kid": name, "jwk": kid}),
    ] {
        wrong.push(format!("{}.{payload}.{signature}", with(header)));
    }
    for token in &wrong {
        assert_eq!(client.code(token).await, "token_invalid", "{token}");
    }
    assert_eq!(client.code(&token).await, "allowed");
}

#[tokio::test]
async fn a_token_signed_with_what_is_published_is_none() {
    let client = Client::new().await;
    let token = client.token().await;
    let jwks = client.cast.server.connect.jwks();
    for jwk in jwks["keys"].as_array().unwrap() {
        let coordinate = |name: &str| BASE64.decode(jwk[name].as_str().unwrap()).unwrap();
        let point = [&[4][..], &coordinate("x"), &coordinate("y")].concat();
        for secret in [point, coordinate("x"), jwk.to_string().into_bytes(), Vec::new()] {
            let mut header = Header::new(jsonwebtoken::Algorithm::HS256);
            header.typ = Some("at+jwt".into());
            header.kid = Some(jwk["kid"].as_str().unwrap().into());
            let key = EncodingKey::from_secret(&secret);
            let forged = jsonwebtoken::encode(&header, &claims(&token), &key).unwrap();
            assert_eq!(client.code(&forged).await, "token_invalid");
        }
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_or_for_another_audience_is_none() {
    let client = Client::new().await;
    for other in [
        Issuer { url: "https://other.example".into(), ..issuer() },
        Issuer { audience: "https://other.example".into(), ..issuer() },
    ] {
        let connect = client.elsewhere(other, SignedDuration::ZERO).await;
        let token = client.issued_by(&connect).await;
        assert_eq!(client.calls(&connect, &token).await, "allowed");
        assert_eq!(client.code(&token).await, "token_invalid");
    }
}

#[tokio::test]
async fn a_token_has_its_time() {
    let client = Client::new().await;
    let later = client.elsewhere(issuer(), SignedDuration::from_secs(1_000)).await;
    let token = client.token().await;
    assert_eq!(client.code(&token).await, "allowed");
    assert_eq!(client.calls(&later, &token).await, "token_expired");
    let of_tomorrow = client.issued_by(&later).await;
    assert_eq!(client.calls(&later, &of_tomorrow).await, "allowed");
    assert_eq!(client.code(&of_tomorrow).await, "token_invalid");
}

#[tokio::test]
async fn an_apps_token_opens_nothing_of_chancery_itself() {
    let client = Client::new().await;
    let token = client.token().await;
    for path in ["/v1/apps", "/v1/scope-catalog", "/v1/events"] {
        client.cast.server.get(path).token(&token).send().await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_gate_that_hears_nothing_of_the_log_refuses_unless_it_is_told_to_serve() {
    let client = Client::new().await;
    let token = client.token().await;
    let (journal, sources) = (client.cast.server.journal.clone(), Sources::system());
    let max_staleness = Duration::ZERO;
    for (serve_stale, expected) in [(false, "gate_stale"), (true, "allowed")] {
        let settings = GateSettings { max_staleness, serve_stale, ..GateSettings::default() };
        let house = GateHouse::follow(journal.clone(), sources.clone(), settings);
        let keys = Keys::open(journal.clone(), master(), &sources, Algorithm::Es256).await.unwrap();
        let commands = client.cast.server.commands().clone();
        let connect = Connect::new(issuer(), keys, house, commands, journal.clone(), sources.clone());
        connect.house().catch_up().await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        let verified = connect.verifier().verify(&token).await.unwrap();
        let call = chancery_gate::Call {
            method: "GET",
            path: super::PATH,
            environment: "production",
            app_key: Some(&client.app_key),
            token: verified.state(),
        };
        let code = connect
            .house()
            .check(&call, |decision, _| decision.map_or_else(|denial| denial.code(), |_| "allowed"));
        assert_eq!(code, expected);
    }
}
