//! One HTTP call and its reply.

use serde_json::Value;
use ureq::{
    Agent, Body,
    http::{HeaderMap, Request, Response},
};

use crate::{DEADLINE, cast::Bearer};

/// A call that can be sent again and again, to any server.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// Takes every status as an answer.
pub(crate) fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).timeout_global(Some(DEADLINE)).build().into()
}

impl Call {
    fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: None }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::new("POST", path).json(body.to_string())
    }

    pub(crate) fn put(path: impl Into<String>, body: &Value) -> Self {
        Self::new("PUT", path).json(body.to_string())
    }

    pub(crate) fn patch(path: impl Into<String>, body: &Value) -> Self {
        Self::new("PATCH", path).json(body.to_string())
    }

    /// A POST that says everything by its path.
    pub(crate) fn ask(path: impl Into<String>) -> Self {
        Self::new("POST", path)
    }

    /// A PUT that says everything by its path.
    pub(crate) fn set(path: impl Into<String>) -> Self {
        Self::new("PUT", path)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new("DELETE", path)
    }

    pub(crate) fn by(self, bearer: &Bearer) -> Self {
        self.header("Authorization", format!("Bearer {}", bearer.token))
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    /// Waits until the answer reflects the position.
    pub(crate) fn at_least(self, position: u64) -> Self {
        self.header("Chancery-Min-Position", position.to_string())
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Says that it is JSON, whatever it is.
    pub(crate) fn json(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", "application/json")
    }

    /// A form, as OAuth has it.
    pub(crate) fn form(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", "application/x-www-form-urlencoded")
    }

    pub(crate) fn send(&self, agent: &Agent, base: &str) -> Result<Reply, ureq::Error> {
        let mut response = self.open(agent, base)?;
        let text = response.body_mut().with_config().limit(u64::MAX).read_to_string()?;
        Ok(Reply { status: response.status().as_u16(), headers: response.headers().clone(), text })
    }

    /// Leaves the body to be read.
    pub(crate) fn open(&self, agent: &Agent, base: &str) -> Result<Response<Body>, ureq::Error> {
        let mut request = Request::builder().method(self.method).uri(format!("{base}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        match &self.body {
            Some(body) => agent.run(request.body(body.clone())?),
            None => agent.run(request.body(())?),
        }
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The position that it reflects.
    pub(crate) fn position(&self) -> u64 {
        self.header("Chancery-Position").unwrap().parse().unwrap()
    }

    pub(crate) fn replayed(&self) -> bool {
        self.header("Idempotency-Replayed") == Some("true")
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// True where the same command sent once more may get another answer.
    pub(crate) fn is_passing(&self) -> bool {
        self.status == 503 || (self.status == 409 && self.json()["code"] == "command_in_flight")
    }

    /// Itself, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Itself, if it is a problem of this status and code.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.json()["code"].as_str()), (status, Some(code)), "{}", self.text);
        self
    }
}

/// What a retry answers, made of the first answer: the secret was shown.
pub(crate) fn without_secret(mut answer: Value) -> Value {
    for secret in ["client_secret", "token"] {
        if let Some(shown) = answer.get_mut(secret) {
            *shown = Value::Null;
            answer["secret_shown"] = true.into();
        }
    }
    answer
}
