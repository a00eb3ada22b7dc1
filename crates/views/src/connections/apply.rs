//! Events into rows: the batch is folded first, so that many events of one key become one write.

mod apps;
mod decided;
mod listings;
mod secrets;

use chancery_wire::{Event, Recorded};
use deadpool_postgres::Transaction;

use crate::{
    ApplyError, ConnectionState, Review,
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

#[derive(Debug, Default)]
struct Changes<'a> {
    apps: apps::Changes<'a>,
    listings: listings::Changes,
    decided: decided::Changes<'a>,
    secrets: secrets::Changes<'a>,
}

pub(super) async fn apply(transaction: &Transaction<'_>, batch: &[Recorded]) -> Result<(), ApplyError> {
    let mut changes = Changes::default();
    for event in batch {
        if let Some(message) = decode(event, EVENTS)? {
            changes.fold(event, message)?;
        }
    }
    changes.apps.write(transaction).await?;
    changes.decided.write(transaction).await?;
    changes.secrets.write(transaction).await?;
    // Last: which listings leave something to read depends on the connections.
    changes.listings.write(transaction).await
}

impl<'a> Changes<'a> {
    fn fold(&mut self, event: &'a Recorded, message: Event) -> Result<(), ApplyError> {
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
