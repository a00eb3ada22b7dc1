//! Chancery's HTTP API, as far as the SDK calls it.

use std::{fmt, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use chancery_wire::Position;
use reqwest::{
    Client, RequestBuilder, Response, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue},
    redirect::Policy,
};
use serde::Deserialize;
use tokio::time::timeout;
use uuid::Uuid;

use super::ApiError;

/// How long a connection may take to stand.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long an answer may pause. Live events say something every second.
const PAUSE: Duration = Duration::from_secs(5);
/// How long a whole answer may take, where all of it is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of the longest problem that is read.
const PROBLEM: usize = 64 << 10;

/// The API of one Chancery, called as one gateway or consumer. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    client: Client,
    /// Ends with a slash.
    address: Url,
    authorization: HeaderValue,
}

/// What is looked at of a problem document.
#[derive(Deserialize)]
struct Problem {
    code: String,
}

impl Api {
    /// The API at `address`, for example `https://chancery.internal`, and the token of a gateway or a consumer.
    /// Nothing is connected yet.
    pub fn new(address: &str, token: &str) -> Result<Self, ApiError> {
        let unusable = || ApiError::Address(address.to_owned());
        let mut url = Url::parse(address).map_err(|_| unusable())?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !matches!(url.scheme(), "http" | "https") || !plain {
            return Err(unusable());
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| ApiError::Token)?;
        authorization.set_sensitive(true);
        // A redirect would take the token to whoever is named in it.
        let client = Client::builder()
            .connect_timeout(CONNECTING)
            .read_timeout(PAUSE)
            .redirect(Policy::none())
            .build()
            .map_err(|source| ApiError::Unreachable { action: "preparing calls of the API", source })?;
        Ok(Self(Arc::new(Inner { client, address: url, authorization })))
    }

    /// A path below the API's address, without a slash before it.
    pub(crate) fn get(&self, path: &str, query: &[(&str, &str)], accept: &'static str) -> RequestBuilder {
        let mut url = self.0.address.clone();
        url.set_path(&format!("{}{path}", url.path()));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.0.client.get(url).header(ACCEPT, HeaderValue::from_static(accept));
        request.header(AUTHORIZATION, self.0.authorization.clone())
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Api").field(&self.0.address.as_str()).finish()
    }
}

/// An answer that is a good one, whose body follows.
pub(crate) struct Answer {
    action: &'static str,
    response: Response,
}

impl Answer {
    /// Sends a request. Anything but a 200 is an error.
    pub(crate) async fn to(request: RequestBuilder, action: &'static str) -> Result<Self, ApiError> {
        let sent = timeout(PATIENCE, request.send()).await.map_err(|_| ApiError::Slow { action })?;
        let response = sent.map_err(|source| ApiError::Unreachable { action, source })?;
        let status = response.status().as_u16();
        let answer = Self { action, response };
        if status == 200 {
            return Ok(answer);
        }
        let body = answer.whole(PROBLEM).await.unwrap_or_default();
        let problem = serde_json::from_slice::<Problem>(&body);
        let code = problem.map_or_else(|_| "unknown".to_owned(), |problem| problem.code);
        Err(ApiError::Refused { action, status, code })
    }

    /// The log that the answer is of.
    pub(crate) fn log_id(&self) -> Result<Uuid, ApiError> {
        self.header("chancery-log")
    }

    /// How far the log was, or what was read of it.
    pub(crate) fn position(&self) -> Result<Position, ApiError> {
        self.header("chancery-position")
    }

    fn header<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, ApiError> {
        let value = header(self.response.headers(), name);
        value.ok_or_else(|| ApiError::malformed(self.action, format!("the header {name} is missing")))
    }

    /// The next bytes of the body, as they arrive; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, ApiError> {
        let chunk = self.response.chunk().await;
        chunk.map_err(|source| ApiError::Unreachable { action: self.action, source })
    }

    /// The whole body, which is not longer than that.
    pub(crate) async fn whole(mut self, most: usize) -> Result<Bytes, ApiError> {
        let action = self.action;
        let reading = async {
            let mut body = BytesMut::new();
            while let Some(chunk) = self.chunk().await? {
                if body.len() + chunk.len() > most {
                    return Err(ApiError::TooLong { action, most });
                }
                body.extend_from_slice(&chunk);
            }
            Ok(body.freeze())
        };
        timeout(PATIENCE, reading).await.map_err(|_| ApiError::Slow { action })?
    }
}

fn header<T: std::str::FromStr>(headers: &HeaderMap, name: &'static str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}
