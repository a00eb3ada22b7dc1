//! A key that signs access tokens.
//!
//! Signed with aws-lc-rs itself, and not through `jsonwebtoken`, which reads the private key anew for each token: the
//! provider is the same one, the key is read once.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chancery_gate::verify::{Algorithm, TYPE};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A private key could not be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{action} failed")]
pub struct KeyError {
    action: &'static str,
}

/// A private key, and what is published of it.
pub struct SigningKey {
    pair: Pair,
    /// RFC 7638.
    pub kid: String,
    pub jwk: Value,
    /// The header of its tokens, encoded.
    header: String,
}

enum Pair {
    Es256(Box<EcdsaKeyPair>),
    Rs256(Box<RsaKeyPair>),
    EdDsa(Box<Ed25519KeyPair>),
}

/// A new private key, as PKCS #8.
pub(super) fn generate(algorithm: Algorithm) -> Result<Vec<u8>, KeyError> {
    let failed = |_| KeyError { action: "making a signing key" };
    let random = SystemRandom::new();
    Ok(match algorithm {
        Algorithm::Es256 => {
            let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
            document.map_err(failed)?.as_ref().to_vec()
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
            let document: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
            document.as_ref().to_vec()
        }
        Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&random).map_err(failed)?.as_ref().to_vec(),
    })
}

impl SigningKey {
    pub(super) fn read(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let failed = |_| KeyError { action: "reading a signing key" };
        let (pair, mut jwk, thumbprint) = match algorithm {
            Algorithm::Es256 => {
                let pair =
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(failed)?;
                // One byte that says that it is not compressed, and the two coordinates.
                let point = pair.public_key().as_ref();
                let (x, y) = point[1..].split_at(point.len() / 2);
                let (x, y) = (BASE64.encode(x), BASE64.encode(y));
                let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
                let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
                (Pair::Es256(Box::new(pair)), jwk, thumbprint)
            }
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(failed)?;
                let public = pair.public_key();
                let n = BASE64.encode(public.modulus().big_endian_without_leading_zero());
                let e = BASE64.encode(public.exponent().big_endian_without_leading_zero());
                let thumbprint = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
                let jwk = json!({ "kty": "RSA", "n": n, "e": e });
                (Pair::Rs256(Box::new(pair)), jwk, thumbprint)
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(failed)?;
                let point = pair.public_key().as_ref();
                let x = BASE64.encode(point);
                let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
                let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
                (Pair::EdDsa(Box::new(pair)), jwk, thumbprint)
            }
        };
        let kid = BASE64.encode(Sha256::digest(thumbprint));
        jwk["kid"] = kid.as_str().into();
        jwk["use"] = "sig".into();
        jwk["alg"] = algorithm.as_str().into();
        let header = json!({ "alg": algorithm.as_str(), "kid": kid, "typ": TYPE });
        Ok(Self { pair, kid, jwk, header: BASE64.encode(header.to_string()) })
    }

    pub fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Es256(_) => Algorithm::Es256,
            Pair::Rs256(_) => Algorithm::Rs256,
            Pair::EdDsa(_) => Algorithm::EdDsa,
        }
    }

    /// A token that says this.
    pub(crate) fn sign(&self, claims: &[u8]) -> Result<String, KeyError> {
        let failed = |_| KeyError { action: "signing a token" };
        let mut token = String::with_capacity(self.header.len() + claims.len() * 4 / 3 + 512);
        token.push_str(&self.header);
        token.push('.');
        BASE64.encode_string(claims, &mut token);
        let random = SystemRandom::new();
        let mut rsa = Vec::new();
        let short;
        let signature = match &self.pair {
            Pair::Es256(pair) => {
                short = pair.sign(&random, token.as_bytes()).map_err(failed)?;
                short.as_ref()
            }
            Pair::EdDsa(pair) => {
                short = pair.sign(token.as_bytes());
                short.as_ref()
            }
            Pair::Rs256(pair) => {
                rsa.resize(pair.public_modulus_len(), 0);
                pair.sign(&RSA_PKCS1_SHA256, &random, token.as_bytes(), &mut rsa).map_err(failed)?;
                &rsa
            }
        };
        token.push('.');
        BASE64.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_signs_its_published_half_verifies() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::read(algorithm, &generate(algorithm).unwrap()).unwrap();
            let token = key.sign(br#"{"sub":"cid"}"#).unwrap();
            let mut validation = jsonwebtoken::Validation::new(algorithm.as_str().parse().unwrap());
            validation.validate_exp = false;
            validation.required_spec_claims.clear();
            let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(key.jwk.clone()).unwrap();
            let verifying = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
            let read = jsonwebtoken::decode::<Value>(&token, &verifying, &validation).unwrap();
            assert_eq!(read.claims["sub"], "cid");
            assert_eq!(read.header.kid.as_deref(), Some(key.kid.as_str()));
            assert_eq!(read.header.typ.as_deref(), Some("at+jwt"));
            let thumbprint = jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
            assert_eq!(thumbprint, key.kid);
        }
    }
}
