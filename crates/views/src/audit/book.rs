//! Audits of what is no view, written down beside those of the views.

use chancery_journal::{JournalError, Role, config_for};
use chancery_wire::Position;
use deadpool_postgres::ClientWrapper;

use super::{AuditError, LOCK, failed, store};
use crate::{Digest, runner::connect};

/// Held by the one process that audits a subject. Dropped, it lets another one do it.
#[derive(Debug)]
pub struct AuditBook {
    client: ClientWrapper,
    subject: &'static str,
}

impl AuditBook {
    /// Opens the book on a subject; `None` where another process has it.
    pub async fn open(url: &str, subject: &'static str) -> Result<Option<Self>, AuditError> {
        let config = config_for(url, Role::Views).map_err(|error| match error {
            JournalError::Url(source) => failed("reading the database's URL to audit")(source),
            error => unreachable!("only the URL is read: {error}"),
        })?;
        let client = connect(&config).await.map_err(failed("connecting to write an audit down"))?.client;
        let lock = client.query_one(LOCK, &[&subject]).await.map_err(failed("taking an audit's lock"))?;
        Ok(lock.get::<_, bool>(0).then_some(Self { client, subject }))
    }

    /// Writes down what was found of the thing that `identity` names; the first difference stands until another thing
    /// takes its place.
    pub async fn write(
        &self,
        identity: &str,
        position: Position,
        difference: Option<&str>,
    ) -> Result<(), AuditError> {
        store::forget_others(&self.client, self.subject, identity).await?;
        let counted = (position, Digest { count: position.get(), sum: 0 });
        store::remember(&self.client, self.subject, identity, 0, counted, difference)
            .await
            .map_err(failed("writing an audit down"))
    }
}
