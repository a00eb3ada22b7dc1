//! Events into rows: of a tenant that comes and goes in one batch, the last event counts.

use std::collections::{BTreeMap, BTreeSet};

use chancery_wire::{Event, Recorded, v1};
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{
    ApplyError,
    view::{column, decode, uuid, write},
};

pub(super) const EVENTS: &[&str] =
    &["NetworkCreated", "GroupCreated", "GroupTenantAdded", "GroupTenantRemoved", "GroupAppOffered"];

#[derive(Debug, Default)]
struct Changes<'a> {
    networks: Vec<NewNetwork<'a>>,
    groups: Vec<NewGroup<'a>>,
    /// Group and tenant: whether it is in the group.
    members: BTreeMap<(Uuid, i64), bool>,
    /// Group and app.
    offers: BTreeSet<(Uuid, Uuid)>,
    versions: BTreeMap<Uuid, i64>,
}

#[derive(Debug)]
struct NewNetwork<'a> {
    event: &'a Recorded,
    network_id: Uuid,
    organization_id: Uuid,
    message: v1::NetworkCreated,
}

#[derive(Debug)]
struct NewGroup<'a> {
    event: &'a Recorded,
    group_id: Uuid,
    network_id: Uuid,
    organization_id: Uuid,
    message: v1::GroupCreated,
}

pub(super) async fn apply(transaction: &Transaction<'_>, batch: &[Recorded]) -> Result<(), ApplyError> {
    let changes = fold(batch)?;
    if !changes.networks.is_empty() {
        insert_networks(transaction, &changes.networks).await?;
    }
    if !changes.groups.is_empty() {
        insert_groups(transaction, &changes.groups).await?;
    }
    changes.write(transaction).await
}

fn fold(batch: &[Recorded]) -> Result<Changes<'_>, ApplyError> {
    let mut changes = Changes::default();
    for event in batch {
        match decode(event, EVENTS)? {
            Some(Event::NetworkCreated(message)) => changes.networks.push(NewNetwork {
                event,
                network_id: uuid(event, "network_id", &message.network_id)?,
                organization_id: uuid(event, "organization_id", &message.organization_id)?,
                message,
            }),
            Some(Event::GroupCreated(message)) => changes.groups.push(NewGroup {
                event,
                group_id: uuid(event, "group_id", &message.group_id)?,
                network_id: uuid(event, "network_id", &message.network_id)?,
                organization_id: uuid(event, "organization_id", &message.organization_id)?,
                message,
            }),
            Some(Event::GroupTenantAdded(message)) => {
                let group_id = changes.of_group(event, &message.group_id)?;
                changes.members.insert((group_id, message.tenant_id), true);
            }
            Some(Event::GroupTenantRemoved(message)) => {
                let group_id = changes.of_group(event, &message.group_id)?;
                changes.members.insert((group_id, message.tenant_id), false);
            }
            Some(Event::GroupAppOffered(message)) => {
                let group_id = changes.of_group(event, &message.group_id)?;
                changes.offers.insert((group_id, uuid(event, "app_id", &message.app_id)?));
            }
            _ => {}
        }
    }
    Ok(changes)
}

impl Changes<'_> {
    /// The group in whose stream the event stands.
    fn of_group(&mut self, event: &Recorded, group_id: &str) -> Result<Uuid, ApplyError> {
        let group_id = uuid(event, "group_id", group_id)?;
        self.versions.insert(group_id, event.version.cast_signed());
        Ok(group_id)
    }

    async fn write(&self, transaction: &Transaction<'_>) -> Result<(), ApplyError> {
        let (added, removed): (Vec<_>, Vec<_>) = self.members.iter().partition(|(_, is_in)| **is_in);
        for (rows, subject, sql) in [
            (added, "new members of groups", include_str!("insert_members.sql")),
            (removed, "former members of groups", include_str!("delete_members.sql")),
        ] {
            if !rows.is_empty() {
                let parameters: [&(dyn ToSql + Sync); 2] =
                    [&column!(rows, |row| row.0.0), &column!(rows, |row| row.0.1)];
                write(transaction, subject, sql, &parameters).await?;
            }
        }
        if !self.offers.is_empty() {
            let rows = &self.offers;
            let parameters: [&(dyn ToSql + Sync); 2] =
                [&column!(rows, |row| row.0), &column!(rows, |row| row.1)];
            write(transaction, "offers to groups", include_str!("insert_offers.sql"), &parameters).await?;
        }
        if !self.versions.is_empty() {
            let rows = &self.versions;
            let parameters: [&(dyn ToSql + Sync); 2] =
                [&column!(rows, |row| *row.0), &column!(rows, |row| *row.1)];
            write(transaction, "changed groups", include_str!("update_groups.sql"), &parameters).await?;
        }
        Ok(())
    }
}

async fn insert_networks(transaction: &Transaction<'_>, rows: &[NewNetwork<'_>]) -> Result<(), ApplyError> {
    write(
        transaction,
        "networks",
        include_str!("insert_networks.sql"),
        &[
            &column!(rows, |row| row.network_id),
            &column!(rows, |row| row.organization_id),
            &column!(rows, |row| &*row.message.customer_id),
            &column!(rows, |row| &*row.message.name),
            &column!(rows, |row| row.event.recorded_at),
            &column!(rows, |row| &*row.event.actor.kind),
            &column!(rows, |row| &*row.event.actor.id),
        ],
    )
    .await
}

async fn insert_groups(transaction: &Transaction<'_>, rows: &[NewGroup<'_>]) -> Result<(), ApplyError> {
    write(
        transaction,
        "groups",
        include_str!("insert_groups.sql"),
        &[
            &column!(rows, |row| row.group_id),
            &column!(rows, |row| row.network_id),
            &column!(rows, |row| row.organization_id),
            &column!(rows, |row| &*row.message.name),
            &column!(rows, |row| &*row.message.environment),
            &column!(rows, |row| row.event.recorded_at),
            &column!(rows, |row| &*row.event.actor.kind),
            &column!(rows, |row| &*row.event.actor.id),
        ],
    )
    .await
}
