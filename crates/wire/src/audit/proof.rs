//! Whether a proof holds: the algorithms of RFC 9162 §2.1.3.2 and §2.1.4.2, whose trees are those of RFC 6962.

use super::{Hash, node_hash};

/// Joins a node with the next one of a proof. It stands at a place of its level, which has a last one. `None` at the root,
/// else whether the other one stands on the left, and where both together stand.
fn joined((place, last): (u64, u64)) -> Option<(bool, (u64, u64))> {
    let left = place & 1 == 1 || place == last;
    // A last node without a right neighbour is its own parent, up to where it has a left one.
    let up = if left { place.trailing_zeros() } else { 0 };
    (last > 0).then(|| (left, (place >> up >> 1, last >> up >> 1)))
}

/// Whether the tree of `size` leaves with this root has this leaf at `index`, from 0.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, root: Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut hash) = ((index, size - 1), leaf);
    for sibling in proof {
        let Some((left, above)) = joined(at) else { return false };
        hash = if left { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
        at = above;
    }
    at.1 == 0 && hash == root
}

/// Whether the tree of `new` leaves with the root `new_root` begins with the tree of `old` leaves and `old_root`.
/// Every tree begins with the empty one.
pub fn verify_consistency(old: u64, old_root: Hash, new: u64, new_root: Hash, proof: &[Hash]) -> bool {
    if old == 0 {
        return proof.is_empty() && old_root == Hash::of_nothing();
    }
    if old >= new {
        return old == new && old_root == new_root && proof.is_empty();
    }
    // A proof leaves out what both sides know: the old root, where it is a node of the new tree.
    let (first, rest) = match proof.split_first() {
        _ if old.is_power_of_two() => (old_root, proof),
        Some((first, rest)) => (*first, rest),
        None => return false,
    };
    let skipped = (old - 1).trailing_ones();
    let mut at = ((old - 1) >> skipped, (new - 1) >> skipped);
    let (mut before, mut after) = (first, first);
    for hash in rest {
        let Some((left, above)) = joined(at) else { return false };
        if left {
            before = node_hash(hash, &before);
            after = node_hash(hash, &after);
        } else {
            after = node_hash(&after, hash);
        }
        at = above;
    }
    at.1 == 0 && before == old_root && after == new_root
}
