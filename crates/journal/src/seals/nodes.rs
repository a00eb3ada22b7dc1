//! Any node of the sealed tree, from the rows that hold it: leaves beside the seals, tiles above.

use std::collections::{BTreeSet, HashMap};

use chancery_wire::audit::{Hash, Node, Tree};
use tokio_postgres::Client;

use super::tiles::{HEIGHT, WIDTH};
use crate::JournalError;

/// The hashes of these nodes of the tree of `size` leaves, which is sealed; `None` where a hash is missing.
pub(super) async fn read(
    client: &Client,
    wanted: &[Node],
    size: u64,
) -> Result<Option<HashMap<Node, Hash>>, JournalError> {
    let mut rows = Rows { size, blocks: HashMap::new(), tiles: HashMap::new() };
    loop {
        let mut missing = Missing::default();
        let found = wanted.iter().map(|node| Some((*node, rows.node(*node, &mut missing)?)));
        let found: Vec<_> = found.collect();
        if missing.is_empty() {
            return Ok(found.into_iter().collect());
        }
        if !rows.fetch(client, missing).await? {
            return Ok(None);
        }
    }
}

/// What was read so far.
struct Rows {
    size: u64,
    /// 256 leaves each, the last one fewer.
    blocks: HashMap<u64, Vec<Hash>>,
    tiles: HashMap<(u8, u64), Vec<Hash>>,
}

#[derive(Default)]
struct Missing {
    blocks: BTreeSet<u64>,
    tiles: BTreeSet<(u8, u64)>,
}

impl Missing {
    fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.tiles.is_empty()
    }
}

impl Rows {
    /// The node's hash, or what has to be read for it.
    fn node(&self, node: Node, missing: &mut Missing) -> Option<Hash> {
        let (level, within) = (node.level / HEIGHT, node.level % HEIGHT);
        let first = node.index << within;
        let (tile, count) = (first >> HEIGHT, 1_usize << within);
        let place = usize::try_from(first).map_or(0, |first| first % WIDTH);
        if level == 0 {
            return root(self.block(tile, missing)?.get(place..place + count)?);
        }
        if tile < self.size >> (HEIGHT * level) >> HEIGHT {
            return root(self.tile(level, tile, missing)?.get(place..place + count)?);
        }
        // The tile is not complete, but what is below each of its nodes is.
        let nodes: Vec<_> =
            (first..first + count as u64).map(|index| self.below(level, index, missing)).collect();
        root(&nodes.into_iter().collect::<Option<Vec<_>>>()?)
    }

    /// A node of a tile's level, from what is below it.
    fn below(&self, level: u8, index: u64, missing: &mut Missing) -> Option<Hash> {
        let below =
            if level == 1 { self.block(index, missing) } else { self.tile(level - 1, index, missing) };
        root(below?)
    }

    fn block(&self, block: u64, missing: &mut Missing) -> Option<&[Hash]> {
        let found = self.blocks.get(&block);
        if found.is_none() {
            missing.blocks.insert(block);
        }
        found.map(Vec::as_slice)
    }

    fn tile(&self, level: u8, index: u64, missing: &mut Missing) -> Option<&[Hash]> {
        let found = self.tiles.get(&(level, index));
        if found.is_none() {
            missing.tiles.insert((level, index));
        }
        found.map(Vec::as_slice)
    }

    /// Whether all of it was there.
    async fn fetch(&mut self, client: &Client, missing: Missing) -> Result<bool, JournalError> {
        let (levels, indexes): (Vec<i16>, Vec<i64>) =
            missing.tiles.iter().map(|(level, index)| (i16::from(*level), index.cast_signed())).unzip();
        if !levels.is_empty() {
            let sql = "SELECT t.level, t.index, t.hashes FROM unnest($1::smallint[], $2::bigint[]) AS w (level, index) \
                       JOIN public.seal_tiles t ON t.level = w.level AND t.index = w.index";
            let rows = client.query(sql, &[&levels, &indexes]).await;
            for row in rows.map_err(JournalError::query("reading nodes of the audit tree"))? {
                let key =
                    (u8::try_from(row.get::<_, i16>(0)).unwrap_or(0), row.get::<_, i64>(1).cast_unsigned());
                self.tiles.insert(key, Hash::list(row.get(2)).unwrap_or_default());
            }
        }
        let mut blocks = missing.blocks.iter().copied().peekable();
        while let Some(first) = blocks.next() {
            let mut last = first;
            while blocks.next_if_eq(&(last + 1)).is_some() {
                last += 1;
            }
            self.fetch_blocks(client, first, last).await?;
        }
        let tiles = missing.tiles.iter().all(|key| self.tiles.contains_key(key));
        Ok(tiles && missing.blocks.iter().all(|block| self.blocks.contains_key(block)))
    }

    async fn fetch_blocks(&mut self, client: &Client, first: u64, last: u64) -> Result<(), JournalError> {
        let (from, to) = (first << HEIGHT, ((last + 1) << HEIGHT).min(self.size));
        let sql = "SELECT previous, leaves FROM public.seals WHERE size > $1 AND previous < $2 ORDER BY size";
        let rows = client.query(sql, &[&from.cast_signed(), &to.cast_signed()]).await;
        let mut at = from;
        for row in rows.map_err(JournalError::query("reading leaves of the audit tree"))? {
            let leaves = Hash::list(row.get(1)).unwrap_or_default();
            for (index, leaf) in (row.get::<_, i64>(0).cast_unsigned()..).zip(leaves) {
                if index == at && at < to {
                    self.blocks.entry(at >> HEIGHT).or_default().push(leaf);
                    at += 1;
                }
            }
        }
        Ok(())
    }
}

/// The root over nodes of one level.
fn root(nodes: &[Hash]) -> Option<Hash> {
    let mut tree = Tree::default();
    for node in nodes {
        tree.push(*node);
    }
    (!nodes.is_empty()).then(|| tree.root())
}
