//! What must hold at every gateway.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use ureq::Agent;

use super::super::stage::{ALLOWED, APP_KEY_HEADER, BEYOND, TENANT};
use super::call::{Call, Reply, Seen};
use super::proxy::{INTEGRATION, PRODUCTION, Proxy};

/// What the API is told of the caller.
const IDENTITY: [&str; 6] = [
    "Chancery-Decision",
    "Chancery-App",
    "Chancery-Tenant",
    "Chancery-Client",
    "Chancery-Scopes",
    "Chancery-Operation",
];
/// Between the gateway and the door, and nobody else's business.
const GATEWAY_TOKEN: &str = "Chancery-Gateway-Token";
/// Of the gateway, if it sends them to the API at all.
const FORWARDED: [&str; 3] = ["X-Forwarded-Method", "X-Forwarded-Host", "X-Forwarded-Uri"];
const MADE_UP: &str = "made-up";
/// From the answer to a revocation on.
const AT_ONCE: Duration = Duration::from_secs(1);

/// One gateway, and an app that calls through it.
#[derive(Debug)]
pub(super) struct Trial<'a> {
    pub(super) agent: &'a Agent,
    pub(super) proxy: Proxy,
    pub(super) url: &'a str,
    pub(super) app_key: &'a str,
    pub(super) client_id: &'a str,
    pub(super) token: &'a str,
}

/// What a refused call gets: one of these statuses, and the code where the gateway passes it on.
type Refusal = (&'static [u16], Option<&'static str>);

