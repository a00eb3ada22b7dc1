//! The secrets of credentials, whoever shares them.

use std::collections::BTreeMap;

use chancery_wire::{Recorded, v1};
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use uuid::Uuid;

use super::Stamp;
use crate::{
    ApplyError,
    view::{column, time, uuid, write},
};

#[derive(Debug, Default)]
pub(super) struct Changes {
    generated: Vec<Generated>,
    retired: BTreeMap<Uuid, Timestamp>,
    revoked: BTreeMap<Uuid, Timestamp>,
}

#[derive(Debug)]
struct Generated {
    stamp: Stamp,
    secret_id: Uuid,
    message: v1::SecretGenerated,
}

impl Changes {
    pub(super) fn generated(
        &mut self,
        event: &Recorded,
        message: v1::SecretGenerated,
    ) -> Result<(), ApplyError> {
        if let Some(at) = message.previous_retires_at {
            let at = time(event, "previous_retires_at", at)?;
            self.retire(uuid(event, "previous_secret_id", &message.previous_secret_id)?, at);
        }
        if !message.retired_secret_id.is_empty() {
            let secret_id = uuid(event, "retired_secret_id", &message.retired_secret_id)?;
            self.retire(secret_id, event.recorded_at);
        }
        let secret_id = uuid(event, "secret_id", &message.secret_id)?;
        self.generated.push(Generated { stamp: Stamp::of(event), secret_id, message });
        Ok(())
    }

    pub(super) fn revoked(
        &mut self,
        event: &Recorded,
        message: &v1::SecretRevoked,
    ) -> Result<(), ApplyError> {
        let secret_id = uuid(event, "secret_id", &message.secret_id)?;
        self.revoked.entry(secret_id).or_insert(event.recorded_at);
        Ok(())
    }

    /// The earlier end stands (rule 19).
    fn retire(&mut self, secret_id: Uuid, at: Timestamp) {
        self.retired.entry(secret_id).and_modify(|end| *end = at.min(*end)).or_insert(at);
    }

    pub(super) fn weight(&self) -> usize {
        self.generated.len() * 512 + (self.retired.len() + self.revoked.len()) * 64
    }

    pub(super) async fn write(&self, transaction: &Transaction<'_>) -> Result<(), ApplyError> {
        if !self.generated.is_empty() {
            insert(transaction, &self.generated).await?;
        }
        if !self.retired.is_empty() {
            let sql = include_str!("../retire_secrets.sql");
            end(transaction, "retired secrets", sql, &self.retired).await?;
        }
        if !self.revoked.is_empty() {
            let sql = include_str!("../revoke_secrets.sql");
            end(transaction, "revoked secrets", sql, &self.revoked).await?;
        }
        Ok(())
    }
}

async fn insert(transaction: &Transaction<'_>, rows: &[Generated]) -> Result<(), ApplyError> {
    write(
        transaction,
        "secrets",
        include_str!("../insert_secrets.sql"),
        &[
            &column!(rows, |row| &*row.message.client_id),
            &column!(rows, |row| row.stamp.position),
            &column!(rows, |row| row.secret_id),
            &column!(rows, |row| &*row.message.hint),
            &column!(rows, |row| row.stamp.recorded_at),
            &column!(rows, |row| &*row.stamp.actor.kind),
            &column!(rows, |row| &*row.stamp.actor.id),
        ],
    )
    .await
}

async fn end(
    transaction: &Transaction<'_>,
    subject: &'static str,
    sql: &str,
    ends: &BTreeMap<Uuid, Timestamp>,
) -> Result<(), ApplyError> {
    write(transaction, subject, sql, &[&column!(ends, |row| *row.0), &column!(ends, |row| *row.1)]).await
}
