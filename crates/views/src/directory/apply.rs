//! Events into rows: everything is an insert, but for revocations, and for the catalog, whose last one stands.

use chancery_wire::{Event, Recorded, v1};
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::types::{Json, ToSql};
use uuid::Uuid;

use super::catalog::Content;
use crate::{
    ApplyError, OrganizationKind, Role,
    view::{column, decode, some, time, unusable, uuid, write},
    words,
};

pub(super) const EVENTS: &[&str] = &[
    "OrganizationRegistered",
    "TenantRegistered",
    "ApiTokenIssued",
    "ApiTokenRevoked",
    "ScopeCatalogPublished",
];

#[derive(Debug, Default)]
struct Changes<'a> {
    organizations: Vec<Registered<'a>>,
    tenants: Vec<(&'a Recorded, v1::TenantRegistered)>,
    tokens: Vec<Issued<'a>>,
    revoked: Vec<(Uuid, Timestamp)>,
    catalog: Option<(&'a Recorded, Content)>,
}

#[derive(Debug)]
struct Registered<'a> {
    event: &'a Recorded,
    organization_id: Uuid,
    kind: OrganizationKind,
    message: v1::OrganizationRegistered,
}

#[derive(Debug)]
struct Issued<'a> {
    event: &'a Recorded,
    token_id: Uuid,
    role: Role,
    organization_id: Option<Uuid>,
    expires_at: Option<Timestamp>,
    message: v1::ApiTokenIssued,
}

pub(super) async fn apply(transaction: &Transaction<'_>, batch: &[Recorded]) -> Result<(), ApplyError> {
    let changes = fold(batch)?;
    if !changes.organizations.is_empty() {
        insert_organizations(transaction, &changes.organizations).await?;
    }
    if !changes.tenants.is_empty() {
        insert_tenants(transaction, &changes.tenants).await?;
    }
    if !changes.tokens.is_empty() {
        insert_tokens(transaction, &changes.tokens).await?;
    }
    if !changes.revoked.is_empty() {
        let rows = &changes.revoked;
        let parameters: [&(dyn ToSql + Sync); 2] = [&column!(rows, |row| row.0), &column!(rows, |row| row.1)];
        write(transaction, "revoked API tokens", include_str!("revoke_api_tokens.sql"), &parameters).await?;
    }
    if let Some((event, content)) = changes.catalog {
        let (kind, id, version) = (&event.actor.kind, &event.actor.id, event.version.cast_signed());
        let parameters: [&(dyn ToSql + Sync); 5] = [&Json(content), &event.recorded_at, kind, id, &version];
        write(transaction, "the scope catalog", include_str!("publish_catalog.sql"), &parameters).await?;
    }
    Ok(())
}

fn fold(batch: &[Recorded]) -> Result<Changes<'_>, ApplyError> {
    let mut changes = Changes::default();
    for event in batch {
        match decode(event, EVENTS)? {
            Some(Event::OrganizationRegistered(message)) => changes.organizations.push(Registered {
                event,
                organization_id: uuid(event, "organization_id", &message.organization_id)?,
                kind: words::organization_kind(message.kind).ok_or_else(|| unusable(event, "kind"))?,
                message,
            }),
            Some(Event::TenantRegistered(message)) => changes.tenants.push((event, message)),
            Some(Event::ApiTokenIssued(message)) => changes.tokens.push(issued(event, message)?),
            Some(Event::ApiTokenRevoked(message)) => {
                changes.revoked.push((uuid(event, "token_id", &message.token_id)?, event.recorded_at));
            }
            Some(Event::ScopeCatalogPublished(message)) => {
                changes.catalog = Some((event, Content::of(event, message)?));
            }
            _ => {}
        }
    }
    Ok(changes)
}

fn issued(event: &Recorded, message: v1::ApiTokenIssued) -> Result<Issued<'_>, ApplyError> {
    let organization_id = some(&message.organization_id);
    let expires_at = message.expires_at;
    Ok(Issued {
        event,
        token_id: uuid(event, "token_id", &message.token_id)?,
        role: words::role(message.role).ok_or_else(|| unusable(event, "role"))?,
        organization_id: organization_id.map(|id| uuid(event, "organization_id", id)).transpose()?,
        expires_at: expires_at.map(|at| time(event, "expires_at", at)).transpose()?,
        message,
    })
}

async fn insert_organizations(
    transaction: &Transaction<'_>,
    rows: &[Registered<'_>],
) -> Result<(), ApplyError> {
    let integration =
        |row: &Registered<'_>| Some(row.message.integration_tenant_id).filter(|tenant_id| *tenant_id != 0);
    write(
        transaction,
        "organizations",
        include_str!("insert_organizations.sql"),
        &[
            &column!(rows, |row| row.organization_id),
            &column!(rows, |row| &*row.message.name),
            &column!(rows, |row| row.kind.as_str()),
            &column!(rows, |row| &*row.message.customer_id),
            &column!(rows, |row| integration(row)),
            &column!(rows, |row| row.event.recorded_at),
            &column!(rows, |row| &*row.event.actor.kind),
            &column!(rows, |row| &*row.event.actor.id),
        ],
    )
    .await
}

async fn insert_tenants(
    transaction: &Transaction<'_>,
    rows: &[(&Recorded, v1::TenantRegistered)],
) -> Result<(), ApplyError> {
    write(
        transaction,
        "tenants",
        include_str!("insert_tenants.sql"),
        &[
            &column!(rows, |row| row.1.tenant_id),
            &column!(rows, |row| &*row.1.name),
            &column!(rows, |row| &*row.1.customer_id),
            &column!(rows, |row| row.1.environments.join(" ")),
            &column!(rows, |row| row.0.recorded_at),
            &column!(rows, |row| &*row.0.actor.kind),
            &column!(rows, |row| &*row.0.actor.id),
        ],
    )
    .await
}

async fn insert_tokens(transaction: &Transaction<'_>, rows: &[Issued<'_>]) -> Result<(), ApplyError> {
    write(
        transaction,
        "API tokens",
        include_str!("insert_api_tokens.sql"),
        &[
            &column!(rows, |row| row.token_id),
            &column!(rows, |row| row.role.as_str()),
            &column!(rows, |row| &*row.message.name),
            &column!(rows, |row| row.organization_id),
            &column!(rows, |row| joined(row, |instance| instance.tenant_id.to_string())),
            &column!(rows, |row| joined(row, |instance| instance.environment.clone())),
            &column!(rows, |row| some(&row.message.subject_id)),
            &column!(rows, |row| row.expires_at),
            &column!(rows, |row| row.event.recorded_at),
            &column!(rows, |row| &*row.event.actor.kind),
            &column!(rows, |row| &*row.event.actor.id),
        ],
    )
    .await
}

/// One part of each of the token's instances, as one parameter: neither part holds a space.
fn joined(token: &Issued<'_>, part: impl Fn(&v1::Instance) -> String) -> String {
    token.message.tenants.iter().map(part).collect::<Vec<_>>().join(" ")
}
