//! What connections share: tenants, apps, their versions, and who is listed.

use std::collections::BTreeMap;

use chancery_wire::{Recorded, v1};
use deadpool_postgres::Transaction;
use uuid::Uuid;

use crate::{
    ApplyError, CredentialManagement, Review, Visibility,
    row::joined,
    view::{column, unusable, uuid, write},
    words,
};

#[derive(Debug, Default)]
pub(super) struct Changes {
    instances: Vec<(i64, String)>,
    created: Vec<Created>,
    changed: BTreeMap<Uuid, Change>,
    versions: Vec<(Uuid, i64, String)>,
    listings: Vec<(Uuid, i64)>,
}

#[derive(Debug)]
struct Created {
    app_id: Uuid,
    organization_id: Uuid,
    visibility: Visibility,
    credential_management: CredentialManagement,
    review: Review,
    message: v1::AppCreated,
}

#[derive(Debug, Default)]
struct Change {
    latest_version: Option<i64>,
    review: Option<Review>,
}

impl Changes {
    pub(super) fn tenant_registered(
        &mut self,
        event: &Recorded,
        message: v1::TenantRegistered,
    ) -> Result<(), ApplyError> {
        let tenant_id = tenant(event, message.tenant_id)?;
        self.instances.extend(message.environments.into_iter().map(|environment| (tenant_id, environment)));
        Ok(())
    }

    pub(super) fn app_created(
        &mut self,
        event: &Recorded,
        message: v1::AppCreated,
    ) -> Result<(), ApplyError> {
        let app_id = uuid(event, "app_id", &message.app_id)?;
        self.versions.push((app_id, 1, joined(&message.scopes)));
        self.created.push(Created {
            app_id,
            organization_id: uuid(event, "organization_id", &message.organization_id)?,
            visibility: words::visibility(message.visibility).ok_or_else(|| unusable(event, "visibility"))?,
            credential_management: words::credential_management(message.credential_management)
                .ok_or_else(|| unusable(event, "credential_management"))?,
            review: if message.review_required { Review::Pending } else { Review::NotRequired },
            message,
        });
        Ok(())
    }

    pub(super) fn scopes_edited(
        &mut self,
        event: &Recorded,
        message: &v1::ScopesEdited,
    ) -> Result<(), ApplyError> {
        let app_id = uuid(event, "app_id", &message.app_id)?;
        self.versions.push((app_id, message.version, joined(&message.scopes)));
        self.changed.entry(app_id).or_default().latest_version = Some(message.version);
        Ok(())
    }

    pub(super) fn app_approved(
        &mut self,
        event: &Recorded,
        message: &v1::AppApproved,
    ) -> Result<(), ApplyError> {
        self.reviewed(uuid(event, "app_id", &message.app_id)?, Review::Approved);
        Ok(())
    }

    pub(super) fn app_rejected(
        &mut self,
        event: &Recorded,
        message: &v1::AppRejected,
    ) -> Result<(), ApplyError> {
        self.reviewed(uuid(event, "app_id", &message.app_id)?, Review::Rejected);
        Ok(())
    }

    pub(super) fn tenant_added(
        &mut self,
        event: &Recorded,
        message: &v1::TenantAdded,
    ) -> Result<(), ApplyError> {
        self.listings.push((uuid(event, "app_id", &message.app_id)?, tenant(event, message.tenant_id)?));
        Ok(())
    }

    fn reviewed(&mut self, app_id: Uuid, review: Review) {
        self.changed.entry(app_id).or_default().review = Some(review);
    }

    pub(super) async fn write(&self, transaction: &Transaction<'_>) -> Result<(), ApplyError> {
        if !self.instances.is_empty() {
            let rows = &self.instances;
            let sql = include_str!("../insert_instances.sql");
            write(
                transaction,
                "instances",
                sql,
                &[&column!(rows, |row| row.0), &column!(rows, |row| &*row.1)],
            )
            .await?;
        }
        if !self.created.is_empty() {
            insert_apps(transaction, &self.created).await?;
        }
        if !self.changed.is_empty() {
            let rows = &self.changed;
            let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [
                &column!(rows, |row| *row.0),
                &column!(rows, |row| row.1.latest_version),
                &column!(rows, |row| row.1.review.map(Review::as_str)),
            ];
            write(transaction, "changed apps", include_str!("../update_apps.sql"), &parameters).await?;
        }
        if !self.versions.is_empty() {
            let rows = &self.versions;
            let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                [&column!(rows, |row| row.0), &column!(rows, |row| row.1), &column!(rows, |row| &*row.2)];
            write(transaction, "app versions", include_str!("../insert_versions.sql"), &parameters).await?;
        }
        if !self.listings.is_empty() {
            let rows = &self.listings;
            let sql = include_str!("../insert_listings.sql");
            write(transaction, "listings", sql, &[&column!(rows, |row| row.0), &column!(rows, |row| row.1)])
                .await?;
        }
        Ok(())
    }
}

async fn insert_apps(transaction: &Transaction<'_>, rows: &[Created]) -> Result<(), ApplyError> {
    write(
        transaction,
        "new apps",
        include_str!("../insert_apps.sql"),
        &[
            &column!(rows, |row| row.app_id),
            &column!(rows, |row| row.organization_id),
            &column!(rows, |row| &*row.message.name),
            &column!(rows, |row| &*row.message.organization_name),
            &column!(rows, |row| &*row.message.homepage_url),
            &column!(rows, |row| row.visibility.as_str()),
            &column!(rows, |row| row.credential_management.as_str()),
            &column!(rows, |row| row.message.instance_tenant_id),
            &column!(rows, |row| &*row.message.instance_environment),
            &column!(rows, |row| row.review.as_str()),
        ],
    )
    .await
}

/// A tenant's number is positive; proto3 says 0 where there is none.
pub(super) fn tenant(event: &Recorded, tenant_id: i64) -> Result<i64, ApplyError> {
    if tenant_id > 0 { Ok(tenant_id) } else { Err(unusable(event, "tenant_id")) }
}
