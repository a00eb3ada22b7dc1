//! What tenants' admins decided, and the secrets of what they allowed.

use std::collections::BTreeMap;

use chancery_wire::{Recorded, v1};
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use uuid::Uuid;

use super::shared::tenant;
use crate::{
    ApplyError, ConnectionState,
    view::{column, time, uuid, write},
};

#[derive(Debug, Default)]
pub(super) struct Changes<'a> {
    connections: BTreeMap<Key, Change<'a>>,
    secrets: Vec<Generated<'a>>,
    retired: BTreeMap<Uuid, Timestamp>,
}

/// App, tenant, environment.
type Key = (Uuid, i64, String);

/// What a batch says of one connection; `None` where it says nothing.
#[derive(Debug)]
struct Change<'a> {
    /// Given by the events that can be a connection's first.
    state: Option<ConnectionState>,
    connection_id: Option<Uuid>,
    granted_version: Option<i64>,
    client_id: Option<String>,
    declined: Option<(i64, &'a Recorded)>,
    silenced_version: Option<i64>,
    /// The last event of all.
    last: &'a Recorded,
}

#[derive(Debug)]
struct Generated<'a> {
    event: &'a Recorded,
    secret_id: Uuid,
    message: v1::SecretGenerated,
}

impl<'a> Changes<'a> {
    pub(super) fn connected(
        &mut self,
        event: &'a Recorded,
        message: v1::TenantConnected,
    ) -> Result<(), ApplyError> {
        let connection_id = uuid(event, "connection_id", &message.connection_id)?;
        let change = self.of(event, &message.app_id, message.tenant_id, message.environment)?;
        change.state = Some(ConnectionState::Connected);
        change.connection_id = Some(connection_id);
        change.granted_version = Some(message.version);
        change.client_id = Some(message.client_id);
        Ok(())
    }

    pub(super) fn declined(
        &mut self,
        event: &'a Recorded,
        message: v1::ConnectionDeclined,
    ) -> Result<(), ApplyError> {
        let change = self.of(event, &message.app_id, message.tenant_id, message.environment)?;
        change.state = Some(ConnectionState::NotConnected);
        change.declined = Some((message.version, event));
        Ok(())
    }

    pub(super) fn upgraded(
        &mut self,
        event: &'a Recorded,
        message: v1::VersionUpgraded,
    ) -> Result<(), ApplyError> {
        let change = self.of(event, &message.app_id, message.tenant_id, message.environment)?;
        change.granted_version = Some(message.version);
        Ok(())
    }

    pub(super) fn upgrade_declined(
        &mut self,
        event: &'a Recorded,
        message: v1::UpgradeDeclined,
    ) -> Result<(), ApplyError> {
        let change = self.of(event, &message.app_id, message.tenant_id, message.environment)?;
        change.declined = Some((message.version, event));
        change.silenced_version = Some(message.version);
        Ok(())
    }

    pub(super) fn secret_generated(
        &mut self,
        event: &'a Recorded,
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
        self.secrets.push(Generated { event, secret_id, message });
        Ok(())
    }

    fn of(
        &mut self,
        event: &'a Recorded,
        app_id: &str,
        tenant_id: i64,
        environment: String,
    ) -> Result<&mut Change<'a>, ApplyError> {
        let key = (uuid(event, "app_id", app_id)?, tenant(event, tenant_id)?, environment);
        let change = self.connections.entry(key).or_insert(Change {
            state: None,
            connection_id: None,
            granted_version: None,
            client_id: None,
            declined: None,
            silenced_version: None,
            last: event,
        });
        change.last = event;
        Ok(change)
    }

    /// The earlier end stands (rule 19).
    fn retire(&mut self, secret_id: Uuid, at: Timestamp) {
        self.retired.entry(secret_id).and_modify(|end| *end = at.min(*end)).or_insert(at);
    }

    pub(super) async fn write(self, transaction: &Transaction<'_>) -> Result<(), ApplyError> {
        let (begun, going): (Vec<_>, Vec<_>) =
            self.connections.into_iter().partition(|(_, change)| change.state.is_some());
        if !begun.is_empty() {
            upsert(transaction, &begun).await?;
        }
        if !going.is_empty() {
            update(transaction, &going).await?;
        }
        if !self.secrets.is_empty() {
            insert_secrets(transaction, &self.secrets).await?;
        }
        if !self.retired.is_empty() {
            let rows = &self.retired;
            let sql = include_str!("../retire_secrets.sql");
            let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
                [&column!(rows, |row| *row.0), &column!(rows, |row| *row.1)];
            write(transaction, "retired secrets", sql, &parameters).await?;
        }
        Ok(())
    }
}

