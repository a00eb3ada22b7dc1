//! What is published, and rotation.

use std::collections::BTreeSet;

use chancery_devkit::TestDb;
use chancery_journal::Journal;
use chancery_service::{
    connect::{Algorithm, Keys, KeysError, MasterKey, MasterKeyError},
    sources::Sources,
};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{DecodingKey, Validation, decode, jwk::JwkSet};
use serde_json::Value;

use super::Client;
use crate::server::{self, master};

#[tokio::test]
async fn whoever_reads_the_metadata_finds_the_keys_that_verify() {
    let client = Client::new().await;
    let server = &client.cast.server;
    let reply = server.get("/.well-known/oauth-authorization-server").send().await.expect(200);
    assert!(reply.header("Cache-Control").unwrap().contains("max-age"));
    let metadata = reply.json();
    assert_eq!(metadata["issuer"], "https://chancery.example");
    assert_eq!(metadata["token_endpoint"], "https://chancery.example/connect/token");
    let path = metadata["jwks_uri"].as_str().unwrap().strip_prefix("https://chancery.example").unwrap();
    let keys: JwkSet = serde_json::from_value(server.get(path).send().await.expect(200).json()).unwrap();
    assert_eq!(keys.keys.len(), 2, "the one that signs and the next one");

    let token = client.token().await;
    let header = jsonwebtoken::decode_header(&token).unwrap();
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut rules = Validation::new(jsonwebtoken::Algorithm::ES256);
    rules.set_issuer(&["https://chancery.example"]);
    rules.set_audience(&["https://api.example"]);
    decode::<Value>(&token, &key, &rules).unwrap();
}

fn kids(keys: &Keys, now: Timestamp) -> BTreeSet<String> {
    let published = keys.set().jwks(now);
    published["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn at(db: &TestDb, minutes: i64) -> (Journal, Sources) {
    let later = SignedDuration::from_mins(minutes);
    (
        Journal::open(db.url(), 2).unwrap(),
        Sources::new(move || Timestamp::now() + later, |bytes| bytes.fill(7)),
    )
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_until_its_last_token_has_ended() {
    let db = server::database();
    let (journal, sources) = at(&db, 0);
    let keys = Keys::open(journal, master(), &sources, Algorithm::EdDsa).await.unwrap();
    let signing = |keys: &Keys, now| keys.set().signing(now).unwrap().kid.clone();
    let now = sources.now();
    let (first, published) = (signing(&keys, now), kids(&keys, now));
    assert_eq!(published.len(), 2);

    // At once: the next one is not known widely enough yet, so it waits for its time.
    let (journal, soon) = at(&db, 1);
    Keys::rotate(journal, master(), &soon, Algorithm::EdDsa).await.unwrap();
    keys.refresh().await.unwrap();
    assert_eq!(signing(&keys, soon.now()), first);
    assert_eq!(kids(&keys, soon.now()).len(), 3);
    let after = now + SignedDuration::from_mins(11);
    let second = signing(&keys, after);
    assert!(second != first && published.contains(&second));

    // An hour later the next one signs at once, and another algorithm may follow, after its time.
    let (journal, later) = at(&db, 60);
    Keys::rotate(journal, master(), &later, Algorithm::EdDsa).await.unwrap();
    keys.refresh().await.unwrap();
    let third = signing(&keys, later.now());
    assert!(third != second && !kids(&keys, later.now()).contains(&first));
    assert!(kids(&keys, later.now()).contains(&second), "its tokens live");

    let (journal, last) = at(&db, 120);
    let set = Keys::rotate(journal, master(), &last, Algorithm::Rs256).await.unwrap();
    assert_eq!(set.signing(last.now()).unwrap().kid, third);
    let after = last.now() + SignedDuration::from_mins(11);
    assert_eq!(set.signing(after).unwrap().algorithm(), Algorithm::Rs256);
}

#[tokio::test]
async fn processes_that_start_at_once_make_one_set_of_keys_and_no_other_key_opens_it() {
    let db = server::database();
    let opened = (0..4).map(|_| {
        let (journal, sources) = at(&db, 0);
        tokio::spawn(async move { Keys::open(journal, master(), &sources, Algorithm::Es256).await.unwrap() })
    });
    let mut sets = BTreeSet::new();
    for keys in opened.collect::<Vec<_>>() {
        sets.insert(kids(&keys.await.unwrap(), Timestamp::now()));
    }
    assert_eq!(sets.len(), 1);

    let (journal, sources) = at(&db, 0);
    let other = MasterKey::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    let refused = Keys::open(journal, other, &sources, Algorithm::Es256).await;
    assert!(matches!(refused, Err(KeysError::Master(MasterKeyError::Open))), "{refused:?}");
}
