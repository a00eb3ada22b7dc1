//! Events into rows: the batch is folded first, so that many events of one key become one write.

mod decided;
mod shared;

use chancery_wire::{Event, Recorded};
use deadpool_postgres::Transaction;

use crate::{ApplyError, view::decode};

const EVENTS: &[&str] = &[
    "TenantRegistered",
    "AppCreated",
    "ScopesEdited",
    "AppApproved",
    "AppRejected",
    "TenantAdded",
    "TenantConnected",
    "ConnectionDeclined",
    "VersionUpgraded",
    "UpgradeDeclined",
    "SecretGenerated",
];

pub(super) async fn apply(transaction: &Transaction<'_>, batch: &[Recorded]) -> Result<(), ApplyError> {
    let mut shared = shared::Changes::default();
    let mut decided = decided::Changes::default();
    for event in batch {
        match decode(event, EVENTS)? {
            Some(Event::TenantRegistered(message)) => shared.tenant_registered(event, message)?,
            Some(Event::AppCreated(message)) => shared.app_created(event, message)?,
            Some(Event::ScopesEdited(message)) => shared.scopes_edited(event, &message)?,
            Some(Event::AppApproved(message)) => shared.app_approved(event, &message)?,
            Some(Event::AppRejected(message)) => shared.app_rejected(event, &message)?,
            Some(Event::TenantAdded(message)) => shared.tenant_added(event, &message)?,
            Some(Event::TenantConnected(message)) => decided.connected(event, message)?,
            Some(Event::ConnectionDeclined(message)) => decided.declined(event, message)?,
            Some(Event::VersionUpgraded(message)) => decided.upgraded(event, message)?,
            Some(Event::UpgradeDeclined(message)) => decided.upgrade_declined(event, message)?,
            Some(Event::SecretGenerated(message)) => decided.secret_generated(event, message)?,
            _ => {}
        }
    }
    shared.write(transaction).await?;
    decided.write(transaction).await
}
