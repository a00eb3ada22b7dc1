//! An export as a feed of events.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, ensure};
use chancery_views::{BoxFeed, Feed, FeedError, Feeds};
use chancery_wire::{Actor, Position, Recorded, audit::Row};
use futures_util::{FutureExt as _, future::BoxFuture};
use jiff::Timestamp;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::BATCH;
use crate::archive::Reader;

/// Batches that wait to be folded.
const WAITING: usize = 2;

/// A whole export of this log, from its beginning.
#[derive(Debug)]
pub(super) struct Export {
    reader: Arc<Reader>,
}

impl Export {
    /// Opens the one in `folder`, which may also be named by its manifest. It must be of the log with this id.
    pub(super) fn open(folder: &Path, log_id: Uuid) -> anyhow::Result<Self> {
        let folder = match folder.parent() {
            Some(parent) if folder.file_name().is_some_and(|name| name == "manifest.json") => parent,
            _ => folder,
        };
        // The folder that we are in has an empty name.
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() };
        let reader = Reader::open(&folder)?;
        let manifest = reader.manifest();
        ensure!(
            manifest.log_id == log_id,
            "{} is an export of log {}, the database has log {log_id}",
            folder.display(),
            manifest.log_id
        );
        ensure!(
            manifest.first == 1,
            "{} begins at position {}: what was before is missing, and nothing can be folded without it",
            folder.display(),
            manifest.first
        );
        Ok(Self { reader: Arc::new(reader) })
    }

    /// Its last position.
    pub(super) fn end(&self) -> Position {
        Position::new(self.reader.manifest().last)
    }

    /// Reads all of it once: what is damaged shows before anything is folded.
    pub(super) fn check(&self, reached: impl Fn(Position)) -> anyhow::Result<()> {
        self.reader.events(|row, _| {
            reached(Position::from_i64(row.position));
            Ok(())
        })
    }
}

impl Feeds for Export {
    fn open(&self, after: Position) -> BoxFuture<'_, Result<BoxFeed, FeedError>> {
        let (sender, batches) = mpsc::channel(WAITING);
        let reader = self.reader.clone();
        tokio::task::spawn_blocking(move || read(&reader, after, &sender));
        let end = self.end();
        async move { Ok(Box::new(ExportFeed { batches, end }) as BoxFeed) }.boxed()
    }
}

struct ExportFeed {
    batches: mpsc::Receiver<Result<Vec<Recorded>, FeedError>>,
    end: Position,
}

impl fmt::Debug for ExportFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportFeed").field("end", &self.end).finish_non_exhaustive()
    }
}

impl Feed for ExportFeed {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async {
            let ended = || Err(FeedError(format!("the export ends at {}", self.end).into()));
            self.batches.recv().await.unwrap_or_else(ended)
        }
        .boxed()
    }
}

/// Reads until the export ends, or nobody listens any more.
fn read(reader: &Reader, after: Position, sender: &mpsc::Sender<Result<Vec<Recorded>, FeedError>>) {
    let mut batch = Vec::with_capacity(BATCH);
    let done = reader.events(|row, _| {
        if Position::from_i64(row.position) > after {
            batch.push(recorded(row)?);
        }
        if batch.len() >= BATCH {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            sender.blocking_send(Ok(full)).ok().context("nobody listens")?;
        }
        Ok(())
    });
    // Where nobody listens, nobody is told.
    let _ = match done {
        Ok(()) if batch.is_empty() => Ok(()),
        Ok(()) => sender.blocking_send(Ok(batch)),
        Err(error) => sender.blocking_send(Err(FeedError(error.into()))),
    };
}

fn recorded(row: &Row<'_>) -> anyhow::Result<Recorded> {
    let at = || format!("the event at position {} is none", row.position);
    Ok(Recorded {
        position: Position::from_i64(row.position),
        event_id: row.event_id,
        category: row.category.clone().into_owned(),
        stream: row.stream.clone().into_owned(),
        version: row.version.cast_unsigned(),
        event_type: row.event_type.clone().into_owned(),
        schema_version: row.schema_version.cast_unsigned(),
        recorded_at: Timestamp::from_microsecond(row.recorded_at).with_context(at)?,
        key_app: row.key_app,
        key_tenant: row.key_tenant.map(i64::cast_unsigned),
        actor: Actor { kind: row.actor_kind.clone().into_owned(), id: row.actor_id.clone().into_owned() },
        command_id: row.command_id,
        correlation_id: row.correlation_id,
        causation_id: row.causation_id,
        traceparent: row.traceparent.as_ref().map(|text| text.clone().into_owned()),
        data: row.data.to_vec().into(),
    })
}
