//! A sealer's connection, and the tree at the last checkpoint.

use std::{pin::pin, time::Duration};

use chancery_wire::audit::{Checkpoint, Grown, Hash, LeafHasher, Plan, Submission, Tree};
use futures_util::TryStreamExt as _;
use tokio::time::timeout;
use tokio_postgres::{Client, Config, NoTls, binary_copy::BinaryCopyOutStream};

use super::{
    Sealer, WitnessError, leaf, nodes,
    sealer::{Ended, Known},
    store::{self, NewSeal},
    tiles::Tiles,
};
use crate::{EVENT_COLUMNS, JournalError};

/// "chanseal" in the key of the advisory lock.
const LOCK: i64 = 0x6368_616e_7365_616c;
/// How long a witness may think.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a witness may say that it stands elsewhere than it did a moment ago.
const TURNS: usize = 4;

pub(super) struct Session {
    client: Client,
    tree: Tree,
    /// The checkpoint of that tree; empty while there is none.
    note: String,
    tiles: Tiles,
}

/// A tree that a witness is to hear of.
#[derive(Clone, Copy)]
struct Told<'a> {
    size: u64,
    note: &'a str,
    /// The leaves after the session's tree.
    leaves: &'a [Hash],
}

impl Session {
    pub(super) async fn open(config: &Config) -> Result<Self, Ended> {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(Self { client, tree: Tree::default(), note: String::new(), tiles: Tiles::default() })
    }

