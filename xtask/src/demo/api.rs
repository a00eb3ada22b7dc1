//! A client of the public API, as small as one can be that never does a thing twice.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use ureq::http::{Request, Response, StatusCode};
use ureq::{Agent, Body};

/// How long one call may take, with everything that is tried again.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Api {
    agent: Agent,
    base_url: String,
    /// Who sends: two with one name would repeat each other's commands.
    name: &'static str,
    /// Commands sent so far: each has its number as its `Idempotency-Key`.
    commands: u32,
    /// Of the last command. Every read waits for it.
    position: String,
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) value: Value,
    position: String,
}

impl Answer {
    /// A field that is a string.
    pub(super) fn text(&self, field: &str) -> Result<String> {
        let text = self.value[field].as_str();
        text.map(str::to_owned).with_context(|| format!("the answer has no {field}: {}", self.value))
    }
}

impl Api {
    pub(crate) fn new(base_url: &str, name: &'static str) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            // What went wrong stands in the body.
            .http_status_as_error(false)
            .build();
        let agent = Agent::new_with_config(config);
        Self { agent, base_url: base_url.to_owned(), name, commands: 0, position: "0".to_owned() }
    }

    /// Of the last command.
    pub(crate) fn position(&self) -> &str {
        &self.position
    }

    pub(crate) fn post(&mut self, path: &str, token: &str, body: &Value) -> Result<Answer> {
        self.command("POST", path, Some(token), body)
    }

    pub(crate) fn put(&mut self, path: &str, token: &str, body: &Value) -> Result<Answer> {
        self.command("PUT", path, Some(token), body)
    }

    pub(super) fn patch(&mut self, path: &str, token: &str, body: &Value) -> Result<Answer> {
        self.command("PATCH", path, Some(token), body)
    }

    pub(super) fn delete(&mut self, path: &str, token: &str) -> Result<Answer> {
        self.command("DELETE", path, Some(token), &json!({}))
    }

    /// Posts as somebody who has no token.
    pub(super) fn ask(&mut self, path: &str, body: &Value) -> Result<Answer> {
        self.command("POST", path, None, body)
    }

    /// Posts what must be refused for the reason that `code` names.
    pub(super) fn refused(&mut self, path: &str, token: &str, body: &Value, code: &str) -> Result<()> {
        let key = self.next_key();
        let what = || format!("POST {path}");
        let refusal = self.call("POST", path, Some(token), ("Idempotency-Key", &key), &body.to_string())?;
        let status = refusal.status();
        let problem: Value = serde_json::from_str(&text(refusal)?).with_context(what)?;
        ensure!(problem["code"] == code, "POST {path} should be refused as {code}: {status}: {problem}");
        Ok(())
    }

    /// Reads what reflects every command sent so far.
    pub(crate) fn get(&self, path: &str, token: &str) -> Result<Answer> {
        let read = self.call("GET", path, Some(token), ("Chancery-Min-Position", &self.position), "")?;
        answer(read).with_context(|| format!("GET {path}"))
    }

    fn command(&mut self, method: &str, path: &str, token: Option<&str>, body: &Value) -> Result<Answer> {
        let key = self.next_key();
        let done = self.call(method, path, token, ("Idempotency-Key", &key), &body.to_string())?;
        let answer = answer(done).with_context(|| format!("{method} {path}"))?;
        self.position.clone_from(&answer.position);
        Ok(answer)
    }

    fn next_key(&mut self) -> String {
        self.commands += 1;
        format!("{}-{}", self.name, self.commands)
    }

    /// Sends until there is an answer. The key makes that safe where only the answer was lost.
    fn call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        header: (&str, &str),
        body: &str,
    ) -> Result<Response<Body>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut request = Request::builder()
                .method(method)
                .uri(format!("{}{path}", self.base_url))
                .header("Content-Type", "application/json")
                .header(header.0, header.1);
            if let Some(token) = token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            let again = match self.agent.run(request.body(body)?) {
                Ok(response) if response.status() != StatusCode::SERVICE_UNAVAILABLE => return Ok(response),
                Ok(response) => answer(response).err(),
                Err(error) => Some(error.into()),
            };
            if Instant::now() > deadline {
                return Err(again.unwrap_or_else(|| anyhow::anyhow!("no answer")))
                    .with_context(|| format!("{method} {path}"));
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
}

fn text(mut response: Response<Body>) -> Result<String> {
    response.body_mut().read_to_string().context("reading the answer")
}

fn answer(response: Response<Body>) -> Result<Answer> {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = text(response)?;
    if !status.is_success() {
        bail!("{status}: {text}");
    }
    let position = headers.get("Chancery-Position").and_then(|value| value.to_str().ok());
    let position = position.context("the answer has no Chancery-Position")?.to_owned();
    let value = serde_json::from_str(&text).with_context(|| format!("reading the answer {text}"))?;
    Ok(Answer { value, position })
}
