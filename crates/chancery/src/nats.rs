//! Connecting to NATS.

use anyhow::Context as _;
use async_nats::{
    Client, ConnectOptions, ServerAddr,
    jetstream::{
        Context, ErrorCode,
        context::{GetStreamError, GetStreamErrorKind},
        stream::Stream,
    },
};

/// Of the user that consumes usage: inboxes are open to all users but this one.
const PRIVATE_INBOX: &str = "_INBOX_USAGE";

/// Comma-separated servers. Credentials in the URL are taken out and given by themselves: the client library
/// passes over those that stand in a URL, and logs them.
fn options(urls: &str) -> anyhow::Result<(ConnectOptions, Vec<ServerAddr>)> {
    let servers: Vec<ServerAddr> = urls
        .split(',')
        .map(|url| url.trim().parse())
        .collect::<Result<_, _>>()
        .context("the NATS URL is malformed")?;
    let mut options = ConnectOptions::new().name("chancery");
    let first = servers.first().context("the NATS URL names no server")?;
    if let (Some(user), Some(password)) = (first.username(), first.password()) {
        options = options.user_and_password(user.to_owned(), password.to_owned());
    }
    Ok((options, servers.into_iter().map(without_credentials).collect::<anyhow::Result<_>>()?))
}

fn without_credentials(server: ServerAddr) -> anyhow::Result<ServerAddr> {
    let mut url = server.into_inner();
    // What has no place for credentials has none.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    ServerAddr::from_url(url).context("the NATS URL is malformed")
}

/// Goes on trying for ever, in the background: a server that is away stops nothing.
pub(crate) async fn connect(urls: &str) -> anyhow::Result<Client> {
    let (options, servers) = options(urls)?;
    let options = options.retry_on_initial_connect().max_reconnects(None);
    options.connect(servers).await.context("connecting to NATS failed")
}

/// As [`connect`], for whoever gets answers that nobody else may see.
pub(crate) async fn connect_privately(urls: &str) -> anyhow::Result<Client> {
    let (options, servers) = options(urls)?;
    let options = options.retry_on_initial_connect().max_reconnects(None).custom_inbox_prefix(PRIVATE_INBOX);
    options.connect(servers).await.context("connecting to NATS failed")
}

/// As [`connect_now`], for the one user that has an inbox of its own.
pub(crate) async fn connect_now_privately(urls: &str) -> anyhow::Result<Client> {
    let (options, servers) = options(urls)?;
    options.custom_inbox_prefix(PRIVATE_INBOX).connect(servers).await.context("connecting to NATS failed")
}

/// Connects now, or says that it cannot.
pub(crate) async fn connect_now(urls: &str) -> anyhow::Result<Client> {
    let (options, servers) = options(urls)?;
    options.connect(servers).await.context("connecting to NATS failed")
}

/// The stream of this name, if there is one.
pub(crate) async fn stream(context: &Context, name: &str) -> Result<Option<Stream>, GetStreamError> {
    match context.get_stream(name).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(reply) if reply.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                Ok(None)
            }
            _ => Err(error),
        },
    }
}
