//! Access tokens a second from the real server, beside the leanest server that hashes a secret and signs a token with
//! the same library for each request. Both on one core, the load on the other.

use std::sync::Arc;

use anyhow::ensure;
use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    Arguments, client, load,
    measure::Window,
    report::{Case, Report},
    servers::Server,
    signer::Algorithm,
    wire_load,
};

pub const CONNECTIONS: usize = 32;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// How a client says who it is.
#[derive(Debug, Clone, Copy)]
pub enum Credentials {
    Basic,
    Form,
}

pub async fn bench(arguments: &Arguments, window: Window) -> anyhow::Result<Report> {
    let ways = [("Basic", Credentials::Basic), ("form", Credentials::Form)];
    let mut report = Report::new("token", arguments.runs * Algorithm::ALL.len() * ways.len() * 2);
    for algorithm in Algorithm::ALL {
        for (way, credentials) in ways {
            let name = format!("{}, {way}, {CONNECTIONS} connections", algorithm.name());
            let mut case = Case::new(name, "hyper and the signature");
            if !case.is(&arguments.only) {
                continue;
            }
            for _ in 0..arguments.runs {
                let lean = Server::lean(algorithm).await?;
                let request = request("/token", credentials);
                case.limits.push(wire_load::drive(&lean.address, request, CONNECTIONS, window).await?);
                drop(lean);
                report.step();
                // Its first key is of the algorithm that it was started with.
                let database = load::database(&arguments.database_url, "bench_token").await?;
                client::import(&database).await?;
                let server = Server::gate(&database, algorithm).await?;
                let request = self::request("/connect/token", credentials);
                ensure!(!token(&server, &request).await?.is_empty(), "no token");
                case.runs.push(wire_load::drive(&server.address, request, CONNECTIONS, window).await?);
                report.step();
            }
            report.cases.push(case);
        }
    }
    Ok(report)
}

/// A client's request for a token.
pub fn request(path: &str, credentials: Credentials) -> Arc<[u8]> {
    let (id, secret) = (client::ID, client::SECRET);
    match credentials {
        Credentials::Basic => {
            let basic = basic();
            let headers = [FORM, ("authorization", &*basic)];
            wire_load::request("POST", path, &headers, "grant_type=client_credentials")
        }
        Credentials::Form => {
            let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
            wire_load::request("POST", path, &[FORM], &body)
        }
    }
}

/// The client's header.
pub fn basic() -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", client::ID, client::SECRET)))
}

/// A token.
pub async fn token(server: &Server, request: &Arc<[u8]>) -> anyhow::Result<String> {
    let answer: serde_json::Value =
        serde_json::from_slice(&wire_load::once(&server.address, request).await?)?;
    Ok(answer["access_token"].as_str().unwrap_or_default().to_owned())
}
