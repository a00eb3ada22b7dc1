//! Reading the log.

use std::sync::Arc;

use chancery_wire::{Position, Recorded};
use deadpool_postgres::{Object, Pool};
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;
use tokio::{sync::watch, task::AbortHandle};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{
    Filter, Follower, Head, JournalError, Role,
    connect::{config_for, pool},
    head, row, select,
};

/// The log, for reading. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Journal {
    pool: Pool,
    head: watch::Sender<Position>,
    _listener: Arc<Listener>,
}

/// What `commands` keeps of an accepted command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommand {
    pub request_hash: Vec<u8>,
    pub status: u16,
    pub answer: String,
    /// `None` where the command changed nothing.
    pub first_position: Option<Position>,
    pub last_position: Position,
    pub recorded_at: Timestamp,
}

#[derive(Debug)]
struct Listener(AbortHandle);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Journal {
    /// Opens the log at `url` under the role of the application, with at most `connections` readers. Connects
    /// lazily: a database that is away shows in the first read, and is waited for by followers.
    pub fn open(url: &str, connections: usize) -> Result<Self, JournalError> {
        Self::open_as(Role::App, url, connections)
    }

    /// The same under another role, which may read the log too.
    pub fn open_as(role: Role, url: &str, connections: usize) -> Result<Self, JournalError> {
        let (head, _) = watch::channel(Position::START);
        let listener = tokio::spawn(head::listen(config_for(url, role)?, head.clone()));
        Ok(Self {
            pool: pool(url, role, connections)?,
            head,
            _listener: Arc::new(Listener(listener.abort_handle())),
        })
    }

    /// The head, read from the log itself.
    pub async fn head(&self) -> Result<Head, JournalError> {
        let client = self.client().await?;
        let statement = "SELECT log_id, position, recorded_at FROM public.head";
        let statement = client
            .prepare_cached(statement)
            .await
            .map_err(JournalError::query("preparing to read the head"))?;
        let row = client.query_one(&statement, &[]).await.map_err(JournalError::query("reading the head"))?;
        let position = Position::from_i64(row.get(1));
        head::advance(&self.head, position);
        Ok(Head { log_id: row.get(0), position, recorded_at: row.get(2) })
    }

    /// Wakes when the head moves.
    pub fn follow(&self) -> Follower {
        Follower::new(self.head.subscribe())
    }

    /// At most `limit` events after `after`, in order.
    pub async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, JournalError> {
        self.select(&Filter::default(), after, limit).await
    }

    /// At most `limit` events after `after` that match, in order.
    pub async fn select(
        &self,
        filter: &Filter,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, JournalError> {
        let (after, limit) = (after.as_i64(), limit_i64(limit));
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&after, &limit];
        parameters.extend(filter.given().into_iter().map(|given| given.value));
        let through = filter.through.map(Position::as_i64);
        parameters.extend(through.as_ref().map(|through| through as &(dyn ToSql + Sync)));
        let mut events = self.events(&select::statement(filter), &parameters).await?;
        // They come in order, though no ORDER BY says so where keys were followed: then this moves nothing.
        events.sort_by_key(|event| event.position);
        Ok(events)
    }

    /// Every event after `after` up to and including `last`, in order, as fast as Postgres sends them and with
    /// flat memory. Holds a connection until it is dropped. Fastest on a current-thread runtime, where no row
    /// changes threads.
    pub async fn scan(
        &self,
        after: Position,
        last: Position,
    ) -> Result<impl Stream<Item = Result<Recorded, JournalError>> + use<>, JournalError> {
        let client = self.client().await?;
        let sql = format!(
            "SELECT {} FROM public.events WHERE position > $1 AND position <= $2 ORDER BY position",
            row::COLUMNS
        );
        let statement =
            client.prepare_cached(&sql).await.map_err(JournalError::query("preparing to read events"))?;
        let rows = client
            .query_raw(&statement, [after.as_i64(), last.as_i64()])
            .await
            .map_err(JournalError::query("reading events"))?;
        // The connection goes back to the pool when the stream is dropped, not before.
        let events = rows.map(move |row| {
            let _ = &client;
            row.map(|row| row::recorded(&row)).map_err(JournalError::query("reading events"))
        });
        Ok(events)
    }

