//! The key under which signing keys are stored: it comes from the environment or a file, and never from the database.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, prelude::BASE64_STANDARD};

/// 32 bytes that open the stored signing keys.
pub struct MasterKey(RandomizedNonceKey);

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    #[error("the key must be 32 bytes, in base64: `openssl rand -base64 32` makes one")]
    Form,
    #[error("a signing key cannot be sealed")]
    Seal,
    #[error("a stored signing key does not open: it was stored under another CHANCERY_KEY")]
    Open,
}

impl MasterKey {
    /// 32 bytes in base64; white space around it is passed over, as files end in a line break.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|_| MasterKeyError::Form)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| MasterKeyError::Form)?;
        Ok(Self(key))
    }

    /// The nonce, then what is sealed. It opens for the same `about` only.
    pub(super) fn seal(&self, about: &str, mut plain: Vec<u8>) -> Result<Vec<u8>, MasterKeyError> {
        let sealed = self.0.seal_in_place_append_tag(Aad::from(about), &mut plain);
        let nonce = sealed.map_err(|_| MasterKeyError::Seal)?;
        Ok([nonce.as_ref().as_slice(), &plain].concat())
    }

    pub(super) fn open(&self, about: &str, sealed: &[u8]) -> Result<Vec<u8>, MasterKeyError> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(MasterKeyError::Open)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| MasterKeyError::Open)?;
        let mut opened = sealed.to_vec();
        let plain = self.0.open_in_place(nonce, Aad::from(about), &mut opened);
        let length = plain.map_err(|_| MasterKeyError::Open)?.len();
        opened.truncate(length);
        Ok(opened)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(not printed)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> MasterKey {
        MasterKey::parse(&format!("{}\n", BASE64_STANDARD.encode([byte; 32]))).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_under_the_same_key_for_the_same_thing_only() {
        let sealed = key(1).seal("kid", b"private".to_vec()).unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"private"));
        assert_eq!(key(1).open("kid", &sealed).unwrap(), b"private");
        assert_ne!(key(1).seal("kid", b"private".to_vec()).unwrap(), sealed, "a nonce is used once");
        for (key, about, sealed) in [
            (key(2), "kid", sealed.clone()),
            (key(1), "other", sealed.clone()),
            (key(1), "kid", sealed[..20].to_vec()),
            (key(1), "kid", Vec::new()),
        ] {
            assert_eq!(key.open(about, &sealed), Err(MasterKeyError::Open));
        }
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        for text in ["", "AAAA", "not base64", &BASE64_STANDARD.encode([1; 31])] {
            assert_eq!(MasterKey::parse(text).unwrap_err(), MasterKeyError::Form);
        }
    }
}
