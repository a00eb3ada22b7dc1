//! The demo, loaded through the public HTTP API.

use anyhow::Result;
use serde::Serialize;

use crate::up::Endpoints;

/// What `.dev/credentials.json` holds beside the URLs.
#[derive(Debug, Serialize)]
pub(crate) struct Credentials {
    tokens: Tokens,
}

#[derive(Debug, Serialize)]
struct Tokens {
    platform: String,
}

#[expect(clippy::unnecessary_wraps, reason = "the calls that make the demo can fail")]
pub(crate) fn load(_endpoints: &Endpoints, platform_token: &str) -> Result<Credentials> {
    Ok(Credentials { tokens: Tokens { platform: platform_token.to_owned() } })
}