    pub(super) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Whether this one seals. The lock goes with the connection.
    pub(super) async fn is_alone(&self) -> Result<bool, Ended> {
        let held = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) \
                    OR pg_try_advisory_lock($1)";
        Ok(self.client.query_one(held, &[&LOCK]).await?.get(0))
    }

    /// The last checkpoint, and what the next tiles begin with.
    pub(super) async fn load(&mut self) -> Result<(), Ended> {
        let Some(seal) = store::find(&self.client, "size <= $1 ORDER BY size DESC", u64::MAX).await? else {
            return Ok(());
        };
        let changed = || {
            Ended::Refused(format!("the hashes beside the checkpoint of {} events were changed", seal.size))
        };
        let tree = seal.proven_tree().ok_or_else(changed)?;
        let open = Tiles::nodes(tree.size());
        let hashes = nodes::read(&self.client, &open, tree.size()).await?.ok_or_else(changed)?;
        for node in open {
            let hash = hashes.get(&node).ok_or_else(changed)?;
            self.tiles.push(node, *hash);
        }
        (self.tree, self.note) = (tree, seal.note);
        Ok(())
    }

    /// Seals the events up to this position.
    pub(super) async fn seal(&mut self, sealer: &mut Sealer, up_to: u64) -> Result<(), Ended> {
        let leaves = self.leaves(up_to).await?;
        let (mut tree, mut tiles, mut complete) = (self.tree.clone(), self.tiles.clone(), Vec::new());
        for leaf in &leaves {
            tree.push_each(*leaf, |node, hash| complete.extend(tiles.push(node, hash)));
        }
        let origin = sealer.key.verifying().name().to_owned();
        let note = Checkpoint { origin, size: tree.size(), root: tree.root() }.sign(&sealer.key);
        let told = Told { size: tree.size(), note: &note, leaves: &leaves };
        for known in &mut sealer.witnesses {
            // One that is away hears of it later; one that was, first of what it missed.
            if self.catch_up(known).await?.is_none() {
                let _ = self.tell(known, told).await?;
            }
        }
        let seal = NewSeal {
            previous: self.tree.size(),
            tree: &tree,
            note: &note,
            leaves: &leaves,
            tiles: &complete,
        };
        store::insert(self.client.transaction().await?, &seal).await?;
        (self.tree, self.note, self.tiles) = (tree, note, tiles);
        Ok(())
    }

    /// Tells witnesses the last checkpoint that do not have it; why one could not be told.
    pub(super) async fn tell_witnesses(&self, sealer: &mut Sealer) -> Result<Option<String>, Ended> {
        let mut trouble = None;
        for known in &mut sealer.witnesses {
            trouble = self.catch_up(known).await?.or(trouble);
        }
        Ok(trouble)
    }

    async fn catch_up(&self, known: &mut Known) -> Result<Option<String>, Ended> {
        let told = Told { size: self.tree.size(), note: &self.note, leaves: &[] };
        if known.size < told.size { self.tell(known, told).await } else { Ok(None) }
    }

    /// Why the witness could not be told; an error where it refuses.
    async fn tell(&self, known: &mut Known, told: Told<'_>) -> Result<Option<String>, Ended> {
        let name = known.witness.to_string();
        for _ in 0..TURNS {
            if known.size > told.size {
                return self.is_ahead(known.size, &name).await;
            }
            let Some(proof) = self.proof(known.size, told).await? else {
                // It knows a tree of a size that was never sealed here: told from the last checkpoint it may follow.
                return Err(Ended::Refused(format!(
                    "{name} has {} events, of which no hashes are here",
                    known.size
                )));
            };
            let submission = Submission { old: known.size, proof, note: told.note.to_owned() };
            let answer = timeout(PATIENCE, known.witness.add(&submission)).await;
            match answer.unwrap_or_else(|elapsed| Err(WitnessError::Away(elapsed.into()))) {
                Ok(()) => {
                    known.size = told.size;
                    return Ok(None);
                }
                Err(WitnessError::At { size }) if size == known.size => {
                    return Err(Ended::Refused(format!("{name} has another log of {size} events")));
                }
                Err(WitnessError::At { size }) => known.size = size,
                Err(WitnessError::Refused(why)) => return Err(Ended::Refused(format!("{name}: {why}"))),
                Err(error @ WitnessError::Away(_)) => {
                    tracing::warn!(
                        witness = name,
                        error = &error as &dyn std::error::Error,
                        "a witness was not told"
                    );
                    return Ok(Some(format!("{name}: {error}")));
                }
            }
        }
        Ok(Some(format!("{name} changes its mind")))
    }

    /// The witness heard of more than is told now: from a sealer that was killed before it wrote that down, or of a log
    /// that has lost its end since.
    async fn is_ahead(&self, size: u64, name: &str) -> Result<Option<String>, Ended> {
        let head = self.client.query_one("SELECT position FROM public.head", &[]).await?;
        let head = head.get::<_, i64>(0).cast_unsigned();
        if size > head {
            return Err(Ended::Refused(format!(
                "{name} saw {size} events, and the log has {head}: it was rolled back"
            )));
        }
        Ok(None)
    }

    /// That the tree that is told begins with that of `old` leaves.
    async fn proof(&self, old: u64, told: Told<'_>) -> Result<Option<Vec<Hash>>, Ended> {
        let Some(plan) = Plan::consistency(old, told.size) else { return Ok(None) };
        let mut before = self.tree.clone();
        let known = usize::try_from(old.saturating_sub(before.size())).unwrap_or(usize::MAX);
        let Some((first, rest)) = told.leaves.split_at_checked(known) else { return Ok(None) };
        for leaf in first {
            before.push(*leaf);
        }
        let grown = Grown { before: &before, leaves: rest };
        if let Some(proof) = plan.fill(|node| grown.node(node)) {
            return Ok(Some(proof));
        }
        // It is behind the last checkpoint: what is missing stands in the database.
        let sealed: Vec<_> = plan
            .nodes()
            .filter(|node| grown.node(*node).is_none() && node.leaves().end <= self.size())
            .collect();
        let hashes = nodes::read(&self.client, &sealed, self.size()).await?.unwrap_or_default();
        Ok(plan.fill(|node| grown.node(node).or_else(|| hashes.get(&node).copied())))
    }

    /// The leaves after the tree, up to this position.
    async fn leaves(&self, up_to: u64) -> Result<Vec<Hash>, Ended> {
        let sql = copy_events(self.tree.size(), up_to);
        let rows =
            self.client.copy_out(&sql).await.map_err(JournalError::query("reading what is to be sealed"))?;
        let mut rows = pin!(BinaryCopyOutStream::new(rows, &leaf::TYPES));
        let (mut hasher, mut leaves, mut expected) =
            (LeafHasher::default(), Vec::new(), self.tree.size() + 1);
        while let Some(row) = rows.try_next().await? {
            let found = leaf::of_row(&row, &mut hasher)?.filter(|(position, _)| *position == expected);
            let Some((_, hash)) = found else {
                return Err(Ended::Refused(format!("the log has no event at position {expected}")));
            };
            leaves.push(hash);
            expected += 1;
        }
        if expected <= up_to {
            return Err(Ended::Refused(format!("the log has no event at position {expected}")));
        }
        Ok(leaves)
    }
}

/// The statement that reads events in binary, to be hashed.
pub fn copy_events(after: u64, up_to: u64) -> String {
    format!(
        "COPY (SELECT {EVENT_COLUMNS} FROM public.events WHERE position > {after} AND position <= {up_to} \
         ORDER BY position) TO STDOUT (FORMAT binary)"
    )
}
