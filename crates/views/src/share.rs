//! What one worker's shards of a build want of the log, asked for where the log is: the server sends no more.

use std::pin::Pin;

use chancery_wire::Position;
use tokio_postgres::{Client, Error, RowStream, types::ToSql};

use crate::{Build, View, Wants};

const WANTED: &str = include_str!("share/wanted.sql");

/// The events that a view wants, or those of some of its shards.
#[derive(Debug, Clone)]
pub struct Share {
    wants: Wants,
    /// How many there are.
    all: i32,
    /// `None`: all of them.
    shards: Option<Vec<i32>>,
}

impl Share {
    pub(crate) fn of(view: &dyn View, build: &Build, shards: Vec<i32>) -> Self {
        let shards = (shards.len() < build.shards as usize).then_some(shards);
        Self { wants: view.wants(), all: build.shards.cast_signed(), shards }
    }

    /// Less than what the view wants in all.
    pub(crate) fn is_part(&self) -> bool {
        self.shards.is_some()
    }

    /// Rows of its events after one position and up to another, in the log's order; `None` where the log has nothing at
    /// the other: a head may be told of a log that lost its end since, in a failover. Up to an event that is there a
    /// range misses nothing, for the log has no gap; on one connection it stays there.
    pub(crate) async fn rows(
        &self,
        client: &Client,
        columns: &str,
        after: Position,
        to: Position,
    ) -> Result<Option<Pin<Box<RowStream>>>, Error> {
        let (after, to) = (after.as_i64(), to.as_i64());
        if client.query_opt("SELECT FROM public.events WHERE position = $1", &[&to]).await?.is_none() {
            return Ok(None);
        }
        let [types, categories] = self.wants.lists();
        let parameters: [&(dyn ToSql + Sync); 6] =
            [&after, &to, &types, &categories, &self.all, &self.shards];
        let sql = format!("SELECT {columns} FROM public.events {WANTED} ORDER BY position");
        client.query_raw(&sql, parameters).await.map(|rows| Some(Box::pin(rows)))
    }
}
