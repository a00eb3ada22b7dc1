//! Connecting to NATS with the user that the URL names; the client library passes over it.

use anyhow::Context as _;
use async_nats::{Client, ConnectOptions, ServerAddr};

pub async fn connect(url: &str) -> anyhow::Result<Client> {
    let server: ServerAddr = url.parse().context("the NATS URL is malformed")?;
    let (user, password) = (server.username().unwrap_or_default(), server.password().unwrap_or_default());
    let options = ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned());
    options.connect(server).await.context("connecting to NATS")
}