impl Trial<'_> {
    /// Everything, but for what happens when the door is not well.
    pub(super) fn run(&self) -> Result<usize> {
        self.passes(
            "a call within the scopes, with its query",
            &self.call().to(&format!("{ALLOWED}?page=2&q=a%20b")),
        )?;
        self.nothing_made_up_is_believed()?;
        let refused = self.refusals();
        for (what, call, refusal) in &refused {
            self.refused(what, call, *refusal)?;
        }
        let challenge = self.send("no token", &self.call().without("Authorization"))?;
        let challenge = challenge.header("WWW-Authenticate").unwrap_or_default().to_lowercase();
        ensure!(challenge.starts_with("bearer"), "without a token the challenge is {challenge:?}");
        self.limit()?;
        Ok(refused.len() + 9)
    }

    /// The same call once its token is revoked.
    pub(super) fn stops(&self) -> Result<()> {
        let since = Instant::now();
        let cut_off: Refusal = (&[401], Some("token_cut_off"));
        while self.refused("a revoked token", &self.call(), cut_off).is_err() {
            ensure!(since.elapsed() < AT_ONCE, "a revoked token still passes after {AT_ONCE:?}");
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Waits until calls are refused because the gate does not know enough.
    pub(super) fn turns_stale(&self, patience: Duration) -> Result<String> {
        let since = Instant::now();
        // Envoy makes an answer of its own of every 5xx.
        let code = (!matches!(self.proxy, Proxy::Envoy)).then_some("gate_stale");
        loop {
            match self.refused("a call while the gate is stale", &self.call(), (&[503], code)) {
                Ok(told) => return Ok(told),
                Err(error) if since.elapsed() > patience => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(200)),
            }
        }
    }

    /// Nothing passes where nobody answers at the door.
    pub(super) fn fails_closed(&self) -> Result<String> {
        self.refused("a call while nobody is at the door", &self.call(), (&[500, 502, 503], None))
    }

    fn nothing_made_up_is_believed(&self) -> Result<()> {
        let mut made_up = self.call();
        for name in IDENTITY.into_iter().chain(FORWARDED).chain([GATEWAY_TOKEN]) {
            made_up = made_up.with(name, MADE_UP);
        }
        self.passes("a call whose caller made up who it is", &made_up)?;
        let underscored = self.call().with("Chancery_App", MADE_UP).with("Chancery_Tenant", MADE_UP);
        let reply = self.send("headers that some servers read alike", &underscored)?;
        if reply.status != 400 {
            self.came_through("headers that some servers read alike", &reply)?;
        }
        Ok(())
    }

    fn refusals(&self) -> Vec<(&'static str, Call, Refusal)> {
        const UNAUTHORIZED: &[u16] = &[401];
        const FORBIDDEN: &[u16] = &[403];
        /// Some gateways refuse by themselves what is unclear.
        const UNCLEAR: &[u16] = &[400, 401, 403];
        let call = || self.call();
        let other = ALLOWED.replace("1001", "1002");
        vec![
            ("no token", call().without("Authorization"), (UNAUTHORIZED, Some("token_missing"))),
            ("no app key", call().without(APP_KEY_HEADER), (UNAUTHORIZED, Some("app_key_missing"))),
            (
                "another token",
                call().without("Authorization").with("Authorization", "Bearer a.b.c"),
                (UNAUTHORIZED, Some("token_invalid")),
            ),
            ("a second token", call().with("Authorization", "Bearer a.b.c"), (UNCLEAR, None)),
            ("a second app key", call().with(APP_KEY_HEADER, "ak1.other"), (UNCLEAR, None)),
            (
                "a token in the query",
                call().to(&format!("{ALLOWED}?access_token=a.b.c")),
                (UNAUTHORIZED, Some("token_invalid")),
            ),
            ("a scope that was not granted", call().to(BEYOND), (FORBIDDEN, Some("scope_missing"))),
            (
                "another path in X-Forwarded-Uri",
                call().to(BEYOND).with("X-Forwarded-Uri", ALLOWED),
                (FORBIDDEN, Some("scope_missing")),
            ),
            (
                "another method in X-Forwarded-Method",
                call().post().with("X-Forwarded-Method", "GET"),
                (FORBIDDEN, Some("scope_missing")),
            ),
            ("the other environment", call().at(INTEGRATION), (FORBIDDEN, Some("environment_mismatch"))),
            (
                "another host in X-Forwarded-Host",
                call().at(INTEGRATION).with("X-Forwarded-Host", PRODUCTION),
                (FORBIDDEN, Some("environment_mismatch")),
            ),
            ("another tenant", call().to(&other), (FORBIDDEN, Some("tenant_mismatch"))),
            (
                "an unknown operation",
                call().to("/crm/v2/tenant/1001/nothing"),
                (FORBIDDEN, Some("operation_unknown")),
            ),
            ("an encoded slash", call().to(&ALLOWED.replace("1001/", "1001%2f")), (UNCLEAR, None)),
            (
                "dots to another tenant",
                call().to(&ALLOWED.replace("1001/", "1001/../1002/")),
                (UNCLEAR, None),
            ),
            (
                "encoded dots to another tenant",
                call().to(&ALLOWED.replace("1001/", "1001/%2e%2e/1002/")),
                (UNCLEAR, None),
            ),
        ]
    }

    /// Five calls of a report in a minute (rule 29), and not one more. Each gateway has a report of its own.
    fn limit(&self) -> Result<()> {
        let report =
            format!("/reporting/v2/tenant/{TENANT}/report-category/a/reports/{}/data", self.proxy.name());
        let call = self.call().to(&report).post();
        for _ in 0..5 {
            self.passes("a report", &call)?;
        }
        self.refused("a sixth report in a minute", &call, (&[429], Some("report_limited")))?;
        let reply = self.send("a seventh report in a minute", &call)?;
        let retry_after = reply.header("Retry-After").and_then(|seconds| seconds.parse::<u32>().ok());
        ensure!(
            retry_after.is_some_and(|seconds| (1..=60).contains(&seconds)),
            "Retry-After is {retry_after:?}"
        );
        ensure!(
            reply.header("RateLimit-Limit") == Some("5"),
            "RateLimit-Limit is {:?}",
            reply.header("RateLimit-Limit")
        );
        Ok(())
    }

    /// A call that is good.
    fn call(&self) -> Call {
        Call::get(PRODUCTION, ALLOWED)
            .with("Authorization", &format!("Bearer {}", self.token))
            .with(APP_KEY_HEADER, self.app_key)
    }

    fn send(&self, what: &str, call: &Call) -> Result<Reply> {
        call.send(self.agent, self.url).with_context(|| format!("{what} got no answer"))
    }

    fn passes(&self, what: &str, call: &Call) -> Result<()> {
        let seen = self.came_through(what, &self.send(what, call)?)?;
        let (method, path) = call.line();
        ensure!(
            (&*seen.method, &*seen.path) == (method, path),
            "{what}: {method} {path} came through as {} {}",
            seen.method,
            seen.path
        );
        Ok(())
    }

    /// The API was told who calls, each once and truly, and nothing of what is not its business.
    fn came_through(&self, what: &str, reply: &Reply) -> Result<Seen> {
        let seen = reply.seen()?.with_context(|| format!("{what} should pass: {}", reply.told()))?;
        for name in IDENTITY {
            let told = seen.all(name);
            let [told] = told[..] else { bail!("{what}: the API is told {name} as {told:?}") };
            ensure!(told != MADE_UP, "{what}: the API is told what the caller made up as {name}");
        }
        ensure!(
            seen.all("Chancery-Tenant") == [TENANT.to_string()],
            "{what}: the API is told another tenant"
        );
        ensure!(seen.all("Chancery-Client") == [self.client_id], "{what}: the API is told another client");
        for name in FORWARDED {
            let told = seen.all(name);
            ensure!(!told.contains(&MADE_UP), "{what}: the API is sent a {name} that the caller made up");
        }
        ensure!(seen.all(GATEWAY_TOKEN).is_empty(), "{what}: the API is sent the gateway's token");
        Ok(seen)
    }

    fn refused(&self, what: &str, call: &Call, (statuses, code): Refusal) -> Result<String> {
        let reply = self.send(what, call)?;
        ensure!(reply.seen()?.is_none(), "{what} passes");
        let told = reply.told();
        ensure!(statuses.contains(&reply.status), "{what} should be refused with {statuses:?}: {told}");
        if let Some(code) = code {
            ensure!(
                reply.header("Chancery-Code") == Some(code),
                "{what} should be refused as {code}: {told}"
            );
        }
        Ok(told)
    }
}
