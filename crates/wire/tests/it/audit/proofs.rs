//! Proofs of random sizes hold, and nothing that differs from them does.

use chancery_wire::audit::{Hash, Node, Plan, verify_consistency, verify_inclusion};
use proptest::{prelude::*, sample::Index};

use super::{leaf, leaves, naive};

fn filled(plan: &Plan, all: &[Hash]) -> Vec<Hash> {
    let hash = |node: Node| {
        let leaves = node.leaves();
        Some(naive(all.get(usize::try_from(leaves.start).ok()?..usize::try_from(leaves.end).ok()?)?))
    };
    plan.fill(hash).unwrap()
}

/// Proofs that differ in one hash, or in their length.
fn spoilt(proof: &[Hash], at: Index) -> Vec<Vec<Hash>> {
    let mut spoilt = vec![[proof, &[leaf(7)]].concat(), [&[leaf(7)], proof].concat()];
    if !proof.is_empty() {
        let at = at.index(proof.len());
        let mut one = proof.to_vec();
        one[at].0[31] ^= 1;
        let mut less = proof.to_vec();
        less.remove(at);
        let mut twice = proof.to_vec();
        twice.insert(at, proof[at]);
        spoilt.extend([one, less, twice]);
    }
    spoilt
}

#[test]
fn all_small_proofs_hold() {
    let all = leaves(40);
    for size in 0..=40_u64 {
        let root = naive(&all[..usize::try_from(size).unwrap()]);
        for index in 0..size {
            let proof = filled(&Plan::inclusion(index, size).unwrap(), &all);
            assert!(verify_inclusion(leaf(index), index, size, root, &proof), "{index} of {size}");
            assert!(!verify_inclusion(leaf(index), index + 1, size, root, &proof) || size == 1);
        }
        assert_eq!(Plan::inclusion(size, size), None);
        for old in 0..=size {
            let old_root = naive(&all[..usize::try_from(old).unwrap()]);
            let proof = filled(&Plan::consistency(old, size).unwrap(), &all);
            assert!(verify_consistency(old, old_root, size, root, &proof), "{old} of {size}");
        }
        assert_eq!(Plan::consistency(size + 1, size), None);
    }
}

#[test]
fn the_examples_of_rfc_6962_have_the_hashes_that_it_names() {
    // §2.1.3: a tree of seven leaves.
    let all = leaves(7);
    let over = |first: usize, last: usize| naive(&all[first..=last]);
    let [node_g, node_h, node_i, node_k, node_l] =
        [over(0, 1), over(2, 3), over(4, 5), over(0, 3), over(4, 6)];
    let paths = [
        (0, vec![all[1], node_h, node_l]),
        (3, vec![all[2], node_g, node_l]),
        (4, vec![all[5], all[6], node_k]),
        (6, vec![node_i, node_k]),
    ];
    for (index, path) in paths {
        assert_eq!(filled(&Plan::inclusion(index, 7).unwrap(), &all), path, "d{index}");
    }
    for (old, proof) in
        [(3, vec![all[2], all[3], node_g, node_l]), (4, vec![node_l]), (6, vec![node_i, all[6], node_k])]
    {
        assert_eq!(filled(&Plan::consistency(old, 7).unwrap(), &all), proof, "hash{old}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn an_event_is_in_the_tree_and_no_other_in_its_place(size in 1_u64..600, index: Index, at: Index, other in 0_u64..600) {
        let all = leaves(size);
        let index = index.index(all.len()) as u64;
        let root = naive(&all);
        let proof = filled(&Plan::inclusion(index, size).unwrap(), &all);
        prop_assert!(verify_inclusion(leaf(index), index, size, root, &proof));
        if other != index {
            prop_assert!(!verify_inclusion(leaf(other), index, size, root, &proof));
            prop_assert!(!verify_inclusion(leaf(index), other, size, root, &proof));
        }
        prop_assert!(!verify_inclusion(leaf(index), index, size, leaf(3), &proof));
        for spoilt in spoilt(&proof, at) {
            prop_assert!(!verify_inclusion(leaf(index), index, size, root, &spoilt), "{spoilt:?}");
        }
    }

    #[test]
    fn a_tree_grew_out_of_the_smaller_one_and_no_other(new in 1_u64..600, old: Index, at: Index) {
        let all = leaves(new);
        let old = old.index(all.len()) as u64 + 1;
        let (old_root, root) = (naive(&all[..usize::try_from(old).unwrap()]), naive(&all));
        let proof = filled(&Plan::consistency(old, new).unwrap(), &all);
        prop_assert!(verify_consistency(old, old_root, new, root, &proof));
        prop_assert!(!verify_consistency(old, leaf(1), new, root, &proof) || old_root == leaf(1));
        prop_assert!(!verify_consistency(old, old_root, new, leaf(1), &proof) || root == leaf(1));
        for spoilt in spoilt(&proof, at) {
            prop_assert!(!verify_consistency(old, old_root, new, root, &spoilt), "{spoilt:?}");
        }
    }
}
