//! Where tenants exist, and which apps are listed for them.

use std::collections::BTreeMap;

use chancery_wire::{Recorded, v1};
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::tenant;
use crate::{
    ApplyError,
    view::{column, uuid, write},
};

#[derive(Debug, Default)]
pub(super) struct Changes {
    instances: Vec<(i64, String)>,
    /// App and tenant: whether it is listed, and since which position. The last event counts.
    listings: BTreeMap<(Uuid, i64), (bool, i64)>,
}

impl Changes {
    pub(super) fn registered(
        &mut self,
        event: &Recorded,
        message: v1::TenantRegistered,
    ) -> Result<(), ApplyError> {
        let tenant_id = tenant(event, message.tenant_id)?;
        self.instances.extend(message.environments.into_iter().map(|environment| (tenant_id, environment)));
        Ok(())
    }

    pub(super) fn turned(
        &mut self,
        event: &Recorded,
        app_id: &str,
        tenant_id: i64,
        listed: bool,
    ) -> Result<(), ApplyError> {
        let key = (uuid(event, "app_id", app_id)?, tenant(event, tenant_id)?);
        self.listings.insert(key, (listed, event.position.as_i64()));
        Ok(())
    }

    pub(super) fn weight(&self) -> usize {
        (self.instances.len() + self.listings.len()) * 64
    }

    pub(super) async fn write(&self, transaction: &Transaction<'_>) -> Result<(), ApplyError> {
        if !self.instances.is_empty() {
            let rows = &self.instances;
            let parameters: [&(dyn ToSql + Sync); 2] =
                [&column!(rows, |row| row.0), &column!(rows, |row| &*row.1)];
            write(transaction, "instances", include_str!("../insert_instances.sql"), &parameters).await?;
        }
        if !self.listings.is_empty() {
            let rows = &self.listings;
            let (apps, tenants) = (column!(rows, |row| row.0.0), column!(rows, |row| row.0.1));
            let (listed, positions) = (column!(rows, |row| row.1.0), column!(rows, |row| row.1.1));
            let parameters: [&(dyn ToSql + Sync); 4] = [&apps, &tenants, &listed, &positions];
            write(transaction, "listings", include_str!("../upsert_listings.sql"), &parameters).await?;
            if listed.contains(&false) {
                let sql = include_str!("../drop_listings.sql");
                write(transaction, "ended listings", sql, &[&apps, &tenants]).await?;
            }
        }
        Ok(())
    }
}
