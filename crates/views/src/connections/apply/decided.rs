//! What was decided on connections, mostly by tenants' admins.

use std::collections::HashMap;

use chancery_wire::{Recorded, v1};
use deadpool_postgres::Transaction;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, pin_mut, stream};
use tokio_postgres::{
    binary_copy::BinaryCopyInWriter,
    types::{ToSql, Type},
};
use uuid::Uuid;

use super::{Stamp, tenant};
use crate::{
    ApplyError, ConnectionState, RevocationCause,
    view::{column, some, unusable, uuid, write},
    words,
};

/// Rows of one statement.
const AT_ONCE: usize = 10_000;
const COPY: &str = include_str!("../copy_connections.sql");
/// Of the columns that it names.
const TYPES: [Type; 19] = [
    Type::UUID,
    Type::INT8,
    Type::TEXT,
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::INT8,
    Type::TEXT,
    Type::UUID,
    Type::INT8,
    Type::TIMESTAMPTZ,
    Type::TEXT,
    Type::TEXT,
    Type::INT8,
    Type::TIMESTAMPTZ,
    Type::TEXT,
    Type::TEXT,
    Type::INT8,
    Type::INT8,
];

#[derive(Debug, Default)]
pub(super) struct Changes {
    connections: HashMap<Key, Change>,
}

/// App, tenant, environment.
type Key = (Uuid, i64, String);

/// What a batch says of one connection; `None` where it says nothing.
#[derive(Debug)]
struct Change {
    state: Option<ConnectionState>,
    /// Why, where the state is `Revoked`.
    cause: Option<RevocationCause>,
    connection_id: Option<Uuid>,
    granted_version: Option<i64>,
    client_id: Option<String>,
    group_id: Option<Uuid>,
    declined: Option<(i64, Stamp)>,
    silenced_version: Option<i64>,
    /// The last event of all.
    last: Stamp,
}

impl Changes {
    pub(super) fn connected(
        &mut self,
        event: &Recorded,
        message: v1::TenantConnected,
    ) -> Result<(), ApplyError> {
        let connection_id = uuid(event, "connection_id", &message.connection_id)?;
        let group_id = some(&message.group_id).map(|id| uuid(event, "group_id", id)).transpose()?;
        let change = self.of(event, &message.app_id, message.tenant_id, message.environment)?;
        change.turn(ConnectionState::Connected, None);
        change.connection_id = Some(connection_id);
        change.granted_version = Some(message.version);
        change.client_id = Some(message.client_id);
        change.group_id = group_id;
        Ok(())
    }

    pub(super) fn declined(
        &mut self,
        event: &Recorded,
        message: v1::ConnectionDeclined,
    ) -> Result<(), ApplyError> {
        let change = self.of(event, &message.app_id, message.tenant_id, message.environment)?;
        change.turn(ConnectionState::NotConnected, None);
        change.declined = Some((message.version, Stamp::of(event)));
        Ok(())
    }

    pub(super) fn upgraded(
        &mut self,
        event: &Recorded,
        message: v1::VersionUpgraded,
    ) -> Result<(), ApplyError> {
        let change = self.of(event, &message.app_id, message.tenant_id, message.environment)?;
        change.granted_version = Some(message.version);
        Ok(())
    }

    pub(super) fn upgrade_declined(
        &mut self,
        event: &Recorded,
        message: v1::UpgradeDeclined,
    ) -> Result<(), ApplyError> {
        let change = self.of(event, &message.app_id, message.tenant_id, message.environment)?;
        change.declined = Some((message.version, Stamp::of(event)));
        change.silenced_version = Some(message.version);
        Ok(())
    }

    /// Paused, or going on (rule 23).
    pub(super) fn turned(
        &mut self,
        event: &Recorded,
        app_id: &str,
        tenant_id: i64,
        environment: String,
        state: ConnectionState,
    ) -> Result<(), ApplyError> {
        self.of(event, app_id, tenant_id, environment)?.turn(state, None);
        Ok(())
    }

    pub(super) fn revoked(
        &mut self,
        event: &Recorded,
        message: v1::ConnectionRevoked,
    ) -> Result<(), ApplyError> {
        let cause = words::revocation_cause(message.cause).ok_or_else(|| unusable(event, "cause"))?;
        let change = self.of(event, &message.app_id, message.tenant_id, message.environment)?;
        change.turn(ConnectionState::Revoked, Some(cause));
        Ok(())
    }

    fn of(
        &mut self,
        event: &Recorded,
        app_id: &str,
        tenant_id: i64,
        environment: String,
    ) -> Result<&mut Change, ApplyError> {
        let key = (uuid(event, "app_id", app_id)?, tenant(event, tenant_id)?, environment);
        let change = self.connections.entry(key).or_insert_with(|| Change {
            state: None,
            cause: None,
            connection_id: None,
            granted_version: None,
            client_id: None,
            group_id: None,
            declined: None,
            silenced_version: None,
            last: Stamp::of(event),
        });
        change.last.set(event);
        Ok(change)
    }

    pub(super) fn weight(&self) -> usize {
        self.connections.len() * 512
    }

