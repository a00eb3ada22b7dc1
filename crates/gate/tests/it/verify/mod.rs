//! Verification of tokens: signed here with keys of each algorithm.

mod keys;
mod remembering;
mod rules;

use std::sync::Arc;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chancery_gate::{
    Denial, Gate,
    verify::{
        Algorithm, Issuer, Opened, TokenClaims, TokenInvalid, TrustedKey, TrustedKeys, Verified, Verifier,
    },
};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::log::{APP, CLIENT, Log, NOW, SECRET, call, connected_app};

/// Who signs, and the public half of the key.
struct Signer {
    algorithm: Algorithm,
    key: EncodingKey,
    jwk: Value,
}

impl Signer {
    fn new(algorithm: Algorithm, kid: &str) -> Self {
        let random = SystemRandom::new();
        let (key, mut jwk) = match algorithm {
            Algorithm::Es256 => {
                let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
                let pair =
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                let jwk =
                    json!({ "kty": "EC", "crv": "P-256", "x": BASE64.encode(x), "y": BASE64.encode(y) });
                (EncodingKey::from_ec_der(pkcs8.as_ref()), jwk)
            }
            Algorithm::EdDsa => {
                let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
                let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(pair.public_key()) });
                (EncodingKey::from_ed_der(pkcs8.as_ref()), jwk)
            }
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
                let public = pair.public_key();
                let n = BASE64.encode(public.modulus().big_endian_without_leading_zero());
                let e = BASE64.encode(public.exponent().big_endian_without_leading_zero());
                let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
                // What PKCS #8 puts around a key of PKCS #1 is 26 bytes, for 2,048 bits.
                (EncodingKey::from_rsa_der(&der.as_ref()[26..]), json!({ "kty": "RSA", "n": n, "e": e }))
            }
        };
        jwk["kid"] = kid.into();
        jwk["use"] = "sig".into();
        jwk["alg"] = algorithm.as_str().into();
        Self { algorithm, key, jwk }
    }

    fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm.as_str().parse().unwrap());
        header.typ = Some("at+jwt".into());
        header.kid = self.jwk["kid"].as_str().map(Into::into);
        header
    }

    fn sign(&self, claims: &impl Serialize) -> String {
        encode(&self.header(), claims, &self.key).unwrap()
    }

    fn trusted(&self, until: Option<i64>) -> TrustedKey {
        TrustedKey::read(&self.jwk, until).unwrap()
    }
}

fn issuer() -> Issuer {
    Issuer { url: "https://chancery.example".into(), audience: "https://api.example".into() }
}

/// What a token of the log's connection says.
fn claims(log: &Log) -> TokenClaims {
    TokenClaims {
        iss: issuer().url,
        aud: issuer().audience,
        sub: CLIENT.into(),
        client_id: CLIENT.into(),
        jti: Uuid::from_u128(0x7),
        iat: NOW,
        exp: NOW + 900,
        nbf: None,
        scope: "tn.crm.contacts:r".into(),
        env: "production".into(),
        app: APP,
        sid: SECRET,
        pos: log.gate.position().get(),
    }
}

/// Who signs, who verifies, and the log of a connection.
struct Stage {
    log: Log,
    signer: Signer,
    keys: TrustedKeys,
    verifier: Verifier,
}

impl Stage {
    fn new() -> Self {
        Self::signing(Algorithm::EdDsa)
    }

    fn signing(algorithm: Algorithm) -> Self {
        let (log, signer, keys) = (connected_app(), Signer::new(algorithm, "first"), TrustedKeys::default());
        keys.replace(vec![signer.trusted(None)]);
        Self { log, signer, verifier: Verifier::new(&issuer(), keys.clone()), keys }
    }

    fn token(&self) -> String {
        self.signer.sign(&claims(&self.log))
    }

    /// The token, and whether it was known.
    fn open(&self, token: &str, now: i64) -> Result<(Arc<Verified>, bool), TokenInvalid> {
        Ok(match self.verifier.open(token, now)? {
            Opened::Known(verified) => (verified, true),
            Opened::New(authentic) => (self.verifier.settle(authentic, &self.log.gate), false),
        })
    }

    fn is_known(&self, token: &str) -> bool {
        self.open(token, NOW).unwrap().1
    }

    #[track_caller]
    fn refuses(&self, token: &str) {
        assert_eq!(self.open(token, NOW).unwrap_err(), TokenInvalid, "{token}");
    }
}

fn decide(gate: &Gate, verified: &Verified, now: i64) -> Result<(), Denial> {
    let call = chancery_gate::Call { token: verified.state(), ..call(verified.gate()) };
    let moment = chancery_gate::Moment { unix: now, ..crate::log::at(0) };
    gate.check(&call, moment).map(|_| ())
}
