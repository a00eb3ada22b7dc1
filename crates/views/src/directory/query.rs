//! The directory's lists as HTTP shows them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Directory, ScopeCatalog};
use crate::{
    At, Instance, OrganizationKind, Page, ReadError, Reader, Role, Who,
    read::{Key, Keyed},
    row::{number, optional_number},
};

/// Who builds apps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Organization {
    pub organization_id: Uuid,
    pub name: String,
    pub kind: OrganizationKind,
    pub customer_id: String,
    /// `None` for a customer.
    pub integration_tenant_id: Option<u64>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: Who,
}

/// A customer's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tenant {
    pub tenant_id: u64,
    pub name: String,
    pub customer_id: String,
    pub environments: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: Who,
}

/// One of Chancery's own API tokens; the token itself and its hash are not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiToken {
    pub token_id: Uuid,
    pub role: Role,
    pub name: String,
    /// The person it acts for; `None` where it acts for itself.
    pub subject: Option<Who>,
    pub organization_id: Option<Uuid>,
    pub tenants: Vec<Instance>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: Who,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

/// All organizations. The key is the organization's id.
pub async fn organizations(
    reader: &Reader,
    after: Option<Uuid>,
    limit: usize,
) -> Result<At<Page<Organization, Uuid>>, ReadError> {
    let after = after.unwrap_or(Uuid::nil());
    let item = |row: &Row| Ok((Organization::from_row(row)?, row.try_get("organization_id")?));
    reader.page(&Directory, &[], include_str!("organizations.sql"), limit, &[&after], item).await
}

/// One organization.
pub async fn organization(
    reader: &Reader,
    organization_id: Uuid,
) -> Result<At<Option<Organization>>, ReadError> {
    let sql = include_str!("organization.sql");
    reader
        .one(
            &Directory,
            &[Key::Organization(organization_id)],
            sql,
            &[&organization_id],
            Organization::from_row,
        )
        .await
}

/// All tenants. The key is the tenant's id.
pub async fn tenants(
    reader: &Reader,
    after: Option<u64>,
    limit: usize,
) -> Result<At<Page<Tenant, u64>>, ReadError> {
    let after = after.unwrap_or(0).cast_signed();
    let item = |row: &Row| Ok((Tenant::from_row(row)?, number(row, "tenant_id")?));
    reader.page(&Directory, &[], include_str!("tenants.sql"), limit, &[&after], item).await
}

/// One tenant.
pub async fn tenant(reader: &Reader, tenant_id: u64) -> Result<At<Option<Tenant>>, ReadError> {
    let sql = include_str!("tenant.sql");
    reader
        .one(&Directory, &[Key::Tenant(tenant_id)], sql, &[&tenant_id.cast_signed()], Tenant::from_row)
        .await
}

/// All API tokens, also revoked and expired ones. The key is the token's id.
pub async fn api_tokens(
    reader: &Reader,
    after: Option<Uuid>,
    limit: usize,
) -> Result<At<Page<ApiToken, Uuid>>, ReadError> {
    let after = after.unwrap_or(Uuid::nil());
    let item = |row: &Row| Ok((ApiToken::from_row(row)?, row.try_get("token_id")?));
    reader.page(&Directory, &[], include_str!("api_tokens.sql"), limit, &[&after], item).await
}

/// The catalog in force; `None` until one is published.
pub async fn scope_catalog(reader: &Reader) -> Result<At<Option<ScopeCatalog>>, ReadError> {
    reader
        .one(&Directory, &[Key::Catalog], include_str!("scope_catalog.sql"), &[], ScopeCatalog::from_row)
        .await
}

impl Keyed for Organization {
    fn keys(&self) -> Vec<Key> {
        vec![Key::Organization(self.organization_id)]
    }
}

impl Keyed for Tenant {
    fn keys(&self) -> Vec<Key> {
        vec![Key::Tenant(self.tenant_id)]
    }
}

impl Keyed for ApiToken {
    fn keys(&self) -> Vec<Key> {
        vec![Key::Token(self.token_id)]
    }
}

impl Organization {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            organization_id: row.try_get("organization_id")?,
            name: row.try_get("name")?,
            kind: row.try_get("kind")?,
            customer_id: row.try_get("customer_id")?,
            integration_tenant_id: optional_number(row, "integration_tenant_id")?,
            created_at: row.try_get("created_at")?,
            created_by: Who::from_row(row, "created_by_id", "created_by_name")?,
        })
    }
}

impl Tenant {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            tenant_id: number(row, "tenant_id")?,
            name: row.try_get("name")?,
            customer_id: row.try_get("customer_id")?,
            environments: row.try_get("environments")?,
            created_at: row.try_get("created_at")?,
            created_by: Who::from_row(row, "created_by_id", "created_by_name")?,
        })
    }
}

impl ApiToken {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let subject_id: Option<String> = row.try_get("subject_id")?;
        let (tenant_ids, environments): (Vec<i64>, Vec<String>) =
            (row.try_get("tenant_ids")?, row.try_get("environments")?);
        let instance = |(tenant_id, environment): (i64, _)| Instance {
            tenant_id: tenant_id.cast_unsigned(),
            environment,
        };
        Ok(Self {
            token_id: row.try_get("token_id")?,
            role: row.try_get("role")?,
            name: row.try_get("name")?,
            subject: subject_id.map(|_| Who::from_row(row, "subject_id", "subject_name")).transpose()?,
            organization_id: row.try_get("organization_id")?,
            tenants: tenant_ids.into_iter().zip(environments).map(instance).collect(),
            expires_at: row.try_get("expires_at")?,
            created_at: row.try_get("created_at")?,
            created_by: Who::from_row(row, "created_by_id", "created_by_name")?,
            revoked_at: row.try_get("revoked_at")?,
        })
    }
}
