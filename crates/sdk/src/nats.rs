//! Connecting to NATS, as a service that outlives its servers does.

use async_nats::{Client, ConnectOptions, ServerAddr};

/// There is no connection, and none will come of trying again.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("{0} is no NATS URL: nats://user:password@host:4222, several separated by commas")]
    Url(String),
    #[error("preparing the connection to NATS failed")]
    Connect(#[from] async_nats::ConnectError),
}

/// Connects to a server or a cluster: `nats://user:password@one:4222,nats://two:4222`. Where several servers are named,
/// or tell of each other, another one is taken when one goes. Credentials are those of the first URL.
///
/// A server that is away is waited for in the background, now and later: nothing fails meanwhile, it only waits.
pub async fn connect(urls: &str) -> Result<Client, ConnectError> {
    let malformed = || ConnectError::Url(without_password(urls));
    let servers: Result<Vec<ServerAddr>, _> = urls.split(',').map(|url| url.trim().parse()).collect();
    let servers = servers.map_err(|_| malformed())?;
    let first = servers.first().ok_or_else(malformed)?;
    let mut options = ConnectOptions::new().name("chancery-sdk");
    if let (Some(user), Some(password)) = (first.username(), first.password()) {
        options = options.user_and_password(user.to_owned(), password.to_owned());
    }
    // The client library passes over credentials in a URL, and logs them.
    let bare = servers.into_iter().map(|server| {
        let mut url = server.into_inner();
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        ServerAddr::from_url(url).map_err(|_| malformed())
    });
    let bare = bare.collect::<Result<Vec<_>, _>>()?;
    Ok(options.retry_on_initial_connect().max_reconnects(None).connect(bare).await?)
}

/// For an error, which may be logged.
fn without_password(urls: &str) -> String {
    let hosts = urls.split(',').map(|url| url.rsplit('@').next().unwrap_or_default().trim());
    hosts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_error_about_a_url_has_no_password_in_it() {
        let error = connect("nats://reader:hush@one:4222,nats://reader:hush@two two:1").await.unwrap_err();
        assert!(!error.to_string().contains("hush") && error.to_string().contains("one:4222"), "{error}");
    }
}
