//! `chancery log verify`: every event and every checkpoint, read anew from the database.

use std::time::Instant;

use anyhow::Context as _;
use chancery_journal::{TILE_HEIGHT, copy_events};
use chancery_wire::audit::{
    COLUMNS, Checkpoint, Finding, Hash, LeafHasher, Recount, SealedHashes, VerifyingKey,
};
use indicatif::ProgressBar;
use postgres::{IsolationLevel, Row, Transaction};
use uuid::Uuid;

use super::{
    Verify, open,
    report::Report,
    tiles::{self, Tiles},
    witnessed::Witnessed,
};
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
    let head = head(&mut log)?;
    let log_id = match head {
        Some((log_id, _)) => log_id,
        None => sealed_log_id(&mut log)?,
    };
    let head = head.map(|(_, position)| position);
    let keys = verify.keys.read(Some(log_id))?;
    let mut counting = Counting {
        recount: Recount::default().telling_nodes(TILE_HEIGHT),
        tiles: Tiles::default(),
        hasher: LeafHasher::default(),
        witnesses: Witnessed::open_all(&verify.witness, &keys, log_id)?,
        bar: progress::bar("events", head.unwrap_or_default()),
    };
    let asked = !counting.witnesses.is_empty();
    let sealed = counting.sealed(&mut log, &keys)?;
    counting.unsealed(&mut log)?;
    counting.bar.finish_and_clear();
    let Counting { mut recount, witnesses, .. } = counting;
    let mut witnessed = 0;
    for witness in witnesses {
        witnessed += witness.finish(&mut recount, sealed)?;
    }
    if head.is_none() {
        let last = recount.last();
        recount.found(Finding::Head { head: 0, last });
    }
    let summary = recount.finish(head);
    let seconds = began.elapsed().as_secs_f64();
    Report::new(log_id, &keys, asked.then_some(witnessed), summary, seconds).tell(output)
}

/// The log's id and what the head says of its end; `None` where there is no head, or more than one.
fn head(log: &mut Transaction<'_>) -> anyhow::Result<Option<(Uuid, u64)>> {
    let rows = log.query("SELECT log_id, position FROM public.head", &[]).context("reading the head")?;
    let [row] = rows.as_slice() else { return Ok(None) };
    let (log_id, position) = (row.try_get(0), row.try_get::<_, i64>(1));
    Ok(log_id.ok().zip(position.ok().map(i64::cast_unsigned)))
}

/// The id that the last checkpoint names, where no head does: without it, the key that signs would have another name.
fn sealed_log_id(log: &mut Transaction<'_>) -> anyhow::Result<Uuid> {
    let sql = "SELECT note FROM public.seals ORDER BY size DESC LIMIT 1";
    let row = log.query_opt(sql, &[]).context("reading checkpoints")?;
    let note: Option<String> = row.and_then(|row| row.try_get(0).ok());
    let origin = note.and_then(|note| Checkpoint::read(&note).ok()).map(|checkpoint| checkpoint.origin);
    let named = origin.and_then(|origin| origin.strip_prefix("chancery/")?.parse().ok());
    Ok(named.unwrap_or_default())
}

struct Counting {
    recount: Recount,
    tiles: Tiles,
    hasher: LeafHasher,
    witnesses: Vec<Witnessed>,
    bar: ProgressBar,
}

impl Counting {
    /// From checkpoint to checkpoint. The size of the last one.
    fn sealed(&mut self, log: &mut Transaction<'_>, keys: &[VerifyingKey]) -> anyhow::Result<u64> {
        let mut reached = 0;
        // A position that no append could have given.
        let impossible = "SELECT position FROM public.events WHERE position < 1 ORDER BY position LIMIT 1";
        if log.query_opt(impossible, &[]).context("looking at the log's beginning")?.is_some() {
            self.recount.found(Finding::Unexpected { position: 0 });
        }
        loop {
            let seals = seals(log, reached, keys)?;
            let Some(last) = seals.last().map(|seal| seal.size) else {
                tiles::beyond(log, &mut self.recount, reached)?;
                return Ok(reached);
            };
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
            self.tiles.look(log, &mut self.recount)?;
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
    let sql = "SELECT size, previous, note, peaks, leaves FROM public.seals WHERE size > $1 AND size <= greatest($2, \
               (SELECT min(size) FROM public.seals WHERE size > $1)) ORDER BY size";
    let after = after.cast_signed();
    let rows = log.query(sql, &[&after, &after.saturating_add(STEP)]).context("reading checkpoints")?;
    let Some(last) = rows.last().map(|row| row.get::<_, i64>(0)) else { return Ok(Vec::new()) };
    let behind = "SELECT substr(leaves, 1, 32) FROM public.seals WHERE size > $1 ORDER BY size LIMIT 1";
    let behind = log.query_opt(behind, &[&last]).context("reading checkpoints")?;
    let mut next = behind.and_then(|row| first(row.try_get(0).ok()?));
    let mut found = Vec::with_capacity(rows.len());
    // No constraint binds who changed the log: where a value is none, what can be known without it is judged.
    for (place, row) in rows.iter().enumerate().rev() {
        let size = row.get::<_, i64>(0);
        let before = place.checked_sub(1).map_or(after, |before| rows[before].get(0));
        let previous = row.try_get::<_, i64>(1).ok().filter(|previous| *previous >= 0);
        // Leaves of nobody knows which positions are none.
        let leaves = previous.and_then(|_| hashes(row, 4)).unwrap_or_default();
        let note = row.try_get(2).map_err(|_| "it cannot be read".to_owned());
        let behind = std::mem::replace(&mut next, leaves.first().copied());
        found.push(SealedHashes {
            previous: previous.unwrap_or(before).cast_unsigned(),
            size: size.cast_unsigned(),
            checkpoint: note.and_then(|note| open(note, keys)),
            peaks: hashes(row, 3).unwrap_or_default(),
            leaves,
            next: behind,
        });
    }
    found.reverse();
    Ok(found)
}

fn hashes(row: &Row, column: usize) -> Option<Vec<Hash>> {
    Hash::list(row.try_get(column).ok()?)
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
