//! Events into rows: every version is one insert.

use chancery_wire::{Event, Recorded};
use deadpool_postgres::Transaction;
use uuid::Uuid;

use crate::{
    ApplyError,
    row::joined,
    view::{column, decode, uuid, write},
};

pub(super) const EVENTS: &[&str] = &["AppCreated", "ScopesEdited"];

#[derive(Debug)]
struct Published<'a> {
    event: &'a Recorded,
    app_id: Uuid,
    version: i64,
    scopes: String,
    added: String,
    removed: String,
}

pub(super) async fn apply(transaction: &Transaction<'_>, batch: &[Recorded]) -> Result<(), ApplyError> {
    let rows = fold(batch)?;
    if rows.is_empty() {
        return Ok(());
    }
    write(
        transaction,
        "app versions",
        include_str!("insert.sql"),
        &[
            &column!(rows, |row| row.app_id),
            &column!(rows, |row| row.version),
            &column!(rows, |row| &*row.scopes),
            &column!(rows, |row| &*row.added),
            &column!(rows, |row| &*row.removed),
            &column!(rows, |row| row.event.recorded_at),
            &column!(rows, |row| &*row.event.actor.kind),
            &column!(rows, |row| &*row.event.actor.id),
        ],
    )
    .await
}

fn fold(batch: &[Recorded]) -> Result<Vec<Published<'_>>, ApplyError> {
    let mut rows = Vec::new();
    for event in batch {
        match decode(event, EVENTS)? {
            Some(Event::AppCreated(message)) => {
                let scopes = joined(&message.scopes);
                rows.push(Published {
                    event,
                    app_id: uuid(event, "app_id", &message.app_id)?,
                    version: 1,
                    added: scopes.clone(),
                    removed: String::new(),
                    scopes,
                });
            }
            Some(Event::ScopesEdited(message)) => rows.push(Published {
                event,
                app_id: uuid(event, "app_id", &message.app_id)?,
                version: message.version,
                scopes: joined(&message.scopes),
                added: joined(&message.added),
                removed: joined(&message.removed),
            }),
            _ => {}
        }
    }
    Ok(rows)
}
