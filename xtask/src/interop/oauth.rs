//! OAuth clients as they are on PyPI and npm, at the token endpoint and at an API behind the gate.
//!
//! Each is a small program beside `xtask/interop/oauth/told.py` that does every step a client can do and tells what it
//! saw. A step that its client has nothing for is told as well, so that none is left out in silence.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::packages::{self, NodePackages, PythonPackages};
use super::process::{Started, free_address};
use super::stage::{ALLOWED, APP_KEY_HEADER, BEYOND, Credentials, ENVIRONMENT, FOREIGN_SCOPE, SCOPES};
use crate::postgres_version::PgArg;
use crate::project::build_chancery;
use crate::step::say;
use crate::up::Private;

const REQUIREMENTS: &str = include_str!("../../interop/oauth/requirements.txt");
const PACKAGE: &str = include_str!("../../interop/oauth/package.json");
const LOCK: &str = include_str!("../../interop/oauth/package-lock.json");

/// What the programs share, and the API that they call. All lie in one folder: so they find each other, and node finds
/// its packages.
const SHARED: [(&str, &str); 3] = [
    ("api.py", include_str!("../../interop/oauth/api.py")),
    ("told.py", include_str!("../../interop/oauth/told.py")),
    ("told.mjs", include_str!("../../interop/oauth/told.mjs")),
];

/// A client as its registry calls it, and its program.
struct Client {
    name: &'static str,
    language: Language,
    file: &'static str,
    source: &'static str,
}

enum Language {
    Python,
    Node,
}

const CLIENTS: [Client; 4] = [
    Client {
        name: "authlib",
        language: Language::Python,
        file: "authlib_session.py",
        source: include_str!("../../interop/oauth/authlib_session.py"),
    },
    Client {
        name: "requests-oauthlib",
        language: Language::Python,
        file: "requests_oauthlib_session.py",
        source: include_str!("../../interop/oauth/requests_oauthlib_session.py"),
    },
    Client {
        name: "openid-client",
        language: Language::Node,
        file: "openid-client.mjs",
        source: include_str!("../../interop/oauth/openid-client.mjs"),
    },
    Client {
        name: "simple-oauth2",
        language: Language::Node,
        file: "simple-oauth2.mjs",
        source: include_str!("../../interop/oauth/simple-oauth2.mjs"),
    },
];

/// What each program tells about, once.
const STEPS: [&str; 11] = [
    "discovery",
    "client_secret_post",
    "client_secret_basic",
    "narrowed",
    "verification",
    "call",
    "introspection",
    "revocation",
    "invalid_client",
    "invalid_scope",
    "unsupported_grant_type",
];

pub(super) fn check(pg: &PgArg) -> Result<()> {
    let folder = packages::folder("oauth")?;
    let python = PythonPackages::install(&folder, REQUIREMENTS)?;
    let node = NodePackages::install(&folder, PACKAGE, LOCK)?;
    let programs = CLIENTS.iter().map(|client| (client.file, client.source));
    for (name, source) in SHARED.into_iter().chain(programs) {
        fs::write(node.folder().join(name), source).with_context(|| format!("writing {name}"))?;
    }
    let binary = build_chancery()?;
    let mut product = Private::start(&binary, pg, folder.join("chancery.log"))?;
    let credentials = Credentials::new(&product)?;
    let address = free_address()?;
    let mut api = api(&python, node.folder(), &product, address)?;
    api.wait_for(address)?;
    let stage = stage(&product, &credentials, address).to_string();

    let mut failed = Vec::new();
    for Client { name, language, file, .. } in CLIENTS {
        product.check()?;
        let mut command = match language {
            Language::Python => python.python(),
            Language::Node => Command::new("node"),
        };
        command.arg(node.folder().join(file));
        if let Err(error) = run(name, &mut command, &stage) {
            say("failed", &format!("{name}: {error:#}"));
            failed.push(name);
        }
    }
    ensure!(failed.is_empty(), "{} failed", failed.join(", "));
    Ok(())
}

/// An API that asks the door about every call.
fn api(python: &PythonPackages, folder: &Path, product: &Private, address: SocketAddr) -> Result<Started> {
    let gateway = product.credentials()["tokens"]["gateway"].as_str();
    let given = json!({
        "port": address.port(),
        "url": format!("{}/v1/authorize", product.gateway_url()),
        "token": gateway.context("the demo's credentials have no gateway's token")?,
        "environment": ENVIRONMENT,
        "app_key_header": APP_KEY_HEADER,
    });
    let mut command = python.python();
    command.arg(folder.join("api.py"));
    Started::new("api", &command, &given.to_string(), folder)
}

/// What every program is given.
fn stage(product: &Private, credentials: &Credentials, api: SocketAddr) -> Value {
    json!({
        "issuer": product.base_url(),
        "audience": product.base_url(),
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        // Much of it must be escaped in a form, and in Basic again.
        "wrong_secret": "cs1.a b+c%d&e=f:g/h?i\"j",
        "app_key_header": APP_KEY_HEADER,
        "app_key": credentials.app_key,
        "api": format!("http://{api}"),
        "allowed": ALLOWED,
        "beyond": BEYOND,
        "scopes": SCOPES,
        "foreign_scope": FOREIGN_SCOPE,
    })
}

fn run(client: &str, command: &mut Command, stage: &str) -> Result<()> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = command.spawn().with_context(|| format!("starting {command:?}"))?;
    if let Some(mut stdin) = program.stdin.take() {
        // A program that does not read it fails, and says why.
        let _ = stdin.write_all(stage.as_bytes());
    }
    let output = program.wait_with_output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    let mut missing = STEPS.to_vec();
    for line in told.lines() {
        let Some((verb, step, what)) = told_step(line) else { bail!("it tells what is no step: {line}") };
        missing.retain(|missing| *missing != step);
        say(if verb == "saw" { "ok" } else { "without" }, &format!("{client}: {step}: {what}"));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "it ended with {}:\n{said}", output.status);
    ensure!(missing.is_empty(), "it tells nothing of {}", missing.join(", "));
    Ok(())
}

/// `saw STEP: WHAT` or `lacks STEP: WHY`.
fn told_step(line: &str) -> Option<(&str, &str, &str)> {
    let (verb, rest) = line.split_once(' ')?;
    let (step, what) = rest.split_once(": ")?;
    (["saw", "lacks"].contains(&verb) && STEPS.contains(&step)).then_some((verb, step, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_a_step() {
        assert_eq!(told_step("saw call: 200: fine"), Some(("saw", "call", "200: fine")));
        assert_eq!(told_step("lacks discovery: none"), Some(("lacks", "discovery", "none")));
        for line in
            ["", "saw", "saw call", "saw nothing: a", "did call: a", "Traceback (most recent call last):"]
        {
            assert_eq!(told_step(line), None, "{line}");
        }
    }
}
