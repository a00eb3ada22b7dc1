//! One HTTP call and its reply.

use std::time::Duration;

use serde_json::Value;
use ureq::{
    Agent, Body,
    http::{HeaderMap, Request, Response},
};

/// A call that is being put together.
#[derive(Debug, Clone)]
pub struct Call {
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

/// Follows no rule about statuses, and gives up before the test's deadline.
pub fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(15)))
        .build()
        .into()
}

impl Call {
    pub fn new(method: &'static str, url: String) -> Self {
        Self { method, url, headers: Vec::new(), body: None }
    }

    pub fn token(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    pub fn json(self, body: &Value) -> Self {
        self.text("application/json", body.to_string())
    }

    pub fn text(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", content_type)
    }

    /// Sends it on a thread that may block.
    pub async fn send(self) -> Reply {
        tokio::task::spawn_blocking(move || Reply::of(self.response())).await.unwrap()
    }

    /// Sends it and leaves the body to be read. Blocks.
    pub fn response(self) -> Response<Body> {
        let mut request = Request::builder().method(self.method).uri(self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let reply = match self.body {
            Some(body) => agent().run(request.body(body).unwrap()),
            None => agent().run(request.body(()).unwrap()),
        };
        reply.unwrap()
    }
}

impl Reply {
    fn of(mut response: Response<Body>) -> Self {
        let text = response.body_mut().with_config().limit(u64::MAX).read_to_string().unwrap();
        Self { status: response.status().as_u16(), headers: response.headers().clone(), text }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The log's position that it reflects.
    pub fn position(&self) -> u64 {
        self.header("Chancery-Position").unwrap().parse().unwrap()
    }

    /// Itself, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The problem document, if it is a whole one with this status and code.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("Content-Type"), Some("application/problem+json"));
        assert_eq!(self.header("X-Content-Type-Options"), Some("nosniff"));
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem:#}");
        assert_eq!(problem["type"], format!("urn:chancery:problem:{code}"));
        assert_eq!(problem["status"], status);
        assert_eq!(problem["message"], problem["detail"]);
        assert_eq!(problem["traceId"].as_str().map(str::len), Some(32));
        assert!(problem["title"].is_string() && problem["errors"].is_array(), "{problem:#}");
        problem
    }
}
