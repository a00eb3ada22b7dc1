//! HTTP commands a second against the real server in a process of its own: creating apps and editing scopes, with
//! `--role api` alone and with all roles. The limit beside it is the same machine's bare appends at as many
//! callers: what is left when HTTP, rules and state cost nothing.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use chancery_journal::migrate;
use serde_json::{Value, json};

use crate::{
    Arguments,
    http::Connection,
    load,
    measure::{Run, Window, closed_loop},
    report::{Case, Report},
};

const CALLERS: [usize; 2] = [1, 64];
const API: &str = "127.0.0.1:28080";
const OPS: &str = "127.0.0.1:29080";
const SCOPES: [&str; 2] = ["tn.bench.one:r", "tn.bench.two:r"];

#[derive(Debug, Clone, Copy)]
enum Operation {
    Create,
    EditScopes,
}

pub async fn bench(arguments: &Arguments, window: Window) -> anyhow::Result<Report> {
    let operations = [("create app", Operation::Create), ("edit scopes", Operation::EditScopes)];
    let mut report = Report::new("commands", arguments.runs * 2 * 2 * CALLERS.len() * operations.len());
    for (roles, name) in [(Some("api"), "api alone"), (None, "all roles")] {
        for callers in CALLERS {
            for (what, operation) in operations {
                let mut case = Case::new(
                    format!("{what}, {callers} connections, {name}"),
                    "bare coalesced INSERT … unnest",
                );
                if !case.is(&arguments.only) {
                    continue;
                }
                for _ in 0..arguments.runs {
                    let database = load::database(&arguments.database_url, "bench_commands_limit").await?;
                    case.limits.push(load::coalesced_insert(&database, callers, window).await?);
                    report.step();
                    case.runs.push(one(arguments, roles, callers, operation, window).await?);
                    report.step();
                }
                report.cases.push(case);
            }
        }
    }
    Ok(report)
}

async fn one(
    arguments: &Arguments,
    roles: Option<&str>,
    callers: usize,
    operation: Operation,
    window: Window,
) -> anyhow::Result<Run> {
    let database = load::database(&arguments.database_url, "bench_commands").await?;
    migrate(&database).await?;
    let platform = platform_token(&database)?;
    if roles.is_none() {
        // The stream still holds the last run's log.
        run_chancery(&database, &arguments.nats_url, &["relay", "reset"])?;
    }
    let server = Server::start(arguments, &database, roles)?;
    server.ready().await?;
    let developer = prepare(&platform).await?;
    let mut states = Vec::new();
    for number in 0..callers {
        let mut connection = Connection::open(API, &developer).await?;
        let app = connection.json("POST", "/v1/apps", app(number)).await?;
        let app_id = app["app_id"].as_str().context("an app id")?.to_owned();
        states.push(Caller { connection, app_id, number: 0, operation });
    }
    let run = closed_loop(window, states, async |mut caller: Caller| {
        let result = caller.step().await;
        (caller, result)
    })
    .await?;
    ensure!(run.errors == 0, "{} commands failed", run.errors);
    drop(server);
    Ok(run)
}

struct Caller {
    connection: Connection,
    app_id: String,
    number: usize,
    operation: Operation,
}

impl Caller {
    async fn step(&mut self) -> anyhow::Result<()> {
        self.number += 1;
        let (method, path, body) = match self.operation {
            Operation::Create => ("POST", "/v1/apps".to_owned(), app(self.number)),
            Operation::EditScopes => {
                let scopes = &SCOPES[..=self.number % 2];
                ("PUT", format!("/v1/apps/{}/scopes", self.app_id), json!({"scopes": scopes}))
            }
        };
        let (status, answer) = self.connection.send(method, &path, body.to_string()).await?;
        ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&answer));
        Ok(())
    }
}

fn app(number: usize) -> Value {
    json!({
        "name": format!("Bench {number}"), "organization_name": "Bench", "homepage_url": "https://bench.example.com",
        "visibility": "public", "scopes": &SCOPES[..1],
    })
}

/// A catalog, an organization and its developer's token.
async fn prepare(platform: &str) -> anyhow::Result<String> {
    let mut connection = Connection::open(API, platform).await?;
    let scope = |resource: &str| {
        json!({
            "scope": format!("tn.bench.{resource}:r"), "module": "bench", "resource": resource,
            "access": "view", "title": resource,
        })
    };
    let catalog = json!({"scopes": [scope("one"), scope("two")], "operations": []});
    connection.json("PUT", "/v1/scope-catalog", catalog).await?;
    let organization = json!({"name": "Bench", "kind": "third_party", "integration_tenant_id": 1});
    let organization = connection.json("POST", "/v1/organizations", organization).await?;
    let token = json!({
        "role": "developer", "name": "bench", "organization_id": organization["organization_id"],
    });
    let token = connection.json("POST", "/v1/tokens", token).await?;
    Ok(token["token"].as_str().context("a token")?.to_owned())
}

/// The `chancery` beside this program.
fn chancery() -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("chancery"))
}

fn platform_token(database: &str) -> anyhow::Result<String> {
    let create = ["token", "create", "--role", "platform", "--name", "bench", "--output", "json"];
    let token: Value = serde_json::from_slice(&run_chancery(database, "", &create)?)?;
    Ok(token["token"].as_str().context("a token")?.to_owned())
}

/// A command of the command line; what it printed.
fn run_chancery(database: &str, nats_url: &str, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = Command::new(chancery()?)
        .args(arguments)
        .env("DATABASE_URL", database)
        .env("NATS_URL", nats_url)
        .output()
        .context("running chancery: build it first, in release")?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// The server; killed when dropped, its data is thrown away anyway.
struct Server(Child);

impl Server {
    fn start(arguments: &Arguments, database: &str, roles: Option<&str>) -> anyhow::Result<Self> {
        let mut command = Command::new(chancery()?);
        command.arg("serve").env("DATABASE_URL", database);
        command.env("CHANCERY_LISTEN", API).env("CHANCERY_OPS_LISTEN", OPS);
        if let Some(roles) = roles {
            command.env("CHANCERY_ROLES", roles);
        } else {
            command.env("NATS_URL", &arguments.nats_url);
        }
        Ok(Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?))
    }

    /// Waits until the API lets somebody in; the views need not be there.
    async fn ready(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(15);
        while Connection::open(API, "").await.is_err() {
            ensure!(Instant::now() < deadline, "the server does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
