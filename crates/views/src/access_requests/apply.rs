//! Events into rows: a request is one insert, its decision one update.

use chancery_wire::{Event, Recorded, v1};
use deadpool_postgres::Transaction;
use uuid::Uuid;

use crate::{
    AccessState, ApplyError,
    view::{column, decode, some, uuid, write},
};

pub(super) const EVENTS: &[&str] = &["AccessRequested", "AccessApproved", "AccessRejected"];

#[derive(Debug, Default)]
struct Changes<'a> {
    requested: Vec<Requested<'a>>,
    decided: Vec<Decided<'a>>,
}

#[derive(Debug)]
struct Requested<'a> {
    event: &'a Recorded,
    request_id: Uuid,
    message: v1::AccessRequested,
}

#[derive(Debug)]
struct Decided<'a> {
    event: &'a Recorded,
    request_id: Uuid,
    state: AccessState,
    reason: String,
    organization_id: Option<Uuid>,
    tenant_id: Option<i64>,
}

pub(super) async fn apply(transaction: &Transaction<'_>, batch: &[Recorded]) -> Result<(), ApplyError> {
    let changes = fold(batch)?;
    if !changes.requested.is_empty() {
        insert(transaction, &changes.requested).await?;
    }
    if !changes.decided.is_empty() {
        decide(transaction, &changes.decided).await?;
    }
    Ok(())
}

fn fold(batch: &[Recorded]) -> Result<Changes<'_>, ApplyError> {
    let mut changes = Changes::default();
    for event in batch {
        match decode(event, EVENTS)? {
            Some(Event::AccessRequested(message)) => {
                let request_id = uuid(event, "request_id", &message.request_id)?;
                changes.requested.push(Requested { event, request_id, message });
            }
            Some(Event::AccessApproved(message)) => changes.decided.push(Decided {
                event,
                request_id: uuid(event, "request_id", &message.request_id)?,
                state: AccessState::Approved,
                organization_id: Some(uuid(event, "organization_id", &message.organization_id)?),
                tenant_id: Some(message.tenant_id),
                reason: message.reason,
            }),
            Some(Event::AccessRejected(message)) => changes.decided.push(Decided {
                event,
                request_id: uuid(event, "request_id", &message.request_id)?,
                state: AccessState::Rejected,
                organization_id: None,
                tenant_id: None,
                reason: message.reason,
            }),
            _ => {}
        }
    }
    Ok(changes)
}

async fn insert(transaction: &Transaction<'_>, rows: &[Requested<'_>]) -> Result<(), ApplyError> {
    write(
        transaction,
        "access requests",
        include_str!("insert.sql"),
        &[
            &column!(rows, |row| row.request_id),
            &column!(rows, |row| row.event.position.as_i64()),
            &column!(rows, |row| &*row.message.requester_id),
            &column!(rows, |row| &*row.message.company),
            &column!(rows, |row| row.event.recorded_at),
        ],
    )
    .await
}

async fn decide(transaction: &Transaction<'_>, rows: &[Decided<'_>]) -> Result<(), ApplyError> {
    write(
        transaction,
        "decided access requests",
        include_str!("decide.sql"),
        &[
            &column!(rows, |row| row.request_id),
            &column!(rows, |row| row.state.as_str()),
            &column!(rows, |row| row.event.recorded_at),
            &column!(rows, |row| &*row.event.actor.kind),
            &column!(rows, |row| &*row.event.actor.id),
            &column!(rows, |row| some(&row.reason)),
            &column!(rows, |row| row.organization_id),
            &column!(rows, |row| row.tenant_id),
            &column!(rows, |row| row.event.version.cast_signed()),
        ],
    )
    .await
}
