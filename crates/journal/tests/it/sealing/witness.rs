//! Who keeps the last checkpoint outside of the database sees what nobody inside could.

use std::{fs, io::Write as _};

use anyhow::Result;
use chancery_journal::{FileWitness, SealerStatus, Witness as _, WitnessError};
use chancery_wire::audit::{Checkpoint, Hash, SigningKey, Submission};
use tempfile::TempDir;

use super::{file, fill, is_right, key, seal, sealed, verifying};
use crate::world::World;

/// Everything after a position undone, as if a backup had been restored.
fn rolled_back(to: u64) -> String {
    format!(
        "SET session_replication_role = replica; DELETE FROM events WHERE position > {to};
         DELETE FROM seals WHERE size > {to}; UPDATE head SET position = {to}"
    )
}

#[tokio::test]
async fn a_log_that_lost_its_end_is_not_sealed_again() -> Result<()> {
    let (world, folder) = (World::new()?, TempDir::new()?);
    let witness = folder.path().join("witness");
    fill(&world, 30).await?;
    let sealer = seal(&world, 10, file(&witness))?;
    sealed(&world, 30).await?;
    drop(sealer);
    world.superuser().await?.batch_execute(&rolled_back(20)).await?;
    // The journal's head, which only moves forward, is that of a process that starts now.
    let restarted = World { journal: chancery_journal::Journal::open(world.db.url(), 2)?, ..world };
    let mut sealer = seal(&restarted, 10, file(&witness))?;
    sealer.refuses("saw 30 events, and the log has 20: it was rolled back").await?;
    // Also when it grows again: these are other events.
    drop(sealer);
    fill(&restarted, 15).await?;
    let mut sealer = seal(&restarted, 100, file(&witness))?;
    sealer.refuses("this log does not begin with what it saw").await?;
    assert_eq!(
        restarted.journal.seals().newest().await?.map(|seal| seal.size),
        Some(20),
        "nothing was sealed"
    );
    Ok(())
}

#[tokio::test]
async fn a_log_that_was_changed_and_sealed_anew_is_refused() -> Result<()> {
    let (world, folder) = (World::new()?, TempDir::new()?);
    let witness = folder.path().join("witness");
    fill(&world, 30).await?;
    let sealer = seal(&world, 10, file(&witness))?;
    sealed(&world, 30).await?;
    drop(sealer);
    let forge = "SET session_replication_role = replica; UPDATE events SET data = '{}' WHERE position = 15;
                 DELETE FROM seals WHERE size > 10";
    world.superuser().await?.batch_execute(forge).await?;
    let mut sealer = seal(&world, 100, file(&witness))?;
    sealer.refuses("has another log of 30 events").await
}

#[tokio::test]
async fn the_hashes_beside_a_seal_are_not_believed() -> Result<()> {
    let world = World::new()?;
    fill(&world, 30).await?;
    let sealer = seal(&world, 10, Vec::new())?;
    sealed(&world, 30).await?;
    drop(sealer);
    let forge =
        "SET session_replication_role = replica; UPDATE seals SET peaks = sha256('') || substr(peaks, 33)";
    world.superuser().await?.batch_execute(forge).await?;
    seal(&world, 100, Vec::new())?.refuses("the hashes beside the checkpoint of 30 events were changed").await
}

#[tokio::test]
async fn a_witness_that_was_away_hears_what_it_missed() -> Result<()> {
    let (world, folder) = (World::new()?, TempDir::new()?);
    let away = folder.path().join("away/witness");
    fill(&world, 300).await?;
    let mut sealer = seal(&world, 40, file(&away))?;
    let status = sealer.says(|status| matches!(status, SealerStatus::Sealing { witness: Some(_) })).await?;
    assert!(!status.is_well(), "{status}");
    sealed(&world, 300).await?;
    fs::create_dir(folder.path().join("away"))?;
    sealer.says(|status| *status == SealerStatus::Sealing { witness: None }).await?;
    fill(&world, 1).await?;
    sealed(&world, 301).await?;
    // What a crash left half written is passed over.
    drop(sealer);
    fs::File::options().append(true).open(&away)?.write_all(b"old 301\nAAAA")?;
    let _sealer = seal(&world, 40, file(&away))?;
    fill(&world, 1).await?;
    sealed(&world, 302).await?;
    assert!(!fs::read_to_string(&away)?.contains("\nAAAA"));
    is_right(&world, &world.log().await?).await
}

fn submission(key: &SigningKey, old: u64, size: u64, root: u8) -> Submission {
    let checkpoint = Checkpoint { origin: key.verifying().name().to_owned(), size, root: Hash([root; 32]) };
    Submission { old, proof: Vec::new(), note: checkpoint.sign(key) }
}

#[tokio::test]
async fn a_witness_takes_nothing_but_what_follows_from_what_it_has() -> Result<()> {
    let folder = TempDir::new()?;
    let mut witness = FileWitness::new(folder.path().join("witness"), verifying());
    let stranger = SigningKey::parse("chancery/test", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=")?;
    let other = SigningKey::parse("chancery/other", super::SEED)?;
    for key in [stranger, other] {
        let told = witness.add(&submission(&key, 0, 5, 1)).await;
        assert!(matches!(told, Err(WitnessError::Refused(_))), "{told:?}");
    }
    witness.add(&submission(&key(), 0, 5, 1)).await?;
    witness.add(&submission(&key(), 5, 5, 1)).await?;
    for (old, size, root) in [(0, 7, 1), (4, 7, 1), (6, 7, 1), (5, 5, 2)] {
        let told = witness.add(&submission(&key(), old, size, root)).await;
        assert!(matches!(told, Err(WitnessError::At { size: 5 })), "{told:?}");
    }
    let told = witness.add(&submission(&key(), 5, 7, 2)).await;
    assert!(matches!(told, Err(WitnessError::Refused(_))), "{told:?}");
    Ok(())
}
