//! Tamper evidence: formats against vectors from elsewhere, trees against the definition, tampering against the recount.

mod leaves;
mod notes;
mod proofs;
mod recounting;
mod trees;

use chancery_wire::audit::{Hash, node_hash};

/// The tree's root as RFC 6962 §2.1 defines it, word for word.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of_nothing(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&naive(left), &naive(right))
        }
    }
}

/// Some leaf.
fn leaf(number: u64) -> Hash {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&number.to_be_bytes());
    Hash(hash)
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(leaf).collect()
}
