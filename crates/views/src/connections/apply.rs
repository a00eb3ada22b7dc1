//! Events into rows: the batch is folded first, so that many events of one key become one write.

mod apps;
mod decided;
mod listings;
mod secrets;

use chancery_wire::{Actor, Event, Recorded};
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};
use jiff::Timestamp;

use crate::{
    ApplyError, ConnectionState, Fold, Review,
    view::{decode, unusable},
};

pub(super) const EVENTS: &[&str] = &[
    "TenantRegistered",
    "AppCreated",
    "AppDetailsEdited",
    "ScopesEdited",
    "TenantAdded",
    "TenantRemoved",
    "CredentialManagementChanged",
    "ReviewRequested",
    "AppApproved",
    "AppRejected",
    "AppDeleted",
    "TenantConnected",
    "ConnectionDeclined",
    "SecretGenerated",
    "SecretRevoked",
    "VersionUpgraded",
    "UpgradeDeclined",
    "ConnectionDisabled",
    "ConnectionRestored",
    "ConnectionRevoked",
];

/// What events come to, of however many; it keeps none of them.
#[derive(Debug, Default)]
pub(super) struct Changes {
    apps: apps::Changes,
    listings: listings::Changes,
    decided: decided::Changes,
    secrets: secrets::Changes,
}

/// What rows keep of an event's envelope.
#[derive(Debug, Clone)]
struct Stamp {
    position: i64,
    /// In its stream.
    version: i64,
    recorded_at: Timestamp,
    actor: Actor,
}

pub(super) async fn apply(transaction: &Transaction<'_>, batch: &[Recorded]) -> Result<(), ApplyError> {
    let mut changes = Changes::default();
    for event in batch {
        changes.add(event)?;
    }
    changes.write(transaction).await
}

impl Fold for Changes {
    fn add(&mut self, event: Recorded) -> Result<(), ApplyError> {
        Self::add(self, &event)
    }

    fn weight(&self) -> usize {
        self.apps.weight() + self.listings.weight() + self.decided.weight() + self.secrets.weight()
    }

    fn write<'a>(&'a self, transaction: &'a Transaction<'_>) -> BoxFuture<'a, Result<(), ApplyError>> {
        Self::write(self, transaction).boxed()
    }
}

impl Stamp {
    fn of(event: &Recorded) -> Self {
        Self {
            position: event.position.as_i64(),
            version: event.version.cast_signed(),
            recorded_at: event.recorded_at,
            actor: event.actor.clone(),
        }
    }

    /// Becomes a later event's, in the place that it has.
    fn set(&mut self, event: &Recorded) {
        self.position = event.position.as_i64();
        self.version = event.version.cast_signed();
        self.recorded_at = event.recorded_at;
        self.actor.kind.clone_from(&event.actor.kind);
        self.actor.id.clone_from(&event.actor.id);
    }
}

impl Changes {
    fn add(&mut self, event: &Recorded) -> Result<(), ApplyError> {
        decode(event, EVENTS)?.map_or(Ok(()), |message| self.fold(event, message))
    }

    async fn write(&self, transaction: &Transaction<'_>) -> Result<(), ApplyError> {
        self.apps.write(transaction).await?;
        self.decided.write(transaction).await?;
        self.secrets.write(transaction).await?;
        // Last: which listings leave something to read depends on the connections.
        self.listings.write(transaction).await
    }

    fn fold(&mut self, event: &Recorded, message: Event) -> Result<(), ApplyError> {
        match message {
            Event::AppCreated(message) => self.apps.created(event, message),
            Event::AppDetailsEdited(message) => self.apps.edited(event, message),
            Event::ScopesEdited(message) => self.apps.scopes_edited(event, &message),
            Event::CredentialManagementChanged(message) => {
                self.apps.credential_management_changed(event, &message)
            }
            Event::ReviewRequested(message) => self.apps.reviewed(event, &message.app_id, Review::Pending),
            Event::AppApproved(message) => self.apps.reviewed(event, &message.app_id, Review::Approved),
            Event::AppRejected(message) => self.apps.reviewed(event, &message.app_id, Review::Rejected),
            Event::AppDeleted(message) => self.apps.deleted(event, &message.app_id),
            Event::TenantRegistered(message) => self.listings.registered(event, message),
            Event::TenantAdded(message) => {
                self.listings.turned(event, &message.app_id, message.tenant_id, true)
            }
            Event::TenantRemoved(message) => {
                self.listings.turned(event, &message.app_id, message.tenant_id, false)
            }
            Event::TenantConnected(message) => self.decided.connected(event, message),
            Event::ConnectionDeclined(message) => self.decided.declined(event, message),
            Event::VersionUpgraded(message) => self.decided.upgraded(event, message),
            Event::UpgradeDeclined(message) => self.decided.upgrade_declined(event, message),
            Event::ConnectionDisabled(m) => {
                self.decided.turned(event, &m.app_id, m.tenant_id, m.environment, ConnectionState::Disabled)
            }
            Event::ConnectionRestored(m) => {
                self.decided.turned(event, &m.app_id, m.tenant_id, m.environment, ConnectionState::Connected)
            }
            Event::ConnectionRevoked(message) => self.decided.revoked(event, message),
            Event::SecretGenerated(message) => self.secrets.generated(event, message),
            Event::SecretRevoked(message) => self.secrets.revoked(event, &message),
            _ => Ok(()),
        }
    }
}

/// A tenant's number is positive; proto3 says 0 where there is none.
fn tenant(event: &Recorded, tenant_id: i64) -> Result<i64, ApplyError> {
    if tenant_id > 0 { Ok(tenant_id) } else { Err(unusable(event, "tenant_id")) }
}
