//! Two processes, a hundred thousand appends.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::{audit, child::Child, load::Load, world::database};

/// A hang is told from a slow machine.
const LIMIT: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_appends_of_two_processes_leave_no_hole_and_nothing_else() -> Result<()> {
    let (db, folder) = (database()?, tempfile::tempdir()?);
    let start = |source: u32| {
        let load = Load { source, tasks: 100, commands: 500 };
        Child::start(load, &folder.path().join(source.to_string()), db.url())
    };
    let mut children = [start(1)?, start(2)?];
    let deadline = Instant::now() + LIMIT;
    for child in &mut children {
        while !child.has_finished()? {
            ensure!(Instant::now() < deadline, "the children hang");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let [one, two] = &children;
    let loads = [(one.load(), one.acks()?), (two.load(), two.acks()?)];
    assert_eq!(loads[0].1.len() + loads[1].1.len(), 100_000);
    assert_eq!(audit::holds(db.url(), &loads).await?, 100_000);
    Ok(())
}
