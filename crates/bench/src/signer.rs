//! A key that signs and verifies tokens, with the library that the product uses, and nothing else.

use anyhow::anyhow;
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
    },
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

pub const SCOPE: &str = "tn.crm.contacts:r tn.crm.contacts:w";

#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    #[value(name = "ES256")]
    Es256,
    #[value(name = "EdDSA")]
    EdDsa,
    #[value(name = "RS256")]
    Rs256,
}

impl Algorithm {
    pub const ALL: [Self; 3] = [Self::Es256, Self::EdDsa, Self::Rs256];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }
}

pub struct Signer {
    pair: Pair,
    header: String,
    random: SystemRandom,
}

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

/// What is looked at in a token.
#[derive(Debug, Deserialize)]
pub struct Claims {
    pub sub: String,
    pub scope: String,
    pub exp: i64,
}

impl Signer {
    pub fn generate(algorithm: Algorithm) -> anyhow::Result<Self> {
        let failed = |_| anyhow!("making a key failed");
        let pair = match algorithm {
            Algorithm::Es256 => {
                Pair::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?)
            }
            Algorithm::EdDsa => Pair::EdDsa(Ed25519KeyPair::generate().map_err(failed)?),
            Algorithm::Rs256 => Pair::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?),
        };
        let header = format!(r#"{{"alg":"{}","typ":"at+jwt","kid":"k1"}}"#, algorithm.name());
        Ok(Self { pair, header: BASE64.encode(header), random: SystemRandom::new() })
    }

    pub fn token(&self) -> String {
        let (now, id) = (Timestamp::now().as_second(), Uuid::now_v7());
        let claims = format!(
            r#"{{"iss":"https://id.example","sub":"bench","aud":"api","client_id":"bench","iat":{now},"exp":{},"jti":"{id}","scope":"{SCOPE}"}}"#,
            now + 900
        );
        let mut token = String::with_capacity(1_024);
        token.push_str(&self.header);
        token.push('.');
        BASE64.encode_string(claims, &mut token);
        let message = token.as_bytes();
        let mut rsa = [0; 256];
        let encoded = match &self.pair {
            Pair::Es256(pair) => pair.sign(&self.random, message).map(|signature| BASE64.encode(signature)),
            Pair::EdDsa(pair) => Ok(BASE64.encode(pair.sign(message))),
            Pair::Rs256(pair) => {
                pair.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut rsa).map(|()| BASE64.encode(rsa))
            }
        };
        token.push('.');
        token.push_str(&encoded.unwrap_or_default());
        token
    }

    pub fn verify(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (signature, message) = (BASE64.decode(signature).ok()?, signed.as_bytes());
        match &self.pair {
            Pair::Es256(pair) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key())
                .verify(message, &signature),
            Pair::EdDsa(pair) => {
                UnparsedPublicKey::new(&ED25519, pair.public_key()).verify(message, &signature)
            }
            Pair::Rs256(pair) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key())
                .verify(message, &signature),
        }
        .ok()?;
        let claims: Claims = serde_json::from_slice(&BASE64.decode(signed.split_once('.')?.1).ok()?).ok()?;
        (claims.exp > Timestamp::now().as_second()).then_some(claims)
    }
}
