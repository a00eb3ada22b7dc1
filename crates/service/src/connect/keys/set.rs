//! The signing keys at one moment: one signs, the next is published already, former ones still verify.

use chancery_gate::verify::TrustedKey;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::key::SigningKey;

/// How long a key is still published after its successor took over: the life of its last token, and clocks that
/// differ.
pub(super) const VERIFIED_FOR: SignedDuration = SignedDuration::from_mins(20);

/// A key that was published.
#[derive(Debug)]
pub struct PublishedKey {
    pub key: SigningKey,
    pub published_at: Timestamp,
    /// `None` for the next one, which waits for `chancery keys rotate`.
    pub signs_from: Option<Timestamp>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct KeySet {
    /// In the order in which they sign; the next one last.
    keys: Vec<PublishedKey>,
}

impl KeySet {
    pub(super) fn new(mut keys: Vec<PublishedKey>) -> Self {
        keys.sort_by_key(|key| (key.signs_from.is_none(), key.signs_from, key.published_at));
        Self { keys }
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key that signs.
    pub fn signing(&self, now: Timestamp) -> Option<&SigningKey> {
        let mut begun = self.keys.iter().rev().filter(|key| key.signs_from.is_some_and(|from| from <= now));
        begun.next().map(|key| &key.key)
    }

    /// The keys that verify what they signed, each until its last token has ended.
    pub(super) fn trusted(&self) -> Vec<TrustedKey> {
        let keys = self.keys.iter().enumerate();
        keys.filter_map(|(at, key)| TrustedKey::read(&key.key.jwk, self.over_at(at))).collect()
    }

    /// The set as it is published (RFC 7517).
    pub fn jwks(&self, now: Timestamp) -> Value {
        json!({ "keys": self.published(now).map(|key| &key.jwk).collect::<Vec<_>>() })
    }

    /// Every key, for whoever operates them.
    pub fn all(&self) -> &[PublishedKey] {
        &self.keys
    }

    pub(super) fn next(&self) -> Option<&PublishedKey> {
        self.keys.iter().find(|key| key.signs_from.is_none())
    }

    /// Keys whose last token has ended.
    pub(super) fn over(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        (0..self.keys.len()).filter(move |at| self.is_over(*at, now)).map(|at| &*self.keys[at].key.kid)
    }

    fn published(&self, now: Timestamp) -> impl Iterator<Item = &SigningKey> {
        (0..self.keys.len()).filter(move |at| !self.is_over(*at, now)).map(|at| &self.keys[at].key)
    }

    fn is_over(&self, at: usize, now: Timestamp) -> bool {
        self.over_at(at).is_some_and(|over| now.as_second() >= over)
    }

    /// When the key's last token has ended, in seconds since 1970, where its successor has a time.
    fn over_at(&self, at: usize) -> Option<i64> {
        let successor = self.keys.get(at + 1).and_then(|key| key.signs_from)?;
        Some(successor.as_second() + VERIFIED_FOR.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use chancery_gate::verify::{Algorithm, TrustedKeys};

    use super::{super::key::generate, *};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + 60 * minutes).unwrap()
    }

    fn key(signs_from: Option<i64>) -> PublishedKey {
        let key = SigningKey::read(Algorithm::EdDsa, &generate(Algorithm::EdDsa).unwrap()).unwrap();
        PublishedKey { key, published_at: at(0), signs_from: signs_from.map(at) }
    }

    #[test]
    fn the_next_key_is_published_before_it_signs_and_the_last_one_until_its_tokens_have_ended() {
        let (first, second, next) = (key(Some(0)), key(Some(100)), key(None));
        let kids = [&first, &second, &next].map(|key| key.key.kid.clone());
        let set = KeySet::new(vec![next, second, first]);
        let signing = |minute| set.signing(at(minute)).map(|key| key.kid.clone());
        assert_eq!(signing(-1), None);
        assert_eq!(signing(99), Some(kids[0].clone()));
        assert_eq!(signing(100), Some(kids[1].clone()));
        for (minute, published) in [(0, 3), (119, 3), (120, 2), (10_000, 2)] {
            assert_eq!(set.jwks(at(minute))["keys"].as_array().unwrap().len(), published, "{minute}");
        }
        let trusted = TrustedKeys::default();
        trusted.replace(set.trusted());
        let verifies = |kid: &str, minute| trusted.find(kid, at(minute).as_second()).is_some();
        assert!(verifies(&kids[0], 115) && !verifies(&kids[0], 121) && !verifies("another", 0));
        assert!(verifies(&kids[1], 10_000) && verifies(&kids[2], 0));
        assert!(!set.jwks(at(0)).to_string().contains(r#""d""#), "the private half stays here");
    }
}
