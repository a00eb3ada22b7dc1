//! Whether a proof holds: the algorithms of RFC 9162 §2.1.3.2 and §2.1.4.2, whose trees are those of RFC 6962.

use super::{Hash, node_hash};

/// Whether the tree of `size` leaves with this root has this leaf at `index`, from 0.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, root: Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            let up = place.trailing_zeros().min(63);
            (place, last) = if place == 0 { (0, last) } else { (place >> up, last >> up) };
        } else {
            hash = node_hash(&hash, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && hash == root
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
    let (mut place, mut last) = ((old - 1) >> skipped, (new - 1) >> skipped);
    let (mut before, mut after) = (first, first);
    for hash in rest {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            before = node_hash(hash, &before);
            after = node_hash(hash, &after);
            let up = place.trailing_zeros().min(63);
            (place, last) = if place == 0 { (0, last) } else { (place >> up, last >> up) };
        } else {
            after = node_hash(&after, hash);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && before == old_root && after == new_root
}
