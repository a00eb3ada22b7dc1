//! `chancery log verify`: every event and every checkpoint, read anew from the database.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use chancery_journal::copy_events;
use chancery_wire::audit::{COLUMNS, Finding, Hash, LeafHasher, Recount, SealedHashes, VerifyingKey};
use indicatif::ProgressBar;
use postgres::{IsolationLevel, Transaction};
use uuid::Uuid;

use super::{Verify, open, report::Report, witnessed::Witnessed};
use crate::{
    archive::{Columns, tuples},
    cli::Output,
    progress,
};

/// Events that are read with one statement, about; their sealed hashes are in memory meanwhile.
const STEP: i64 = 1 << 15;

/// Blocks until everything is recounted. What it sees is the log at one moment, whatever is appended meanwhile.
pub(in crate::log) fn verify(url: &str, verify: &Verify, output: Output) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut client = crate::log::connect(url)?;
    let mut log =
        client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start()?;
    let head = log.query_one("SELECT log_id, position FROM public.head", &[]).context("reading the head")?;
    let (log_id, head): (Uuid, u64) = (head.get(0), head.get::<_, i64>(1).cast_unsigned());
    let keys = verify.keys.read(Some(log_id))?;
    let mut counting = Counting {
        recount: Recount::default(),
        hasher: LeafHasher::default(),
        witnesses: Witnessed::open_all(&verify.witness, &keys, log_id)?,
        bar: progress::bar("events", head),
    };
    let asked = !counting.witnesses.is_empty();
    counting.sealed(&mut log, &keys)?;
    counting.unsealed(&mut log)?;
    counting.bar.finish_and_clear();
    let Counting { mut recount, witnesses, .. } = counting;
    let mut witnessed = 0;
    for witness in witnesses {
        witnessed += witness.finish(&mut recount)?;
    }
    let summary = recount.finish(Some(head));
    let seconds = began.elapsed().as_secs_f64();
    Report::new(log_id, &keys, asked.then_some(witnessed), summary, seconds).tell(output)
}

struct Counting {
    recount: Recount,
    hasher: LeafHasher,
    witnesses: Vec<Witnessed>,
    bar: ProgressBar,
}

impl Counting {
    /// From checkpoint to checkpoint.
    fn sealed(&mut self, log: &mut Transaction<'_>, keys: &[VerifyingKey]) -> anyhow::Result<()> {
        let mut reached = 0;
        // A position that no append could have given.
        let impossible = "SELECT position FROM public.events WHERE position < 1 ORDER BY position LIMIT 1";
        if log.query_opt(impossible, &[]).context("looking at the log's beginning")?.is_some() {
            self.recount.found(Finding::Unexpected { position: 0 });
        }
        loop {
            let seals = seals(log, reached, keys)?;
            let Some(last) = seals.last().map(|seal| seal.size) else { return Ok(()) };
            let mut seals = seals.into_iter().peekable();
            self.checkpoint(seals.next())?;
            let copy = log.copy_out(&copy_events(reached, last)).context("reading the log")?;
            tuples(copy, |columns| {
                let (position, hash) = leaf(columns, &mut self.hasher)?;
                while let Some(next) = seals.next_if(|next| next.previous < position) {
                    self.checkpoint(Some(next))?;
                }
                self.event(position, hash)
            })?;
            for next in seals {
                self.checkpoint(Some(next))?;
            }
            reached = last;
        }
    }

    /// What came since the last checkpoint.
    fn unsealed(&mut self, log: &mut Transaction<'_>) -> anyhow::Result<()> {
        let after = log.query_one("SELECT coalesce(max(size), 0) FROM public.seals", &[])?.get::<_, i64>(0);
        let end = i64::MAX.cast_unsigned();
        let copy = log.copy_out(&copy_events(after.cast_unsigned(), end)).context("reading the log's end")?;
        tuples(copy, |columns| {
            let (position, hash) = leaf(columns, &mut self.hasher)?;
            self.event(position, hash)
        })
    }

    fn checkpoint(&mut self, seal: Option<SealedHashes>) -> anyhow::Result<()> {
        if let Some(seal) = seal {
            self.bar.set_position(seal.previous);
            self.recount.checkpoint(seal);
            self.look()?;
        }
        Ok(())
    }

    fn event(&mut self, position: u64, hash: Hash) -> anyhow::Result<()> {
        self.recount.event(position, hash, &self.hasher);
        if self.witnesses.iter().any(|witness| witness.is_due(position)) {
            self.look()?;
        }
        Ok(())
    }

    fn look(&mut self) -> anyhow::Result<()> {
        self.witnesses.iter_mut().try_for_each(|witness| witness.look(&mut self.recount))
    }
}

/// The next checkpoints after this size, with what stands beside them: of about [`STEP`] events.
fn seals(log: &mut Transaction<'_>, after: u64, keys: &[VerifyingKey]) -> anyhow::Result<Vec<SealedHashes>> {
    let sql = "SELECT size, previous, note, peaks, leaves FROM public.seals WHERE size > $1 AND size <= greatest($1 + $2, \
               (SELECT min(size) FROM public.seals WHERE size > $1)) ORDER BY size";
    let rows = log.query(sql, &[&after.cast_signed(), &STEP]).context("reading checkpoints")?;
    let Some(last) = rows.last().map(|row| row.get::<_, i64>(0)) else { return Ok(Vec::new()) };
    let behind = "SELECT substr(leaves, 1, 32) FROM public.seals WHERE size > $1 ORDER BY size LIMIT 1";
    let behind = log.query_opt(behind, &[&last]).context("reading checkpoints")?;
    let mut next = behind.and_then(|row| first(row.get(0)));
    let mut found = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        let (size, previous) = (row.get::<_, i64>(0), row.get::<_, i64>(1));
        ensure!(size > 0 && previous >= 0, "a checkpoint of {size} events after one of {previous} is none");
        let leaves = Hash::list(row.get(4)).unwrap_or_default();
        let behind = std::mem::replace(&mut next, leaves.first().copied());
        found.push(SealedHashes {
            previous: previous.cast_unsigned(),
            size: size.cast_unsigned(),
            checkpoint: open(row.get(2), keys),
            peaks: Hash::list(row.get(3)).unwrap_or_default(),
            leaves,
            next: behind,
        });
    }
    found.reverse();
    Ok(found)
}

fn first(bytes: &[u8]) -> Option<Hash> {
    bytes.first_chunk().copied().map(Hash)
}

/// An event's position and leaf.
fn leaf(columns: &mut Columns<'_>, hasher: &mut LeafHasher) -> anyhow::Result<(u64, Hash)> {
    let mut envelope = [None; COLUMNS.len()];
    for column in &mut envelope {
        *column = columns.next()?;
    }
    let data = columns.next()?.context("an event without data")?;
    chancery_journal::leaf(envelope, data, hasher).context("an event without a position or a time")
}
