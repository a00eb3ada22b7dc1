//! Events into rows: new apps in one insert, everything else in one update.

use std::collections::BTreeMap;

use chancery_wire::{Event, Recorded, v1};
use deadpool_postgres::Transaction;
use uuid::Uuid;

use crate::{
    ApplyError, CredentialManagement, Review, Visibility,
    row::joined,
    view::{column, decode, some, unusable, uuid, write},
    words,
};

pub(super) const EVENTS: &[&str] = &[
    "AppCreated",
    "AppDetailsEdited",
    "ScopesEdited",
    "CredentialManagementChanged",
    "ReviewRequested",
    "AppApproved",
    "AppRejected",
    "AppDeleted",
    "TenantAdded",
    "TenantRemoved",
];

/// What a batch does, folded to one row an app.
#[derive(Debug, Default)]
struct Changes<'a> {
    created: Vec<Created<'a>>,
    changed: BTreeMap<Uuid, Change<'a>>,
}

#[derive(Debug)]
struct Created<'a> {
    event: &'a Recorded,
    app_id: Uuid,
    organization_id: Uuid,
    visibility: Visibility,
    credential_management: CredentialManagement,
    scopes: String,
    review: Review,
    message: v1::AppCreated,
}

/// `None` where the batch says nothing.
#[derive(Debug, Default)]
struct Change<'a> {
    version: Option<i64>,
    scopes: Option<String>,
    details: Option<Details>,
    credential_management: Option<CredentialManagement>,
    review: Option<Review>,
    /// Says something only where `review` does.
    review_reason: Option<String>,
    review_since: Option<i64>,
    deleted: Option<&'a Recorded>,
    tenants: i64,
    stream_version: Option<i64>,
}

#[derive(Debug)]
struct Details {
    visibility: Visibility,
    message: v1::AppDetailsEdited,
}

pub(super) async fn apply(transaction: &Transaction<'_>, batch: &[Recorded]) -> Result<(), ApplyError> {
    let changes = fold(batch)?;
    if !changes.created.is_empty() {
        insert(transaction, &changes.created).await?;
    }
    if !changes.changed.is_empty() {
        update(transaction, &changes.changed).await?;
    }
    Ok(())
}

fn fold(batch: &[Recorded]) -> Result<Changes<'_>, ApplyError> {
    let mut changes = Changes::default();
    for event in batch {
        match decode(event, EVENTS)? {
            Some(Event::AppCreated(message)) => changes.created.push(created(event, message)?),
            Some(Event::ScopesEdited(message)) => {
                let change = changes.of_app(event, &message.app_id)?;
                change.version = Some(message.version);
                change.scopes = Some(joined(&message.scopes));
            }
            Some(Event::AppDetailsEdited(message)) => {
                let visibility = words::visibility(message.visibility);
                let visibility = visibility.ok_or_else(|| unusable(event, "visibility"))?;
                let change = changes.of_app(event, &message.app_id)?;
                change.details = Some(Details { visibility, message });
            }
            Some(Event::CredentialManagementChanged(message)) => {
                let side = words::credential_management(message.credential_management);
                let side = side.ok_or_else(|| unusable(event, "credential_management"))?;
                changes.of_app(event, &message.app_id)?.credential_management = Some(side);
            }
            Some(Event::ReviewRequested(message)) => {
                let change = changes.of_app(event, &message.app_id)?;
                change.review = Some(Review::Pending);
                change.review_reason = None;
                change.review_since = Some(event.position.as_i64());
            }
            Some(Event::AppDeleted(message)) => {
                changes.of_app(event, &message.app_id)?.deleted = Some(event);
            }
            Some(Event::AppApproved(message)) => {
                let change = changes.of_app(event, &message.app_id)?;
                change.review = Some(Review::Approved);
                change.review_reason = Some(message.reason);
            }
            Some(Event::AppRejected(message)) => {
                let change = changes.of_app(event, &message.app_id)?;
                change.review = Some(Review::Rejected);
                change.review_reason = Some(message.reason);
            }
            Some(Event::TenantAdded(message)) => {
                let app_id = uuid(event, "app_id", &message.app_id)?;
                changes.changed.entry(app_id).or_default().tenants += 1;
            }
            Some(Event::TenantRemoved(message)) => {
                let app_id = uuid(event, "app_id", &message.app_id)?;
                changes.changed.entry(app_id).or_default().tenants -= 1;
            }
            _ => changes.count(event),
        }
    }
    Ok(changes)
}

