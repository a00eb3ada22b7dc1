//! Networks and groups as HTTP shows them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Networks;
use crate::{
    At, Page, ReadError, Reader, Who,
    read::{Key, Keyed},
    row::number,
};

/// A customer's network of its tenants (rule 26).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Network {
    pub network_id: Uuid,
    pub organization_id: Uuid,
    /// Whose tenants may be in its groups.
    pub customer_id: String,
    pub name: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: Who,
    /// The version of the network's stream: its `ETag`.
    #[serde(skip)]
    pub stream_version: u64,
}

/// A group in a network, in one environment: its tenants share one credential an app (rule 26).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Group {
    pub group_id: Uuid,
    pub network_id: Uuid,
    pub name: String,
    pub environment: String,
    /// The tenants in it, in order, whether they consented to anything or not.
    pub tenants: Vec<u64>,
    /// The apps offered to them, in order.
    pub apps: Vec<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: Who,
    /// Whose developers may see it.
    #[serde(skip)]
    pub organization_id: Uuid,
    /// The version of the group's stream: its `ETag`.
    #[serde(skip)]
    pub stream_version: u64,
}

/// One network.
pub async fn network(reader: &Reader, network_id: Uuid) -> Result<At<Option<Network>>, ReadError> {
    reader
        .one(
            &Networks,
            &[Key::Network(network_id)],
            include_str!("network.sql"),
            &[&network_id],
            Network::from_row,
        )
        .await
}

/// An organization's networks. The key is the network's id.
pub async fn of_organization(
    reader: &Reader,
    organization_id: Uuid,
    after: Option<Uuid>,
    limit: usize,
) -> Result<At<Page<Network, Uuid>>, ReadError> {
    let after = after.unwrap_or(Uuid::nil());
    let sql = include_str!("of_organization.sql");
    let item = |row: &Row| Ok((Network::from_row(row)?, row.try_get("network_id")?));
    reader.page(&Networks, &[], sql, limit, &[&organization_id, &after], item).await
}

/// One group.
pub async fn group(reader: &Reader, group_id: Uuid) -> Result<At<Option<Group>>, ReadError> {
    reader
        .one(&Networks, &[Key::Group(group_id)], include_str!("group.sql"), &[&group_id], Group::from_row)
        .await
}

/// The groups of a network. The key is the group's id.
pub async fn groups(
    reader: &Reader,
    network_id: Uuid,
    after: Option<Uuid>,
    limit: usize,
) -> Result<At<Page<Group, Uuid>>, ReadError> {
    let after = after.unwrap_or(Uuid::nil());
    let item = |row: &Row| Ok((Group::from_row(row)?, row.try_get("group_id")?));
    reader
        .page(
            &Networks,
            &[Key::Network(network_id)],
            include_str!("groups.sql"),
            limit,
            &[&network_id, &after],
            item,
        )
        .await
}

impl Keyed for Network {
    fn keys(&self) -> Vec<Key> {
        vec![Key::Network(self.network_id)]
    }
}

impl Keyed for Group {
    fn keys(&self) -> Vec<Key> {
        vec![Key::Group(self.group_id), Key::Network(self.network_id)]
    }
}

impl Network {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            network_id: row.try_get("network_id")?,
            organization_id: row.try_get("organization_id")?,
            customer_id: row.try_get("customer_id")?,
            name: row.try_get("name")?,
            created_at: row.try_get("created_at")?,
            created_by: Who::from_row(row, "created_by_id", "created_by_name")?,
            stream_version: number(row, "stream_version")?,
        })
    }
}

impl Group {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let tenants: Vec<i64> = row.try_get("tenants")?;
        Ok(Self {
            group_id: row.try_get("group_id")?,
            network_id: row.try_get("network_id")?,
            name: row.try_get("name")?,
            environment: row.try_get("environment")?,
            tenants: tenants.into_iter().map(i64::cast_unsigned).collect(),
            apps: row.try_get("apps")?,
            created_at: row.try_get("created_at")?,
            created_by: Who::from_row(row, "created_by_id", "created_by_name")?,
            organization_id: row.try_get("organization_id")?,
            stream_version: number(row, "stream_version")?,
        })
    }
}
