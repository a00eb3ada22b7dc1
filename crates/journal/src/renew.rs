//! Another id for a log that was set back.

use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::JournalError;

/// Gives the log at `url` another id, and returns it. For the login that migrated the database, and while nothing else
/// of ours is connected: whoever runs has read the id that it had.
pub async fn renew_log_id(url: &str) -> Result<Uuid, JournalError> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .map_err(JournalError::query("connecting to renew the log's id"))?;
    let connection = tokio::spawn(connection);
    client
        .batch_execute("SET ROLE chancery_owner")
        .await
        .map_err(JournalError::query("acting as the log's owner, which the login that migrated it may,"))?;
    let row = client
        .query_one("SELECT public.renew_log_id()", &[])
        .await
        .map_err(JournalError::query("renewing the log's id"))?;
    drop(client);
    let _ = connection.await;
    Ok(row.get(0))
}
