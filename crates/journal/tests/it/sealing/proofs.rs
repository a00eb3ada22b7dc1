//! What stands beside the seals is enough for every proof.

use anyhow::{Context as _, Result};
use chancery_journal::Seals;
use chancery_wire::{
    Position,
    audit::{Hash, Tree, verify_consistency, verify_inclusion},
};

use super::{fill, is_right, seal, sealed, seals};
use crate::world::World;

#[tokio::test]
async fn every_event_is_sealed_once() -> Result<()> {
    let world = World::new()?;
    fill(&world, 500).await?;
    let _sealer = seal(&world, 64, Vec::new())?;
    sealed(&world, 500).await?;
    let sizes: Vec<u64> = seals(&world).await?.iter().map(|seal| seal.size).collect();
    assert_eq!(
        sizes,
        [64, 128, 192, 256, 320, 384, 448, 500],
        "a log that was there before is sealed by and by"
    );
    fill(&world, 1).await?;
    sealed(&world, 501).await?;
    is_right(&world, &world.log().await?).await
}

/// The roots of a tree of these leaves, from 0 leaves on.
fn roots(leaves: &[Hash]) -> Vec<Hash> {
    let mut tree = Tree::default();
    let grow = leaves.iter().map(|leaf| {
        tree.push(*leaf);
        tree.root()
    });
    [Hash::of_nothing()].into_iter().chain(grow).collect()
}

async fn holds(
    seals: &Seals,
    leaves: &[Hash],
    roots: &[Hash],
    position: u64,
    old: u64,
    size: u64,
) -> Result<()> {
    let root = |size: u64| {
        usize::try_from(size).ok().and_then(|size| roots.get(size).copied()).unwrap_or_else(Hash::of_nothing)
    };
    let index = position - 1;
    let what = format!("{position} and {old} in {size}");
    let proof = seals.inclusion(Position::new(position), size).await?.with_context(|| what.clone())?;
    let leaf = leaves[usize::try_from(index)?];
    assert!(verify_inclusion(leaf, index, size, root(size), &proof), "{what}");
    let proof = seals.consistency(old, size).await?.with_context(|| what.clone())?;
    assert!(verify_consistency(old, root(old), size, root(size), &proof), "{what}");
    assert_eq!(seals.tree(size).await?.context("no tree")?.root(), root(size), "{what}");
    Ok(())
}

#[tokio::test]
async fn every_proof_is_made_of_what_stands_beside_the_seals() -> Result<()> {
    let world = World::new()?;
    // More than a tile of level 1 covers.
    fill(&world, 66_500).await?;
    let _sealer = seal(&world, 30_000, Vec::new())?;
    sealed(&world, 66_500).await?;
    let events = world.log().await?;
    is_right(&world, &events).await?;
    let leaves: Vec<Hash> = events.iter().map(chancery_wire::Recorded::leaf_hash).collect();
    let (seals, roots) = (world.journal.seals(), roots(&leaves));
    for size in [1, 255, 256, 257, 30_000, 65_535, 65_536, 66_500] {
        for part in [size / 3 + 1, size - size / 300] {
            holds(&seals, &leaves, &roots, part, part, size).await?;
        }
    }
    for (position, size) in [(0, 10), (11, 10), (1, 66_501)] {
        assert_eq!(seals.inclusion(Position::new(position), size).await?, None, "{position} of {size}");
    }
    assert_eq!(seals.consistency(11, 10).await?, None);
    // A sealer that starts here knows what the next tile begins with.
    fill(&world, 64_600).await?;
    sealed(&world, 131_100).await?;
    let tiles = world.superuser().await?.query_one("SELECT count(*) FROM seal_tiles", &[]).await?;
    assert_eq!(tiles.get::<_, i64>(0), 2);
    Ok(())
}
