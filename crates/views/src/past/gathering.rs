//! The events that an answer is made of.

use std::collections::{BTreeMap, BTreeSet};

use chancery_journal::{Filter, Journal, JournalError};
use chancery_wire::{Position, Recorded};

use super::{
    subject::{Order, Subject},
    unfoldable,
};
use crate::{ReadError, View};

/// Events that are read at once.
const PAGE: usize = 2_000;

/// What the live build was made to go on without, up to a position.
const SKIPPED: &str = include_str!("skipped.sql");

pub(super) struct Gathering<'a> {
    journal: &'a Journal,
    view: &'a dyn View,
    through: Position,
    skipped: BTreeSet<Position>,
    /// How many events may be read, and how many were.
    most: usize,
    read: usize,
    streams: BTreeSet<String>,
    events: Vec<Recorded>,
}

impl<'a> Gathering<'a> {
    pub(super) async fn begin(
        journal: &'a Journal,
        view: &'a dyn View,
        through: Position,
        most: usize,
    ) -> Result<Self, ReadError> {
        let connection = |source| ReadError::Connection { view: view.name(), source };
        let failed = |source| ReadError::Query { view: view.name(), source };
        let client = journal.client().await.map_err(connection)?;
        let statement = client.prepare_cached(SKIPPED).await.map_err(failed)?;
        let version = view.version().cast_signed();
        let rows = client.query(&statement, &[&view.name(), &version, &through.as_i64()]).await;
        let skipped = rows.map_err(failed)?.iter().map(|row| Position::from_i64(row.get(0))).collect();
        Ok(Self {
            journal,
            view,
            through,
            skipped,
            most,
            read: 0,
            streams: BTreeSet::new(),
            events: Vec::new(),
        })
    }

    /// Takes what stands in these streams, and in those that it leads to.
    pub(super) async fn add(
        &mut self,
        subject: &Subject<'_>,
        mut streams: Vec<String>,
    ) -> Result<(), ReadError> {
        loop {
            streams.retain(|stream| self.streams.insert(stream.clone()));
            if streams.is_empty() {
                return Ok(());
            }
            // One more than may be read shows that there are more.
            let limit = self.most - self.read + 1;
            let found = self.journal.streams_through(&streams, self.through, limit).await;
            let found = self.count(found.map_err(|source| self.failed(source))?)?;
            streams = Vec::new();
            for event in found {
                let leads = subject.leads_to(&event);
                let unfoldable = |error| unfoldable(self.view, std::slice::from_ref(&event), error);
                streams.extend(leads.map_err(unfoldable)?);
                self.events.push(event);
            }
        }
    }

    /// What may be on the page, in the page's order: the streams of each. Of one app, its listings are taken instead.
    pub(super) async fn candidates(&mut self, subject: &Subject<'_>) -> Result<Vec<Vec<String>>, ReadError> {
        let Some(listings) = subject.listings() else { return Ok(Vec::new()) };
        let listings = Filter { through: Some(self.through), ..listings };
        let mut candidates: BTreeMap<Order, Vec<String>> = BTreeMap::new();
        let mut after = Position::START;
        loop {
            let page = self.journal.select(&listings, after, PAGE).await;
            let page = page.map_err(|source| self.failed(source))?;
            let is_last = page.len() < PAGE;
            after = page.last().map_or(after, |event| event.position);
            for event in self.count(page)? {
                match subject {
                    Subject::App(_) => self.events.push(event),
                    _ => candidates.extend(subject.candidate(&event)),
                }
            }
            if is_last {
                return Ok(candidates.into_values().collect());
            }
        }
    }

    /// All that was taken and that the view wants, in the log's order.
    pub(super) fn events(&mut self) -> &[Recorded] {
        let wants = self.view.wants();
        self.events.retain(|event| wants.include(event));
        self.events.sort_unstable_by_key(|event| event.position);
        &self.events
    }

    /// Without what was skipped.
    fn count(&mut self, mut found: Vec<Recorded>) -> Result<Vec<Recorded>, ReadError> {
        self.read += found.len();
        if self.read > self.most {
            return Err(ReadError::TooMuch { view: self.view.name() });
        }
        found.retain(|event| !self.skipped.contains(&event.position));
        Ok(found)
    }

    fn failed(&self, source: JournalError) -> ReadError {
        ReadError::Log { view: self.view.name(), source }
    }
}
