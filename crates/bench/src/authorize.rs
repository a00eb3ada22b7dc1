//! Decisions a second through the doors of the real server, beside the leanest server that knows a token by its hash.
//! Both on one core, the load on the other. What verifying each token anew would leave stands below.
//!
//! It is one client's call again and again, without a limit, as outside harnesses ask it.

use std::sync::Arc;

use anyhow::ensure;
use serde_json::json;

use crate::{
    Arguments, client, load,
    measure::{Run, Window},
    report::{Case, Report},
    servers::{self, Server},
    signer::Algorithm,
    token::{self, CONNECTIONS, Credentials},
    wire_load,
};

/// What the real server signs with where nobody says otherwise.
const ALGORITHM: Algorithm = Algorithm::Es256;

#[derive(Debug, Clone, Copy)]
enum Door {
    Forward,
    Authorize,
    Introspect,
}

pub async fn bench(arguments: &Arguments, window: Window) -> anyhow::Result<Report> {
    let doors = [
        ("GET /forward-auth", Door::Forward, "/authorize-cached", "hyper, a token known by its hash"),
        ("POST /v1/authorize", Door::Authorize, "/authorize-cached", "hyper, a token known by its hash"),
        ("POST /connect/introspect", Door::Introspect, "/introspect", "hyper, verifying each time"),
    ];
    let mut report = Report::new("authorize", arguments.runs * (doors.len() * 2 + 1));
    for (name, door, limit, limited_by) in doors {
        let mut case = Case::new(format!("{name}, {CONNECTIONS} connections"), limited_by);
        if !case.is(&arguments.only) {
            continue;
        }
        for _ in 0..arguments.runs {
            case.limits.push(lean(limit, window).await?);
            report.step();
            case.runs.push(product(arguments, door, window).await?);
            report.step();
        }
        report.cases.push(case);
    }
    let mut verifying = Case::new("limit: verifying each time".into(), "");
    if verifying.is(&arguments.only) {
        for _ in 0..arguments.runs {
            verifying.runs.push(lean("/authorize", window).await?);
            report.step();
        }
        report.cases.push(verifying);
    }
    Ok(report)
}

/// The leanest server, asked at this path.
async fn lean(path: &str, window: Window) -> anyhow::Result<Run> {
    let server = Server::lean(ALGORITHM).await?;
    let token = token::token(&server, &token::request("/token", Credentials::Basic)).await?;
    let request = if path == "/introspect" {
        introspection(path, &token)
    } else {
        wire_load::request("GET", path, &[("authorization", &format!("Bearer {token}"))], "")
    };
    wire_load::drive(&server.address, request, CONNECTIONS, window).await
}

async fn product(arguments: &Arguments, door: Door, window: Window) -> anyhow::Result<Run> {
    let database = load::database(&arguments.database_url, "bench_authorize").await?;
    client::import(&database).await?;
    let gateway = servers::api_token(&database, "gateway")?;
    let server = Server::gate(&database, ALGORITHM).await?;
    let token = token::token(&server, &token::request("/connect/token", Credentials::Basic)).await?;
    ensure!(!token.is_empty(), "no token");
    let (address, request) = match door {
        Door::Forward => (&server.doors, forwarded(&gateway, &token)),
        Door::Authorize => (&server.doors, question(&gateway, &token)),
        Door::Introspect => (&server.address, introspection("/connect/introspect", &token)),
    };
    wire_load::drive(address, request, CONNECTIONS, window).await
}

/// As Traefik and Caddy ask, and nginx when it is told to.
fn forwarded(gateway: &str, token: &str) -> Arc<[u8]> {
    let headers = [
        ("chancery-gateway-token", gateway),
        ("x-forwarded-method", "GET"),
        ("x-forwarded-host", "api.bench.example"),
        ("x-forwarded-uri", client::PATH),
        ("st-app-key", client::APP_KEY),
        ("authorization", &format!("Bearer {token}")),
    ];
    wire_load::request("GET", "/forward-auth", &headers, "")
}

fn question(gateway: &str, token: &str) -> Arc<[u8]> {
    let body = json!({
        "method": "GET", "path": client::PATH, "environment": client::ENVIRONMENT,
        "app_key": client::APP_KEY, "authorization": format!("Bearer {token}"),
    });
    let headers = [("authorization", &*format!("Bearer {gateway}")), ("content-type", "application/json")];
    wire_load::request("POST", "/v1/authorize", &headers, &body.to_string())
}

fn introspection(path: &str, token: &str) -> Arc<[u8]> {
    let basic = token::basic();
    let headers = [("authorization", &*basic), ("content-type", "application/x-www-form-urlencoded")];
    wire_load::request("POST", path, &headers, &format!("token={token}"))
}