async fn upsert(transaction: &Transaction<'_>, rows: &[(Key, Change<'_>)]) -> Result<(), ApplyError> {
    write(
        transaction,
        "connections",
        include_str!("../upsert_connections.sql"),
        &[
            &column!(rows, |row| row.0.0),
            &column!(rows, |row| row.0.1),
            &column!(rows, |row| &*row.0.2),
            &column!(rows, |row| row.1.connection_id),
            &column!(rows, |row| row.1.state.map(ConnectionState::as_str)),
            &column!(rows, |row| row.1.granted_version),
            &column!(rows, |row| row.1.client_id.as_deref()),
            &column!(rows, |row| row.1.declined.map(|declined| declined.0)),
            &column!(rows, |row| row.1.declined.map(|declined| declined.1.recorded_at)),
            &column!(rows, |row| row.1.declined.map(|declined| &*declined.1.actor.kind)),
            &column!(rows, |row| row.1.declined.map(|declined| &*declined.1.actor.id)),
            &column!(rows, |row| row.1.silenced_version),
            &column!(rows, |row| row.1.last.recorded_at),
            &column!(rows, |row| &*row.1.last.actor.kind),
            &column!(rows, |row| &*row.1.last.actor.id),
            &column!(rows, |row| row.1.last.version.cast_signed()),
        ],
    )
    .await
}

async fn update(transaction: &Transaction<'_>, rows: &[(Key, Change<'_>)]) -> Result<(), ApplyError> {
    write(
        transaction,
        "connections that go on",
        include_str!("../update_connections.sql"),
        &[
            &column!(rows, |row| row.0.0),
            &column!(rows, |row| row.0.1),
            &column!(rows, |row| &*row.0.2),
            &column!(rows, |row| row.1.granted_version),
            &column!(rows, |row| row.1.declined.map(|declined| declined.0)),
            &column!(rows, |row| row.1.declined.map(|declined| declined.1.recorded_at)),
            &column!(rows, |row| row.1.declined.map(|declined| &*declined.1.actor.kind)),
            &column!(rows, |row| row.1.declined.map(|declined| &*declined.1.actor.id)),
            &column!(rows, |row| row.1.silenced_version),
            &column!(rows, |row| row.1.last.recorded_at),
            &column!(rows, |row| &*row.1.last.actor.kind),
            &column!(rows, |row| &*row.1.last.actor.id),
            &column!(rows, |row| row.1.last.version.cast_signed()),
        ],
    )
    .await
}

async fn insert_secrets(transaction: &Transaction<'_>, rows: &[Generated<'_>]) -> Result<(), ApplyError> {
    write(
        transaction,
        "secrets",
        include_str!("../insert_secrets.sql"),
        &[
            &column!(rows, |row| &*row.message.client_id),
            &column!(rows, |row| row.event.position.as_i64()),
            &column!(rows, |row| row.secret_id),
            &column!(rows, |row| &*row.message.hint),
            &column!(rows, |row| row.event.recorded_at),
            &column!(rows, |row| &*row.event.actor.kind),
            &column!(rows, |row| &*row.event.actor.id),
        ],
    )
    .await
}