    pub(super) async fn write(&self, transaction: &Transaction<'_>) -> Result<(), ApplyError> {
        // In the order of their keys, neighbours in the table and in its index are written together.
        let mut rows: Vec<(&Key, &Change)> = self.connections.iter().collect();
        rows.sort_unstable_by_key(|row| row.0);
        // Only an event that gives a state can be a connection's first.
        let (begun, going): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|(_, change)| change.state.is_some());
        if begun.len() > AT_ONCE && are_new(transaction, &begun).await? {
            copy(transaction, &begun).await?;
        } else {
            in_turns(begun.chunks(AT_ONCE).map(|rows| upsert(transaction, rows).boxed()).collect()).await?;
        }
        in_turns(going.chunks(AT_ONCE).map(|rows| update(transaction, rows).boxed()).collect()).await
    }
}

impl Change {
    fn turn(&mut self, state: ConnectionState, cause: Option<RevocationCause>) {
        self.state = Some(state);
        self.cause = cause;
    }
}

/// Carries out the statements of one change: while the server executes one, the next is encoded.
async fn in_turns(statements: Vec<BoxFuture<'_, Result<(), ApplyError>>>) -> Result<(), ApplyError> {
    stream::iter(statements).buffered(2).try_collect().await
}

/// True where no connection of these apps is there. Other shards' writers fill the table at the same time; an app is of
/// one shard alone.
async fn are_new(transaction: &Transaction<'_>, rows: &[(&Key, &Change)]) -> Result<bool, ApplyError> {
    let mut apps: Vec<Uuid> = column!(rows, |row| row.0.0);
    apps.dedup();
    let found = transaction.query_one(include_str!("../are_new.sql"), &[&apps]).await;
    found.map(|row| row.get(0)).map_err(|source| ApplyError::Write { subject: "connections", source })
}

/// Of apps that the table has nothing of: nothing stands in the way, and nothing is put into arrays. A third of the time.
async fn copy(transaction: &Transaction<'_>, rows: &[(&Key, &Change)]) -> Result<(), ApplyError> {
    let failed = |source| ApplyError::Write { subject: "connections", source };
    let sink = transaction.copy_in(COPY).await.map_err(failed)?;
    let writer = BinaryCopyInWriter::new(sink, &TYPES);
    pin_mut!(writer);
    for ((app_id, tenant_id, environment), change) in rows {
        let declined = change.declined.as_ref();
        let row: [&(dyn ToSql + Sync); TYPES.len()] = [
            app_id,
            tenant_id,
            environment,
            &change.connection_id,
            &change.state.map(ConnectionState::as_str),
            &change.cause.map(RevocationCause::as_str),
            &change.granted_version,
            &change.client_id,
            &change.group_id,
            &declined.map(|declined| declined.0),
            &declined.map(|declined| declined.1.recorded_at),
            &declined.map(|declined| &*declined.1.actor.kind),
            &declined.map(|declined| &*declined.1.actor.id),
            &change.silenced_version,
            &change.last.recorded_at,
            &change.last.actor.kind,
            &change.last.actor.id,
            &change.last.position,
            &change.last.version,
        ];
        writer.as_mut().write(&row).await.map_err(failed)?;
    }
    writer.finish().await.map_err(failed)?;
    Ok(())
}

async fn upsert(transaction: &Transaction<'_>, rows: &[(&Key, &Change)]) -> Result<(), ApplyError> {
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
            &column!(rows, |row| row.1.cause.map(RevocationCause::as_str)),
            &column!(rows, |row| row.1.granted_version),
            &column!(rows, |row| row.1.client_id.as_deref()),
            &column!(rows, |row| row.1.group_id),
            &column!(rows, |row| row.1.declined.as_ref().map(|declined| declined.0)),
            &column!(rows, |row| row.1.declined.as_ref().map(|declined| declined.1.recorded_at)),
            &column!(rows, |row| row.1.declined.as_ref().map(|declined| &*declined.1.actor.kind)),
            &column!(rows, |row| row.1.declined.as_ref().map(|declined| &*declined.1.actor.id)),
            &column!(rows, |row| row.1.silenced_version),
            &column!(rows, |row| row.1.last.recorded_at),
            &column!(rows, |row| &*row.1.last.actor.kind),
            &column!(rows, |row| &*row.1.last.actor.id),
            &column!(rows, |row| row.1.last.position),
            &column!(rows, |row| row.1.last.version),
        ],
    )
    .await
}

async fn update(transaction: &Transaction<'_>, rows: &[(&Key, &Change)]) -> Result<(), ApplyError> {
    write(
        transaction,
        "connections that go on",
        include_str!("../update_connections.sql"),
        &[
            &column!(rows, |row| row.0.0),
            &column!(rows, |row| row.0.1),
            &column!(rows, |row| &*row.0.2),
            &column!(rows, |row| row.1.granted_version),
            &column!(rows, |row| row.1.declined.as_ref().map(|declined| declined.0)),
            &column!(rows, |row| row.1.declined.as_ref().map(|declined| declined.1.recorded_at)),
            &column!(rows, |row| row.1.declined.as_ref().map(|declined| &*declined.1.actor.kind)),
            &column!(rows, |row| row.1.declined.as_ref().map(|declined| &*declined.1.actor.id)),
            &column!(rows, |row| row.1.silenced_version),
            &column!(rows, |row| row.1.last.recorded_at),
            &column!(rows, |row| &*row.1.last.actor.kind),
            &column!(rows, |row| &*row.1.last.actor.id),
            &column!(rows, |row| row.1.last.position),
            &column!(rows, |row| row.1.last.version),
        ],
    )
    .await
}