impl<'a> Changes<'a> {
    /// What changes of the app in whose stream the event stands.
    fn of_app(&mut self, event: &Recorded, app_id: &str) -> Result<&mut Change<'a>, ApplyError> {
        let change = self.changed.entry(uuid(event, "app_id", app_id)?).or_default();
        change.stream_version = Some(event.version.cast_signed());
        Ok(change)
    }

    /// An event of an app that says nothing to this view still moves the stream's version.
    fn count(&mut self, event: &Recorded) {
        if let ("app", Some(app_id)) = (event.category.as_str(), event.key_app) {
            self.changed.entry(app_id).or_default().stream_version = Some(event.version.cast_signed());
        }
    }
}

fn created(event: &Recorded, message: v1::AppCreated) -> Result<Created<'_>, ApplyError> {
    Ok(Created {
        event,
        app_id: uuid(event, "app_id", &message.app_id)?,
        organization_id: uuid(event, "organization_id", &message.organization_id)?,
        visibility: words::visibility(message.visibility).ok_or_else(|| unusable(event, "visibility"))?,
        credential_management: words::credential_management(message.credential_management)
            .ok_or_else(|| unusable(event, "credential_management"))?,
        scopes: joined(&message.scopes),
        review: if message.review_required { Review::Pending } else { Review::NotRequired },
        message,
    })
}

async fn insert(transaction: &Transaction<'_>, rows: &[Created<'_>]) -> Result<(), ApplyError> {
    write(
        transaction,
        "new apps",
        include_str!("insert.sql"),
        &[
            &column!(rows, |row| row.app_id),
            &column!(rows, |row| &*row.message.app_key),
            &column!(rows, |row| row.organization_id),
            &column!(rows, |row| &*row.message.name),
            &column!(rows, |row| &*row.message.organization_name),
            &column!(rows, |row| &*row.message.homepage_url),
            &column!(rows, |row| row.visibility.as_str()),
            &column!(rows, |row| row.credential_management.as_str()),
            &column!(rows, |row| &*row.scopes),
            &column!(rows, |row| row.review.as_str()),
            &column!(rows, |row| row.event.position.as_i64()),
            &column!(rows, |row| row.event.recorded_at),
            &column!(rows, |row| &*row.event.actor.kind),
            &column!(rows, |row| &*row.event.actor.id),
        ],
    )
    .await
}

async fn update(transaction: &Transaction<'_>, rows: &BTreeMap<Uuid, Change<'_>>) -> Result<(), ApplyError> {
    write(
        transaction,
        "changed apps",
        include_str!("update.sql"),
        &[
            &column!(rows, |row| *row.0),
            &column!(rows, |row| row.1.version),
            &column!(rows, |row| row.1.scopes.as_deref()),
            &column!(rows, |row| row.1.details.as_ref().map(|to| &*to.message.name)),
            &column!(rows, |row| row.1.details.as_ref().map(|to| &*to.message.organization_name)),
            &column!(rows, |row| row.1.details.as_ref().map(|to| &*to.message.homepage_url)),
            &column!(rows, |row| row.1.details.as_ref().map(|to| to.visibility.as_str())),
            &column!(rows, |row| row.1.credential_management.map(CredentialManagement::as_str)),
            &column!(rows, |row| row.1.review.map(Review::as_str)),
            &column!(rows, |row| row.1.review_reason.as_deref().and_then(some)),
            &column!(rows, |row| row.1.review_since),
            &column!(rows, |row| row.1.deleted.map(|event| event.recorded_at)),
            &column!(rows, |row| row.1.deleted.map(|event| &*event.actor.kind)),
            &column!(rows, |row| row.1.deleted.map(|event| &*event.actor.id)),
            &column!(rows, |row| row.1.tenants),
            &column!(rows, |row| row.1.stream_version),
        ],
    )
    .await
}
