//! The doors: each takes a case's call in its own form.

use std::time::Instant;

use chancery_gate::{
    Gate, Moment, Settings,
    door::DoorRequest,
    verify::{Issuer, Opened, TrustedKey, TrustedKeys, Verifier},
};
use chancery_journal::Journal;
use chancery_wire::Position;
use jiff::Timestamp;
use serde_json::json;

use super::{
    raw::{Answer, Head},
    story::{AUDIENCE, ISSUER, Story},
    table::Case,
};
use crate::{
    call::{Call, Reply},
    process::Server,
};

/// Who decides.
pub(crate) trait Door {
    fn name(&self) -> &'static str;

    /// The code and the status; `None` where the door cannot be asked that.
    fn decide(&mut self, case: &Case) -> Option<(String, u16)>;
}

/// The environment of a case's host, for doors that are told environments.
pub(crate) fn environment(case: &Case) -> &'static str {
    match case.host.to_ascii_lowercase().split(':').next() {
        Some("api.example.com") => "production",
        Some("integration.example.com") => "integration",
        _ => "elsewhere",
    }
}

/// The gate alone, folded from the log, with the published keys.
pub(crate) struct Pure {
    gate: Gate,
    verifier: Verifier,
    since: Instant,
}

impl Pure {
    pub(crate) fn new(story: &Story) -> Self {
        Self::with(story, Self::folded(story))
    }

    fn folded(story: &Story) -> Gate {
        let mut gate = Gate::new(Settings::default());
        let url = story.world.url();
        story.world.block_on(async {
            let journal = Journal::open(&url, 1).unwrap();
            for event in journal.read(Position::START, 10_000).await.unwrap() {
                gate.apply(&event).unwrap();
            }
        });
        gate
    }

    /// A gate that came about in another way.
    pub(crate) fn with(story: &Story, gate: Gate) -> Self {
        let published = story.server.send(&Call::get("/.well-known/jwks.json")).expect(200).text;
        let keys = TrustedKeys::default();
        keys.replace(TrustedKey::read_set(published.as_bytes(), None).unwrap());
        let issuer = Issuer { url: ISSUER.to_owned(), audience: AUDIENCE.to_owned() };
        Self { gate, verifier: Verifier::new(&issuer, keys), since: Instant::now() }
    }
}

impl Door for Pure {
    fn name(&self) -> &'static str {
        "the gate itself"
    }

    fn decide(&mut self, case: &Case) -> Option<(String, u16)> {
        let unix = Timestamp::now().as_second();
        let request = DoorRequest {
            method: case.method,
            path: &case.path,
            environment: Some(environment(case)),
            app_key: case.app_key.as_deref().into(),
            authorization: case.authorization.as_deref().into(),
        };
        let question = request.question();
        let verified = question.token().and_then(|token| self.verifier.open(token, unix).ok());
        let verified = verified.map(|opened| match opened {
            Opened::Known(verified) => verified,
            Opened::New(authentic) => self.verifier.settle(authentic, &self.gate),
        });
        let call = question.call(verified.as_deref());
        let decision = self.gate.check(&call, Moment { unix, monotonic: self.since.elapsed() });
        Some(decision.map_or_else(
            |denial| (denial.code().to_owned(), denial.status()),
            |_| ("allowed".to_owned(), 200),
        ))
    }
}

/// `POST /v1/authorize`.
pub(crate) struct Authorize<'a> {
    pub(crate) story: &'a Story,
    pub(crate) server: Server,
}

impl Authorize<'_> {
    pub(crate) fn ask(&self, case: &Case) -> Reply {
        let body = json!({"method": case.method, "path": case.path, "environment": environment(case),
                          "app_key": case.app_key, "authorization": case.authorization, "source_ip": "192.0.2.7"});
        self.server.ask(&Call::post("/v1/authorize", &body).by(&self.story.gateway))
    }
}

impl Door for Authorize<'_> {
    fn name(&self) -> &'static str {
        "POST /v1/authorize"
    }

    fn decide(&mut self, case: &Case) -> Option<(String, u16)> {
        let reply = self.ask(case);
        let told = reply.json();
        assert_eq!(told["allow"], reply.status == 200, "{}: {told}", case.name);
        assert!(told["decision_id"].is_string() && told["gate_position"].is_u64(), "{}: {told}", case.name);
        let code = if reply.status == 200 { "allowed" } else { told["code"].as_str().unwrap() };
        Some((code.to_owned(), reply.status))
    }
}

/// `/forward-auth`, by headers.
pub(crate) struct Forward<'a> {
    pub(crate) story: &'a Story,
    pub(crate) server: Server,
    pub(crate) strict: bool,
}

impl Forward<'_> {
    /// What a gateway sends about the case.
    pub(super) fn head(&self, case: &Case) -> Head {
        let target = if self.strict { "/forward-auth?status=strict" } else { "/forward-auth" };
        let head = Head::new("GET", target)
            .header("Chancery-Gateway-Token", &*self.story.gateway.token)
            .header("X-Forwarded-Method", case.method)
            .header("X-Forwarded-Host", case.host)
            .header("X-Forwarded-Uri", &*case.path);
        with_credentials(head, case)
    }

    pub(super) fn send(&self, head: &Head) -> Answer {
        head.send(&self.server.doors_url)
    }
}

impl Door for Forward<'_> {
    fn name(&self) -> &'static str {
        if self.strict { "/forward-auth?status=strict" } else { "/forward-auth" }
    }

    fn decide(&mut self, case: &Case) -> Option<(String, u16)> {
        let answer = self.send(&self.head(case));
        let code = answer.code();
        assert!(answer.header("Chancery-Decision").is_some(), "{}", case.name);
        assert_eq!(
            answer.header("Chancery-Code"),
            Some(&*code).filter(|code| *code != "allowed"),
            "{}",
            case.name
        );
        let instead: Option<u16> = answer.header("Chancery-Status").map(|status| status.parse().unwrap());
        assert_eq!(
            instead.is_some(),
            self.strict && matches!(answer.json_status(), 429 | 503),
            "{}",
            case.name
        );
        assert!(instead.is_none() || answer.status == 403, "{}", case.name);
        Some((code, instead.unwrap_or(answer.status)))
    }
}

/// `/forward-auth/…`, by the request itself.
pub(crate) struct Prefixed<'a> {
    pub(crate) story: &'a Story,
    pub(crate) server: Server,
}

impl Prefixed<'_> {
    pub(super) fn head(&self, case: &Case) -> Head {
        let head = Head::new(case.method, &format!("/forward-auth{}", case.path))
            .header("Host", case.host)
            .header("Chancery-Gateway-Token", &*self.story.gateway.token);
        with_credentials(head, case)
    }
}

impl Door for Prefixed<'_> {
    fn name(&self) -> &'static str {
        "/forward-auth/…"
    }

    fn decide(&mut self, case: &Case) -> Option<(String, u16)> {
        // No request line says that.
        if !case.path.starts_with('/') || case.path.contains('#') {
            return None;
        }
        let answer = self.head(case).send(&self.server.doors_url);
        Some((answer.code(), answer.status))
    }
}

fn with_credentials(mut head: Head, case: &Case) -> Head {
    if let Some(key) = &case.app_key {
        head = head.header("ST-App-Key", &**key);
    }
    if let Some(authorization) = &case.authorization {
        head = head.header("Authorization", &**authorization);
    }
    head
}
