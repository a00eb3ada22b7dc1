//! A gateway in front of the platform's API: gets a client its token, asks the gate about each call, and tells
//! afterwards how those went that passed.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use ureq::Agent;
use uuid::Uuid;

/// An app's connection, as the app's own programs know it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) app_id: String,
    pub(super) app_key: String,
    pub(super) tenant_id: u64,
    pub(super) id: String,
    pub(super) secret: String,
}

/// What a gateway knows of a call that it let through.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finished {
    operation: String,
    method: String,
    app_id: String,
    tenant_id: u64,
    client_id: String,
    status_class: &'static str,
}

#[derive(Debug)]
pub(super) struct Gateway<'a> {
    agent: Agent,
    base_url: &'a str,
    /// The doors to the gate.
    doors_url: &'a str,
    /// The gateway's own.
    token: &'a str,
    since: Timestamp,
    /// How long calls took that passed.
    finished: BTreeMap<Finished, Vec<Duration>>,
    answered: u64,
}

impl<'a> Gateway<'a> {
    pub(super) fn new(base_url: &'a str, doors_url: &'a str, token: &'a str) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            // A refusal is an answer.
            .http_status_as_error(false)
            .build();
        Self {
            agent: Agent::new_with_config(config),
            base_url,
            doors_url,
            token,
            since: Timestamp::now(),
            finished: BTreeMap::new(),
            answered: 0,
        }
    }

    /// An access token, as any client gets it.
    pub(super) fn token(&self, client: &Client) -> Result<String> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &client.id),
            ("client_secret", &client.secret),
        ];
        let mut answer = self.agent.post(format!("{}/connect/token", self.base_url)).send_form(form)?;
        let status = answer.status();
        let body: Value = answer.body_mut().read_json()?;
        let token = body["access_token"].as_str();
        token
            .map(str::to_owned)
            .with_context(|| format!("the token endpoint answers {status}: {}", body["error"]))
    }

    /// Lets a call through or not: `allowed`, or the code of the refusal.
    pub(super) fn call(
        &mut self,
        client: &Client,
        method: &str,
        path: &str,
        token: Option<&str>,
    ) -> Result<String> {
        let call = json!({
            "method": method,
            "path": path,
            "environment": "production",
            "app_key": client.app_key,
            "authorization": token.map(|token| format!("Bearer {token}")),
        });
        let (status, decision) = self.post("/v1/authorize", &call)?;
        if decision["allow"] == true {
            let operation = decision["operation"].as_str().unwrap_or_default();
            self.answer(client, method, operation);
            return Ok("allowed".to_owned());
        }
        let code = decision["code"].as_str().map(str::to_owned);
        code.with_context(|| format!("the gate answers {status} without a code: {decision}"))
    }

    /// The API behind the gateway is made up: now and then it is slow, or fails.
    fn answer(&mut self, client: &Client, method: &str, operation: &str) {
        self.answered += 1;
        let (status_class, milliseconds) = match self.answered {
            n if n % 97 == 0 => ("5xx", 1_200),
            n if n % 41 == 0 => ("4xx", 7),
            n => ("2xx", 9 + n * 37 % 83),
        };
        let finished = Finished {
            operation: operation.to_owned(),
            method: method.to_owned(),
            app_id: client.app_id.clone(),
            tenant_id: client.tenant_id,
            client_id: client.id.clone(),
            status_class,
        };
        self.finished.entry(finished).or_default().push(Duration::from_millis(milliseconds));
    }

    /// Tells how the calls went that passed: one batch of a source that ends with it.
    pub(super) fn report(&self) -> Result<()> {
        let items: Vec<Value> = self
            .finished
            .iter()
            .map(|(call, latencies)| {
                json!({
                    "dimensions": {
                        "app_id": call.app_id, "tenant_id": call.tenant_id, "client_id": call.client_id,
                        "environment": "production", "operation": call.operation, "method": call.method,
                        "outcome": "allowed",
                    },
                    "calls": latencies.len(),
                    "status_class": call.status_class,
                    "latency_sketch": sketch(latencies),
                    "bytes_out": 2_048 * latencies.len(),
                })
            })
            .collect();
        let now = Timestamp::now();
        let batch = json!({
            "source": Uuid::now_v7(),
            "sequence": 1,
            // A batch holds at most a minute.
            "from": self.since.max(now - SignedDuration::from_secs(60)),
            "to": now,
            "last": true,
            "items": items,
        });
        let (status, answer) = self.post("/v1/usage", &batch)?;
        ensure!(status == 202, "POST /v1/usage answers {status}: {answer}");
        Ok(())
    }

    fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let request = self.agent.post(format!("{}{path}", self.doors_url));
        let mut answer = request.header("Authorization", format!("Bearer {}", self.token)).send_json(body)?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().read_json().with_context(|| format!("POST {path} answers {status}"))?;
        Ok((status, body))
    }
}

/// Counts by bucket, as the description of `POST /v1/usage` says.
fn sketch(latencies: &[Duration]) -> BTreeMap<String, u64> {
    let mut buckets = BTreeMap::new();
    for latency in latencies {
        let bucket = (latency.as_secs_f64() * 1e6).ln() / (1.01_f64 / 0.99).ln();
        *buckets.entry(format!("{:.0}", bucket.ceil())).or_default() += 1;
    }
    buckets
}
