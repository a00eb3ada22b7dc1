//! Seals as rows.

use chancery_wire::audit::{Checkpoint, Hash, Tree};
use jiff::Timestamp;
use tokio_postgres::{Client, Row, Transaction};

use super::tiles::Tile;
use crate::JournalError;

/// A checkpoint, and what leads to it.
#[derive(Debug, Clone)]
pub struct Seal {
    /// The events up to this position.
    pub size: u64,
    /// The size of the checkpoint before.
    pub previous: u64,
    /// The checkpoint, signed.
    pub note: String,
    /// The peaks of the tree of this size, if they are as many as they should be.
    pub tree: Option<Tree>,
    pub sealed_at: Timestamp,
}

impl Seal {
    /// The tree, if its peaks lead to the root that the note says, whoever signed it.
    pub fn proven_tree(&self) -> Option<Tree> {
        let checkpoint = Checkpoint::read(&self.note).ok()?;
        self.tree.clone().filter(|tree| tree.size() == checkpoint.size && tree.root() == checkpoint.root)
    }

    fn of(row: &Row) -> Self {
        let size = row.get::<_, i64>(0).cast_unsigned();
        let peaks = Hash::list(row.get(3));
        Self {
            size,
            previous: row.get::<_, i64>(1).cast_unsigned(),
            note: row.get(2),
            tree: peaks.and_then(|peaks| Tree::from_peaks(size, peaks)),
            sealed_at: row.get(4),
        }
    }
}

pub(super) async fn find(client: &Client, which: &str, size: u64) -> Result<Option<Seal>, JournalError> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let sql =
        format!("SELECT size, previous, note, peaks, sealed_at FROM public.seals WHERE {which} LIMIT 1");
    let row = client.query_opt(&sql, &[&size]).await.map_err(JournalError::query("reading a checkpoint"))?;
    Ok(row.as_ref().map(Seal::of))
}

/// A seal that is about to be made.
pub(super) struct NewSeal<'a> {
    pub(super) previous: u64,
    pub(super) tree: &'a Tree,
    pub(super) note: &'a str,
    pub(super) leaves: &'a [Hash],
    pub(super) tiles: &'a [Tile],
}

/// All of it or nothing. Where another sealer was first, the chain's constraint refuses it.
pub(super) async fn insert(
    transaction: Transaction<'_>,
    seal: &NewSeal<'_>,
) -> Result<(), tokio_postgres::Error> {
    let insert = "INSERT INTO public.seals (size, previous, note, peaks, leaves) VALUES ($1, $2, $3, $4, $5)";
    let (size, previous) = (seal.tree.size().cast_signed(), seal.previous.cast_signed());
    let (peaks, leaves) = (Hash::concat(seal.tree.peaks()), Hash::concat(seal.leaves));
    transaction.execute(insert, &[&size, &previous, &seal.note, &peaks, &leaves]).await?;
    for tile in seal.tiles {
        let insert = "INSERT INTO public.seal_tiles (level, index, hashes) VALUES ($1, $2, $3)";
        let (level, index) = (i16::from(tile.level), tile.index.cast_signed());
        transaction.execute(insert, &[&level, &index, &Hash::concat(&tile.hashes)]).await?;
    }
    transaction.commit().await
}
