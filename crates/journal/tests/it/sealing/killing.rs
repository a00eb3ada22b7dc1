//! Many sealers, and none that lives long.

use std::time::Duration;

use anyhow::Result;
use chancery_journal::{SealerStatus, WitnessRecords};
use chancery_wire::audit::{Checkpoint, verify_consistency};
use tempfile::TempDir;

use super::{file, fill, is_right, seal, sealed, verifying};
use crate::{
    commands::{Compose as _, command},
    world::{World, eventually},
};

#[tokio::test]
async fn of_several_sealers_one_seals_and_the_next_goes_on() -> Result<()> {
    let world = World::new()?;
    let mut first = seal(&world, 10, Vec::new())?;
    first.says(|status| matches!(status, SealerStatus::Sealing { .. })).await?;
    let mut second = seal(&world, 10, Vec::new())?;
    second.says(|status| *status == SealerStatus::Standby).await?;
    fill(&world, 25).await?;
    sealed(&world, 25).await?;
    drop(first);
    second.says(|status| matches!(status, SealerStatus::Sealing { .. })).await?;
    fill(&world, 7).await?;
    sealed(&world, 32).await?;
    is_right(&world, &world.log().await?).await
}

#[tokio::test]
async fn a_sealer_that_is_killed_anywhere_leaves_one_tree() -> Result<()> {
    let (world, folder) = (World::new()?, TempDir::new()?);
    let witness = folder.path().join("witness");
    for round in 0..40_u64 {
        let [_one, _other] = [seal(&world, 3, file(&witness))?, seal(&world, 4, file(&witness))?];
        for number in 0..3 {
            world.append(command().writes(&format!("s-{round}-{number}"), 0, 2)).await?;
        }
        // Some of these end in mid-connection, some in mid-seal.
        tokio::time::sleep(Duration::from_millis(round * 7 % 60)).await;
    }
    let _last = seal(&world, 100, file(&witness))?;
    sealed(&world, 240).await?;
    is_right(&world, &world.log().await?).await?;
    // The witness has one history too, each checkpoint proven from the one before.
    eventually("the witness has it", async || {
        Ok(history(&witness)?.last().is_some_and(|last| last.size == 240))
    })
    .await
}

/// What the witness saw.
fn history(path: &std::path::Path) -> Result<Vec<Checkpoint>> {
    let mut records = WitnessRecords::new(std::io::BufReader::new(std::fs::File::open(path)?));
    let mut seen: Vec<Checkpoint> = Vec::new();
    while let Some(record) = records.next_record()? {
        let checkpoint = Checkpoint::open(&record.note, &verifying())?;
        if let Some(last) = seen.last() {
            assert_eq!(record.old, last.size);
            assert!(verify_consistency(
                last.size,
                last.root,
                checkpoint.size,
                checkpoint.root,
                &record.proof
            ));
        }
        seen.push(checkpoint);
    }
    Ok(seen)
}
