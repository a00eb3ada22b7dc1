//! Nodes in tiles of 256, as they become complete.

use chancery_wire::audit::{Hash, Node};

/// Levels of the tree from one tile's level to the next.
pub const HEIGHT: u8 = 8;
/// Nodes in a tile.
pub const WIDTH: usize = 1 << HEIGHT;

/// 256 nodes of the tree's level 8 × `level`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tile {
    pub(super) level: u8,
    pub(super) index: u64,
    pub(super) hashes: Vec<Hash>,
}

/// The tiles that are not complete yet.
#[derive(Debug, Default, Clone)]
pub(super) struct Tiles {
    /// From level 1 on.
    open: Vec<Vec<Hash>>,
}

impl Tiles {
    /// The nodes that are in the open tiles of a tree of this size.
    pub(super) fn nodes(size: u64) -> Vec<Node> {
        let levels = (1..u8::MAX).map(|level| level * HEIGHT).take_while(|level| size >> level > 0);
        let open = levels.flat_map(|level| {
            let end = size >> level;
            (end & !(WIDTH as u64 - 1)..end).map(move |index| Node { level, index })
        });
        open.collect()
    }

    /// A node that is complete; a tile, if that one is complete with it.
    pub(super) fn push(&mut self, node: Node, hash: Hash) -> Option<Tile> {
        let level = node.level / HEIGHT;
        if level == 0 || !node.level.is_multiple_of(HEIGHT) {
            return None;
        }
        let place = usize::from(level - 1);
        if self.open.len() <= place {
            self.open.resize(place + 1, Vec::new());
        }
        let open = &mut self.open[place];
        open.push(hash);
        let index = node.index / WIDTH as u64;
        (open.len() == WIDTH).then(|| Tile { level, index, hashes: std::mem::take(open) })
    }
}
