//! Trees, against RFC 6962 and the definition.

use chancery_wire::audit::{Entry, Grown, Hash, Node, Plan, Tree};
use proptest::prelude::*;

use super::{leaf, leaves, naive};

/// The tree that Certificate Transparency's own implementations are tested with, and its roots from 0 to 8 leaves.
const ENTRIES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn grown(leaves: &[Hash]) -> Tree {
    let mut tree = Tree::default();
    for leaf in leaves {
        tree.push(*leaf);
    }
    tree
}

#[test]
fn the_known_tree_has_the_known_roots() {
    let mut tree = Tree::default();
    for (size, root) in ROOTS.iter().enumerate() {
        let bytes: Vec<u8> =
            (0..32).map(|byte| u8::from_str_radix(&root[2 * byte..2 * byte + 2], 16).unwrap()).collect();
        assert_eq!(tree.root().0[..], bytes, "{size} leaves");
        if let Some(entry) = ENTRIES.get(size) {
            tree.push(Entry(entry.to_vec()).hash());
        }
    }
}

#[test]
fn a_tree_grows_as_it_is_defined() {
    let (mut tree, all) = (Tree::default(), leaves(600));
    for size in 0..=600 {
        assert_eq!(tree.root(), naive(&all[..size]), "{size} leaves");
        let again = Tree::from_peaks(tree.size(), tree.peaks().to_vec()).unwrap();
        assert_eq!(again, tree);
        tree.push(leaf(size as u64));
    }
    assert_eq!(Tree::from_peaks(3, vec![leaf(1)]), None);
}

#[test]
fn every_perfect_subtree_is_told_once_when_it_is_complete() {
    let (mut tree, all) = (Tree::default(), leaves(100));
    let mut told = Vec::new();
    for (size, leaf) in (1..).zip(&all) {
        tree.push_each(*leaf, |node, hash| {
            assert_eq!(node.leaves().end, size);
            told.push((node, hash));
        });
    }
    for level in 1..7 {
        let count = 100 >> level;
        for index in 0..count {
            let node = Node { level, index };
            let range = node.leaves();
            let hash =
                naive(&all[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]);
            assert_eq!(told.iter().filter(|(other, _)| *other == node).collect::<Vec<_>>(), [&(node, hash)]);
        }
    }
}

proptest! {
    #[test]
    fn what_a_tree_grew_by_proves_that_it_grew(old in 0_u64..300, more in 0_u64..300) {
        let all = leaves(old + more);
        let (before, after) = all.split_at(usize::try_from(old).unwrap());
        let before = grown(before);
        let grown = Grown { before: &before, leaves: after };
        let plan = Plan::consistency(old, old + more).unwrap();
        let proof = plan.fill(|node| grown.node(node));
        prop_assert!(proof.is_some(), "{old} to {}", old + more);
    }
}
