//! What makes a token none of ours.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chancery_gate::verify::{Algorithm, TokenClaims};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::{Signer, Stage, claims};
use crate::log::NOW;

type Change = fn(&mut TokenClaims);

#[test]
fn a_token_for_somebody_else_is_none() {
    let stage = Stage::new();
    let changes: [Change; 8] = [
        |claims| claims.iss = "https://other.example".into(),
        |claims| claims.iss.push('/'),
        |claims| claims.iss.clear(),
        |claims| claims.aud = "https://other.example".into(),
        |claims| claims.aud = "https://chancery.example".into(),
        |claims| claims.client_id = "cid.".into(),
        |claims| claims.client_id.make_ascii_uppercase(),
        |claims| claims.client_id.push('0'),
    ];
    for change in changes {
        let mut claims = claims(&stage.log);
        change(&mut claims);
        stage.refuses(&stage.signer.sign(&claims));
    }
}

#[test]
fn a_token_of_the_future_is_none_and_clocks_may_differ_by_a_minute() {
    let stage = Stage::new();
    let cases: [(bool, Change); 6] = [
        (true, |claims| claims.iat = NOW + 60),
        (false, |claims| claims.iat = NOW + 61),
        (false, |claims| claims.iat = i64::MAX),
        (true, |claims| claims.nbf = Some(NOW + 60)),
        (false, |claims| claims.nbf = Some(NOW + 61)),
        (true, |claims| (claims.iat, claims.nbf) = (i64::MIN, Some(i64::MIN))),
    ];
    for (passes, change) in cases {
        let mut claims = claims(&stage.log);
        change(&mut claims);
        assert_eq!(stage.open(&stage.signer.sign(&claims), NOW).is_ok(), passes, "{claims:?}");
    }
}

#[test]
fn a_token_says_everything_once_and_in_one_way() {
    let stage = Stage::new();
    let whole = serde_json::to_value(claims(&stage.log)).unwrap();
    for name in ["iss", "aud", "sub", "client_id", "jti", "iat", "exp", "scope", "env", "app", "sid", "pos"] {
        let mut lacking = whole.clone();
        lacking.as_object_mut().unwrap().remove(name);
        stage.refuses(&stage.signer.sign(&lacking));
    }
    for (name, value) in [
        ("aud", json!(["https://api.example", "https://other.example"])),
        ("exp", json!("1800000900")),
        ("exp", json!(1.5)),
        ("nbf", json!("now")),
        ("pos", json!(-1)),
    ] {
        let mut other = whole.clone();
        other[name] = value;
        stage.refuses(&stage.signer.sign(&other));
    }
    let twice = whole.to_string().replacen('{', r#"{"app":"00000000-0000-0000-0000-00000000000b","#, 1);
    let twice: Box<serde_json::value::RawValue> = serde_json::from_str(&twice).unwrap();
    stage.refuses(&stage.signer.sign(&twice));
}

#[test]
fn the_key_says_the_algorithm_and_the_token_is_not_asked() {
    for algorithm in Algorithm::ALL {
        let stage = Stage::signing(algorithm);
        let (token, claims) = (stage.token(), claims(&stage.log));
        let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else {
            panic!("{token}")
        };
        for other in ["none", "None", "HS256", "ES256", "ES384", "RS256", "PS256", "EdDSA", "", "es256"] {
            if other != algorithm.as_str() {
                let header = part(&json!({ "typ": "at+jwt", "alg": other, "kid": "first" }));
                stage.refuses(&format!("{header}.{payload}.{signature}"));
                stage.refuses(&format!("{header}.{payload}."));
            }
        }
        for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            stage.refuses(&Signer::new(other, "first").sign(&claims));
        }
        for secret in [stage.signer.jwk.to_string(), stage.signer.jwk["x"].to_string(), String::new()] {
            let mut header =
                Header { kid: Some("first".into()), ..Header::new(jsonwebtoken::Algorithm::HS256) };
            header.typ = Some("at+jwt".into());
            stage.refuses(&encode(&header, &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap());
        }
        stage.refuses(&format!("{header}.{payload}"));
        assert!(stage.open(&token, NOW).is_ok());
    }
}

#[test]
fn a_header_that_asks_for_anything_else_is_refused() {
    let stage = Stage::new();
    let changes: [fn(&mut Header); 8] = [
        |header| header.typ = Some("JWT".into()),
        |header| header.typ = Some("at+JWT".into()),
        |header| header.typ = None,
        |header| header.kid = None,
        |header| header.kid = Some("another".into()),
        |header| header.kid = Some(String::new()),
        |header| header.crit = Some(vec!["exp".into()]),
        |header| header.crit = Some(Vec::new()),
    ];
    for change in changes {
        let mut header = stage.signer.header();
        change(&mut header);
        stage.refuses(&encode(&header, &claims(&stage.log), &stage.signer.key).unwrap());
    }
}

#[test]
fn a_token_that_was_changed_anywhere_is_none() {
    let stage = Stage::new();
    let token = stage.token();
    assert!(!stage.is_known(&token));
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        stage.refuses(&String::from_utf8(bytes).unwrap());
    }
    for changed in [
        String::new(),
        ".".into(),
        "..".into(),
        token[1..].into(),
        token[..token.len() - 1].into(),
        format!("{token}A"),
        format!("{token}="),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}.{token}"),
        token.to_uppercase(),
        token.to_lowercase(),
        format!("{token}{}", "A".repeat(40_000)),
    ] {
        stage.refuses(&changed);
    }
}

#[test]
fn no_token_is_longer_than_hundreds_of_scopes() {
    let stage = Stage::new();
    let of = |scopes: usize| {
        let scope = vec!["tn.crm.contacts:r"; scopes].join(" ");
        stage.signer.sign(&TokenClaims { scope, ..claims(&stage.log) })
    };
    assert!(stage.open(&of(1_000), NOW).is_ok());
    stage.refuses(&of(2_000));
}

fn part(value: &Value) -> String {
    BASE64.encode(value.to_string())
}