    /// The event at `position`.
    pub async fn event(&self, position: Position) -> Result<Option<Recorded>, JournalError> {
        let sql = format!("SELECT {} FROM public.events WHERE position = $1", row::COLUMNS);
        Ok(self.events(&sql, &[&position.as_i64()]).await?.pop())
    }

    /// The events of a stream after `version`, in order.
    pub async fn stream(&self, stream: &str, after_version: u64) -> Result<Vec<Recorded>, JournalError> {
        let sql = format!(
            "SELECT {} FROM public.events WHERE stream = $1 AND version > $2 ORDER BY version",
            row::COLUMNS
        );
        self.events(&sql, &[&stream, &after_version.cast_signed()]).await
    }

    /// The stream's last event up to `position`.
    pub async fn last(&self, stream: &str, position: Position) -> Result<Option<Recorded>, JournalError> {
        // An end that looked like a range of positions would seem to be a reason for going by those.
        let sql = format!(
            "SELECT {} FROM public.events WHERE stream = $1 AND position + 0 <= $2 ORDER BY version DESC LIMIT 1",
            row::COLUMNS
        );
        Ok(self.events(&sql, &[&stream, &position.as_i64()]).await?.pop())
    }

    /// The events of many streams, each after a version of its own, in the log's order.
    pub async fn streams<'a>(
        &self,
        tails: impl IntoIterator<Item = (&'a str, u64)>,
    ) -> Result<Vec<Recorded>, JournalError> {
        let (streams, versions): (Vec<&str>, Vec<i64>) =
            tails.into_iter().map(|(stream, after)| (stream, after.cast_signed())).unzip();
        // LIMIT keeps the look-up of each stream by itself: no plan may join the whole log.
        let sql = format!(
            "SELECT {} FROM unnest($1::text[], $2::bigint[]) AS tail(name, after) CROSS JOIN LATERAL \
             (SELECT * FROM public.events e WHERE e.stream = tail.name AND e.version > tail.after \
              ORDER BY e.version LIMIT 9223372036854775807) AS found ORDER BY position",
            row::COLUMNS
        );
        self.events(&sql, &[&streams, &versions]).await
    }

    /// The first events of many streams, none of them after `through`, in the log's order: at most `limit` of a stream
    /// and of all.
    pub async fn streams_through(
        &self,
        streams: &[String],
        through: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, JournalError> {
        // Within a stream versions have the order of positions, and an index that gives it. An end that looked like a
        // range of positions would seem to be a reason for going by those.
        let sql = format!(
            "SELECT {} FROM unnest($1::text[]) AS wanted(name) CROSS JOIN LATERAL \
             (SELECT * FROM public.events e WHERE e.stream = wanted.name AND e.position + 0 <= $2 \
              ORDER BY e.version LIMIT $3) AS found ORDER BY position LIMIT $3",
            row::COLUMNS
        );
        self.events(&sql, &[&streams, &through.as_i64(), &limit_i64(limit)]).await
    }

    /// What became of a command.
    pub async fn command(&self, command_id: Uuid) -> Result<Option<StoredCommand>, JournalError> {
        let client = self.client().await?;
        let statement = "SELECT request_hash, status, answer, first_position, last_position, recorded_at \
                         FROM public.commands WHERE command_id = $1";
        let statement = client
            .prepare_cached(statement)
            .await
            .map_err(JournalError::query("preparing to read a command"))?;
        let row = client
            .query_opt(&statement, &[&command_id])
            .await
            .map_err(JournalError::query("reading a command"))?;
        Ok(row.map(|row| StoredCommand {
            request_hash: row.get(0),
            status: row.get::<_, i16>(1).cast_unsigned(),
            answer: row.get(2),
            first_position: row.get::<_, Option<i64>>(3).map(Position::from_i64),
            last_position: Position::from_i64(row.get(4)),
            recorded_at: row.get(5),
        }))
    }

    /// A connection under the application's role, for the tables beside the log.
    pub async fn client(&self) -> Result<Object, JournalError> {
        Ok(self.pool.get().await?)
    }

    pub(crate) fn head_watch(&self) -> watch::Sender<Position> {
        self.head.clone()
    }

    async fn events(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Recorded>, JournalError> {
        let client = self.client().await?;
        let statement =
            client.prepare_cached(sql).await.map_err(JournalError::query("preparing to read events"))?;
        let rows =
            client.query(&statement, parameters).await.map_err(JournalError::query("reading events"))?;
        Ok(rows.iter().map(row::recorded).collect())
    }
}

fn limit_i64(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
