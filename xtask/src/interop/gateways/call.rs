//! A call through a gateway, and what came back.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

/// Longer than any gateway waits for the door.
const PATIENCE: Duration = Duration::from_secs(20);

/// What an app sends.
#[derive(Debug, Clone)]
pub(super) struct Call {
    method: &'static str,
    host: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
}

/// What it gets.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    body: String,
}

/// What the API was sent.
#[derive(Debug, Deserialize)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Call {
    pub(super) fn get(host: &'static str, path: &str) -> Self {
        Self { method: "GET", host, path: path.to_owned(), headers: Vec::new() }
    }

    pub(super) fn post(self) -> Self {
        Self { method: "POST", ..self }
    }

    pub(super) fn to(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    pub(super) fn at(self, host: &'static str) -> Self {
        Self { host, ..self }
    }

    /// With one more header, beside those of the same name.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    pub(super) fn line(&self) -> (&str, &str) {
        (self.method, &self.path)
    }

    /// Sends it to whoever listens at `gateway`.
    pub(super) fn send(&self, agent: &Agent, gateway: &str) -> Result<Reply> {
        let Self { method, host, path, headers } = self;
        let mut request =
            Request::builder().method(*method).uri(format!("{gateway}{path}")).header("Host", *host);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let send = || -> Result<Reply> {
            let mut response = agent.run(request.body(())?)?;
            let body = response.body_mut().read_to_string()?;
            Ok(Reply { status: response.status().as_u16(), headers: response.headers().clone(), body })
        };
        send().with_context(|| format!("{method} {path}"))
    }
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What the API was sent, if the call came so far.
    pub(super) fn seen(&self) -> Result<Option<Seen>> {
        if self.header("X-Upstream").is_none() {
            return Ok(None);
        }
        serde_json::from_str(&self.body).map(Some).with_context(|| format!("reading {}", self.body))
    }

    /// Status and code, as one reads them.
    pub(super) fn told(&self) -> String {
        format!("{} {}", self.status, self.header("Chancery-Code").unwrap_or("without a code"))
    }
}

impl Seen {
    /// Every value of a header, whose name some servers read alike with `_` for `-`.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let alike = |known: &str| known.replace('_', "-").eq_ignore_ascii_case(name);
        self.headers.iter().filter(|(known, _)| alike(known)).map(|(_, value)| value.as_str()).collect()
    }
}

pub(super) fn agent() -> Agent {
    let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
    Agent::new_with_config(config)
}
