//! Connections under the role that owns the views.

use deadpool_postgres::ClientWrapper;
use tokio::sync::{Notify, oneshot};
use tokio_postgres::{AsyncMessage, Config, Error, NoTls};

use std::{future::poll_fn, sync::Arc};

use crate::Build;

/// A connection that caches statements.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) client: ClientWrapper,
    /// Resolves when it has ended.
    pub(crate) ended: oneshot::Receiver<()>,
    /// Told when a notification comes.
    pub(crate) notified: Arc<Notify>,
}

/// With more settings for its sessions.
pub(crate) fn with_options(mut config: Config, options: &str) -> Config {
    config.options(format!("{} {options}", config.get_options().unwrap_or_default()));
    config
}

pub(crate) async fn connect(config: &Config) -> Result<Connection, Error> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let (alive, ended) = oneshot::channel();
    let notified = Arc::new(Notify::new());
    let notify = notified.clone();
    let connection = tokio::spawn(async move {
        // Whoever uses the connection sees its error too, and says so.
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(_) = message {
                notify.notify_one();
            }
        }
        drop(alive);
    });
    Ok(Connection { client: ClientWrapper::new(client, connection), ended, notified })
}

/// From now on the connection's tables are the build's.
pub(crate) async fn enter(client: &ClientWrapper, build: &Build) -> Result<(), Error> {
    client.batch_execute(&format!("SET search_path = {}", build.schema_name)).await
}
