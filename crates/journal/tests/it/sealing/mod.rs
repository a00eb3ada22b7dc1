//! The audit tree on a real Postgres: sealed by one of many, whatever dies, and never two trees.

mod killing;
mod proofs;
mod witness;

use std::{path::Path, time::Duration};

use anyhow::{Result, ensure};
use chancery_journal::{FileWitness, Seal, Sealer, SealerSettings, SealerStatus, Witness};
use chancery_wire::{
    Recorded,
    audit::{Checkpoint, Hash, SigningKey, Tree, VerifyingKey},
};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::world::{World, eventually, soon};

const SEED: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn key() -> SigningKey {
    SigningKey::parse("chancery/test", SEED).expect("a key")
}

fn verifying() -> VerifyingKey {
    key().verifying().clone()
}

fn file(path: &Path) -> Vec<Box<dyn Witness>> {
    vec![Box::new(FileWitness::new(path, verifying()))]
}

/// A sealer that runs until it is dropped, as abruptly as a process that is killed.
struct Running {
    task: JoinHandle<()>,
    status: watch::Receiver<SealerStatus>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    async fn says(&mut self, wanted: impl Fn(&SealerStatus) -> bool) -> Result<SealerStatus> {
        Ok(soon("the sealer's status", self.status.wait_for(wanted)).await??.clone())
    }

    async fn refuses(&mut self, why: &str) -> Result<()> {
        let status = self.says(|status| matches!(status, SealerStatus::Refused(_))).await?;
        ensure!(status.to_string().contains(why), "{status}");
        Ok(())
    }
}

fn seal(world: &World, every_events: u64, witnesses: Vec<Box<dyn Witness>>) -> Result<Running> {
    let settings = SealerSettings { every_events, every: Duration::from_millis(50) };
    let sealer = Sealer::new(world.db.url(), &world.journal, key(), witnesses, settings)?;
    let status = sealer.status();
    Ok(Running { task: tokio::spawn(sealer.run(CancellationToken::new())), status })
}

/// So many more events, as they might be.
async fn fill(world: &World, events: u64) -> Result<()> {
    let fill = format!(
        "WITH moved AS (UPDATE head SET position = position + {events} RETURNING position - {events} AS start)
         INSERT INTO events SELECT start + n, gen_random_uuid(), start + n, now(), CASE n % 3 WHEN 0 THEN n END,
            CASE n % 2 WHEN 0 THEN gen_random_uuid() END, gen_random_uuid(), gen_random_uuid(), NULL, 1, 'c', 's', 't',
            'person', 'p', CASE n % 5 WHEN 0 THEN 'trace' END, '{{\"n\": \"ü\"}}'
            FROM moved, generate_series(1, {events}) AS n;
         SELECT pg_notify('chancery_head', position::text) FROM head"
    );
    Ok(world.superuser().await?.batch_execute(&fill).await?)
}

async fn sealed(world: &World, size: u64) -> Result<()> {
    eventually("all is sealed", async || {
        Ok(world.journal.seals().newest().await?.is_some_and(|seal| seal.size == size))
    })
    .await
}

async fn seals(world: &World) -> Result<Vec<Seal>> {
    let (seals, mut found, mut size) = (world.journal.seals(), Vec::new(), 1);
    while let Some(seal) = seals.at_least(size).await? {
        size = seal.size + 1;
        found.push(seal);
    }
    Ok(found)
}

/// The seals are one chain of signed checkpoints over these events.
async fn is_right(world: &World, events: &[Recorded]) -> Result<()> {
    let leaves: Vec<Hash> = events.iter().map(Recorded::leaf_hash).collect();
    let (mut tree, mut previous) = (Tree::default(), 0);
    for seal in seals(world).await? {
        ensure!(seal.previous == previous, "{} follows {}, not {previous}", seal.size, seal.previous);
        for leaf in &leaves[usize::try_from(previous)?..usize::try_from(seal.size)?] {
            tree.push(*leaf);
        }
        let checkpoint = Checkpoint::open(&seal.note, &verifying())?;
        ensure!(
            (checkpoint.size, checkpoint.root) == (seal.size, tree.root()),
            "another tree: {checkpoint:?}"
        );
        ensure!(seal.proven_tree() == Some(tree.clone()), "other peaks at {}", seal.size);
        previous = seal.size;
    }
    ensure!(tree.size() == leaves.len() as u64, "{} of {} events are sealed", tree.size(), leaves.len());
    Ok(())
}
