//! Which keys are trusted, and how long.

use std::sync::Arc;

use chancery_gate::verify::{Algorithm, JwksError, TrustedKey, TrustedKeys, Verifier};
use serde_json::{Value, json};

use super::{Signer, Stage, claims, issuer};
use crate::log::NOW;

#[test]
fn a_token_is_verified_with_the_published_key_that_it_names() {
    let mut stage = Stage::new();
    let signers = Algorithm::ALL.map(|algorithm| Signer::new(algorithm, algorithm.as_str()));
    let set = json!({ "keys": signers.each_ref().map(|signer| &signer.jwk) }).to_string();
    stage.keys.replace(TrustedKey::read_set(set.as_bytes(), None).unwrap());
    for signer in signers {
        let token = signer.sign(&claims(&stage.log));
        assert_eq!(stage.open(&token, NOW).unwrap().0.claims, claims(&stage.log));
        stage.signer = signer;
    }
}

#[test]
fn what_a_withdrawn_key_signed_is_refused_also_where_it_was_remembered() {
    let stage = Stage::new();
    let (token, second) = (stage.token(), Signer::new(Algorithm::Es256, "second"));
    let other = second.sign(&claims(&stage.log));
    stage.keys.replace(vec![stage.signer.trusted(None), second.trusted(None)]);
    for token in [&token, &other] {
        assert!(!stage.is_known(token) && stage.is_known(token));
    }
    let remembered = stage.open(&other, NOW).unwrap().0;

    stage.keys.replace(vec![second.trusted(None)]);
    stage.refuses(&token);
    let (kept, known) = stage.open(&other, NOW).unwrap();
    assert!(known && Arc::ptr_eq(&kept, &remembered), "what a key verified stays as long as the key");

    // Trusted once more, its token is verified once more.
    stage.keys.replace(vec![stage.signer.trusted(None)]);
    assert!(!stage.is_known(&token) && stage.is_known(&token));
    stage.refuses(&other);
}

#[test]
fn a_key_of_the_same_name_is_another_key() {
    let stage = Stage::new();
    let token = stage.token();
    stage.open(&token, NOW).unwrap();
    stage.keys.replace(vec![Signer::new(Algorithm::EdDsa, "first").trusted(None)]);
    stage.refuses(&token);
}

#[test]
fn a_key_that_was_withdrawn_while_a_token_was_read_is_not_remembered() {
    let stage = Stage::new();
    let token = stage.token();
    let opened = stage.verifier.open(&token, NOW).unwrap();
    stage.keys.replace(Vec::new());
    let chancery_gate::verify::Opened::New(authentic) = opened else { panic!("nobody saw it before") };
    stage.verifier.settle(authentic, &stage.log.gate);
    stage.refuses(&token);
}

#[test]
fn a_key_has_its_end_and_may_be_given_a_later_one() {
    let stage = Stage::new();
    let token = stage.token();
    stage.keys.replace(vec![stage.signer.trusted(Some(NOW + 10))]);
    assert!(!stage.open(&token, NOW + 9).unwrap().1);
    assert!(stage.open(&token, NOW + 9).unwrap().1);
    assert!(stage.open(&token, NOW + 10).is_err());
    stage.keys.replace(vec![stage.signer.trusted(Some(NOW + 100))]);
    assert!(stage.open(&token, NOW + 10).is_ok());
}

#[test]
fn keys_that_sign_no_access_tokens_are_passed_over() {
    let signer = Signer::new(Algorithm::Es256, "ours");
    let with = |name: &str, value: Value| {
        let mut jwk = signer.jwk.clone();
        jwk[name] = value;
        jwk
    };
    let others = [
        json!({ "kty": "oct", "kid": "shared", "alg": "HS256", "k": "AAAA" }),
        json!({ "kty": "oct", "kid": "shared", "alg": "ES256", "k": "AAAA" }),
        json!({ "kty": "new", "kid": "tomorrow", "alg": "ES999" }),
        json!("no key"),
        with("alg", "RS256".into()),
        with("alg", "EdDSA".into()),
        with("alg", Value::Null),
        with("crv", "P-384".into()),
        with("use", "enc".into()),
        with("kid", Value::Null),
    ];
    for other in &others {
        assert!(TrustedKey::read(other, None).is_none(), "{other}");
        let set = json!({ "keys": [other, signer.jwk] }).to_string();
        let kids = TrustedKey::read_set(set.as_bytes(), None).unwrap();
        assert_eq!(kids.iter().map(TrustedKey::kid).collect::<Vec<_>>(), ["ours"]);
    }
    let set = json!({ "keys": others }).to_string();
    assert!(matches!(TrustedKey::read_set(set.as_bytes(), None), Err(JwksError::Empty)));
    for malformed in ["", "[]", "{}", r#"{"keys": 1}"#] {
        let read = TrustedKey::read_set(malformed.as_bytes(), None);
        assert!(matches!(read, Err(JwksError::Malformed(_))), "{malformed}");
    }
}

#[test]
fn without_keys_nothing_is_ours() {
    let stage = Stage::new();
    let verifier = Verifier::new(&issuer(), TrustedKeys::default());
    assert!(verifier.open(&stage.token(), NOW).is_err());
}
