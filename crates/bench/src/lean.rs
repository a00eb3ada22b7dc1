//! The leanest servers: what HTTP and cryptography leave, without storage, policy, limits, metrics or traces.
//!
//! `POST /token` hashes a secret and signs a token for each request. `GET /authorize` verifies a bearer's token each
//! time, and `/authorize-cached` remembers by the token's hash that it did. `POST /introspect` verifies and tells.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::Ipv4Addr,
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::Context as _;
use aws_lc_rs::{
    constant_time,
    digest::{SHA256, digest},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::TcpListener;

use crate::{
    client,
    signer::{Algorithm, Signer},
};

struct Lean {
    signer: Signer,
    secret: [u8; 32],
    verified: RwLock<HashMap<[u8; 32], i64>>,
}

/// Serves until it is killed.
pub async fn serve(port: u16, algorithm: Algorithm) -> anyhow::Result<()> {
    let lean = Arc::new(Lean {
        signer: Signer::generate(algorithm)?,
        secret: sha256(client::SECRET.as_bytes()),
        verified: RwLock::default(),
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.context("listening")?;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let lean = lean.clone();
        let service = service_fn(move |request| {
            let lean = lean.clone();
            async move { Ok::<_, Infallible>(lean.answer(request).await) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
    }
}

type Answer = Response<Full<Bytes>>;

impl Lean {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let known = match request.uri().path() {
            "/token" => self.token(request).await,
            "/introspect" => self.introspect(request).await,
            "/authorize" => self.authorize(request.headers(), false),
            "/authorize-cached" => self.authorize(request.headers(), true),
            _ => return answer(StatusCode::NOT_FOUND, "{}"),
        };
        known.unwrap_or_else(|| answer(StatusCode::UNAUTHORIZED, r#"{"error":"invalid_client"}"#))
    }

    async fn token(&self, request: Request<Incoming>) -> Option<Answer> {
        let header = basic(request.headers());
        let body = request.into_body().collect().await.ok()?.to_bytes();
        let secret = match header {
            Some(secret) => secret,
            None => {
                body.split(|byte| *byte == b'&').find_map(|p| p.strip_prefix(b"client_secret="))?.to_vec()
            }
        };
        let right = constant_time::verify_slices_are_equal(&sha256(&secret), &self.secret).is_ok();
        let granted = body.split(|byte| *byte == b'&').any(|p| p == b"grant_type=client_credentials");
        (right && granted).then(|| {
            let token = self.signer.token();
            answer(
                StatusCode::OK,
                format!(
                    r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":900,"scope":"{}"}}"#,
                    crate::signer::SCOPE
                ),
            )
        })
    }

    async fn introspect(&self, request: Request<Incoming>) -> Option<Answer> {
        let secret = basic(request.headers())?;
        constant_time::verify_slices_are_equal(&sha256(&secret), &self.secret).ok()?;
        let body = request.into_body().collect().await.ok()?.to_bytes();
        let token = std::str::from_utf8(&body).ok()?.strip_prefix("token=")?;
        Some(match self.signer.verify(token) {
            Some(claims) => answer(
                StatusCode::OK,
                format!(
                    r#"{{"active":true,"sub":"{}","scope":"{}","exp":{}}}"#,
                    claims.sub, claims.scope, claims.exp
                ),
            ),
            None => answer(StatusCode::OK, r#"{"active":false}"#),
        })
    }

    fn authorize(&self, headers: &HeaderMap, remember: bool) -> Option<Answer> {
        let token = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        if !remember {
            self.signer.verify(token)?;
            return Some(answer(StatusCode::OK, r#"{"ok":true}"#));
        }
        let (key, now) = (sha256(token.as_bytes()), Timestamp::now().as_second());
        let known = self.verified.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        if known.is_none_or(|expires| expires <= now) {
            let claims = self.signer.verify(token)?;
            self.verified.write().unwrap_or_else(PoisonError::into_inner).insert(key, claims.exp);
        }
        Some(answer(StatusCode::OK, r#"{"ok":true}"#))
    }
}

/// The secret of the right client.
fn basic(headers: &HeaderMap) -> Option<Vec<u8>> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let decoded = BASE64_STANDARD.decode(value).ok()?;
    decoded.strip_prefix(client::ID.as_bytes())?.strip_prefix(b":").map(<[u8]>::to_vec)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

fn answer(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
