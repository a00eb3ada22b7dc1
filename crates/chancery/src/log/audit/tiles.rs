//! The inner hashes of large trees, which stand in `seal_tiles` for proofs, beside those that the events give.

use anyhow::Context as _;
use chancery_journal::{TILE_HEIGHT, TILE_WIDTH};
use chancery_wire::audit::{Finding, Hash, Node, Recount};
use postgres::Transaction;

/// The tiles that are not complete yet: some kilobytes, however long the log.
#[derive(Default)]
pub(super) struct Tiles {
    /// From level 1 on.
    open: Vec<Tile>,
}

/// What a row should hold.
#[derive(Default)]
struct Tile {
    level: u8,
    index: u64,
    /// Where something was found among the events, nobody knows.
    hashes: Vec<Option<Hash>>,
}

impl Tiles {
    /// Holds the rows that are complete by now against the nodes of the events, which were counted up to a checkpoint.
    pub(super) fn look(&mut self, log: &mut Transaction<'_>, recount: &mut Recount) -> anyhow::Result<()> {
        for (node, hash) in recount.nodes() {
            for tile in self.push(node, hash) {
                if let Some(differs) = tile.differs(log)? {
                    recount.found(differs);
                }
            }
        }
        Ok(())
    }

    /// The tiles of which no other node follows.
    fn push(&mut self, node: Node, hash: Hash) -> Vec<Tile> {
        let level = node.level / TILE_HEIGHT;
        let (index, place) = (node.index / TILE_WIDTH as u64, node.index % TILE_WIDTH as u64);
        let (above, place) = (usize::from(level) - 1, usize::try_from(place).unwrap_or_default());
        if self.open.len() <= above {
            self.open.resize_with(above + 1, Tile::default);
        }
        let open = &mut self.open[above];
        let mut done = Vec::new();
        if open.index != index {
            done.push(std::mem::take(open));
        }
        (open.level, open.index) = (level, index);
        open.hashes.resize(place, None);
        open.hashes.push(Some(hash));
        if open.hashes.len() == TILE_WIDTH {
            done.push(std::mem::take(open));
        }
        done.retain(|tile| !tile.hashes.is_empty());
        done
    }
}

impl Tile {
    fn differs(&self, log: &mut Transaction<'_>) -> anyhow::Result<Option<Finding>> {
        let sql = "SELECT hashes FROM public.seal_tiles WHERE level = $1 AND index = $2";
        let (level, index) = (i16::from(self.level), self.index.cast_signed());
        let rows = log.query(sql, &[&level, &index]).context("reading hashes of the tree")?;
        let stored = match rows.as_slice() {
            [row] => row.try_get(0).ok().and_then(Hash::list).filter(|hashes| hashes.len() == TILE_WIDTH),
            _ => None,
        };
        let node = match stored {
            None => Node { level: (self.level + 1) * TILE_HEIGHT, index: self.index },
            Some(stored) => {
                let mut pairs = self.hashes.iter().zip(stored);
                let Some(place) = pairs.position(|(hash, stored)| hash.is_some_and(|hash| hash != stored))
                else {
                    return Ok(None);
                };
                Node { level: self.level * TILE_HEIGHT, index: self.index * TILE_WIDTH as u64 + place as u64 }
            }
        };
        let leaves = node.leaves();
        Ok(Some(Finding::Tile { level, index, first: leaves.start + 1, last: leaves.end }))
    }
}

/// A row of what is not sealed, where so many events are: the first.
pub(super) fn beyond(log: &mut Transaction<'_>, recount: &mut Recount, sealed: u64) -> anyhow::Result<()> {
    let sql = "SELECT level, index FROM public.seal_tiles WHERE (level > 0 AND index >= 0 \
               AND (index + 1::numeric) * 256::numeric ^ (level + 1) <= $1::bigint) IS NOT TRUE \
               ORDER BY level, index LIMIT 1";
    let row = log.query_opt(sql, &[&sealed.cast_signed()]).context("reading hashes of the tree")?;
    if let Some(row) = row {
        let (level, index) = (row.try_get(0).unwrap_or_default(), row.try_get(1).unwrap_or_default());
        recount.found(Finding::Tile { level, index, first: 0, last: 0 });
    }
    Ok(())
}
