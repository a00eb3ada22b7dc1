//! What all listings and connections of an app share, and its versions.

use std::collections::BTreeMap;

use chancery_wire::{Recorded, v1};
use deadpool_postgres::Transaction;
use uuid::Uuid;

use super::Stamp;
use crate::{
    ApplyError, CredentialManagement, Review, Visibility,
    row::joined,
    view::{column, unusable, uuid, write},
    words,
};

#[derive(Debug, Default)]
pub(super) struct Changes {
    created: Vec<Created>,
    changed: BTreeMap<Uuid, Change>,
    versions: Vec<(Uuid, i64, String)>,
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

/// What a batch says of one app; `None` where it says nothing.
#[derive(Debug, Default)]
struct Change {
    latest_version: Option<i64>,
    details: Option<Details>,
    credential_management: Option<CredentialManagement>,
    review: Option<Review>,
    deleted: Option<Stamp>,
}

#[derive(Debug)]
struct Details {
    visibility: Visibility,
    message: v1::AppDetailsEdited,
}

impl Changes {
    pub(super) fn created(&mut self, event: &Recorded, message: v1::AppCreated) -> Result<(), ApplyError> {
        let app_id = uuid(event, "app_id", &message.app_id)?;
        self.versions.push((app_id, 1, joined(&message.scopes)));
        self.created.push(Created {
            app_id,
            organization_id: uuid(event, "organization_id", &message.organization_id)?,
            visibility: visibility(event, message.visibility)?,
            credential_management: credential_management(event, message.credential_management)?,
            review: if message.review_required { Review::Pending } else { Review::NotRequired },
            message,
        });
        Ok(())
    }

    pub(super) fn edited(
        &mut self,
        event: &Recorded,
        message: v1::AppDetailsEdited,
    ) -> Result<(), ApplyError> {
        let visibility = visibility(event, message.visibility)?;
        let change = self.of(event, &message.app_id)?;
        change.details = Some(Details { visibility, message });
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

    pub(super) fn credential_management_changed(
        &mut self,
        event: &Recorded,
        message: &v1::CredentialManagementChanged,
    ) -> Result<(), ApplyError> {
        let side = credential_management(event, message.credential_management)?;
        self.of(event, &message.app_id)?.credential_management = Some(side);
        Ok(())
    }

    pub(super) fn reviewed(
        &mut self,
        event: &Recorded,
        app_id: &str,
        review: Review,
    ) -> Result<(), ApplyError> {
        self.of(event, app_id)?.review = Some(review);
        Ok(())
    }

    pub(super) fn deleted(&mut self, event: &Recorded, app_id: &str) -> Result<(), ApplyError> {
        self.of(event, app_id)?.deleted = Some(Stamp::of(event));
        Ok(())
    }

    fn of(&mut self, event: &Recorded, app_id: &str) -> Result<&mut Change, ApplyError> {
        Ok(self.changed.entry(uuid(event, "app_id", app_id)?).or_default())
    }

    /// About how many bytes it holds, as of the others.
    pub(super) fn weight(&self) -> usize {
        (self.created.len() + self.changed.len() + self.versions.len()) * 1_024
    }

    pub(super) async fn write(&self, transaction: &Transaction<'_>) -> Result<(), ApplyError> {
        if !self.created.is_empty() {
            insert(transaction, &self.created).await?;
        }
        if !self.changed.is_empty() {
            update(transaction, &self.changed).await?;
        }
        if !self.versions.is_empty() {
            let rows = &self.versions;
            let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                [&column!(rows, |row| row.0), &column!(rows, |row| row.1), &column!(rows, |row| &*row.2)];
            write(transaction, "app versions", include_str!("../insert_versions.sql"), &parameters).await?;
        }
        Ok(())
    }
}

fn visibility(event: &Recorded, value: i32) -> Result<Visibility, ApplyError> {
    words::visibility(value).ok_or_else(|| unusable(event, "visibility"))
}

fn credential_management(event: &Recorded, value: i32) -> Result<CredentialManagement, ApplyError> {
    words::credential_management(value).ok_or_else(|| unusable(event, "credential_management"))
}

async fn insert(transaction: &Transaction<'_>, rows: &[Created]) -> Result<(), ApplyError> {
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

async fn update(transaction: &Transaction<'_>, rows: &BTreeMap<Uuid, Change>) -> Result<(), ApplyError> {
    write(
        transaction,
        "changed apps",
        include_str!("../update_apps.sql"),
        &[
            &column!(rows, |row| *row.0),
            &column!(rows, |row| row.1.latest_version),
            &column!(rows, |row| row.1.details.as_ref().map(|to| &*to.message.name)),
            &column!(rows, |row| row.1.details.as_ref().map(|to| &*to.message.organization_name)),
            &column!(rows, |row| row.1.details.as_ref().map(|to| &*to.message.homepage_url)),
            &column!(rows, |row| row.1.details.as_ref().map(|to| to.visibility.as_str())),
            &column!(rows, |row| row.1.credential_management.map(CredentialManagement::as_str)),
            &column!(rows, |row| row.1.review.map(Review::as_str)),
            &column!(rows, |row| row.1.deleted.as_ref().map(|stamp| stamp.recorded_at)),
            &column!(rows, |row| row.1.deleted.as_ref().map(|stamp| &*stamp.actor.kind)),
            &column!(rows, |row| row.1.deleted.as_ref().map(|stamp| &*stamp.actor.id)),
        ],
    )
    .await
}
