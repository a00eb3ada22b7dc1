//! Room: how large the log has become, and how much is left where that can be known.

use std::{fs::File, io::Read as _, path::Path};

use chancery_journal::Journal;
use rustix::fs::statvfs;
use serde_json::json;

use super::{
    postgres::Database,
    report::Finding,
    words::{bytes, percent},
};

/// Room that is left, in percent of all and in bytes, below both of which somebody should look, and below both of which
/// it is as good as full.
const LITTLE: (u64, u64) = (10, 20 << 30);
const NOTHING: (u64, u64) = (3, 5 << 30);

/// How large the database is, and the log in it.
pub(super) async fn database(journal: &Journal) -> anyhow::Result<Finding> {
    let sql = "SELECT pg_database_size(current_database()), pg_total_relation_size('public.events')";
    let row = journal.client().await?.query_one(sql, &[]).await?;
    let [all, events] = [0, 1].map(|column| row.get::<_, i64>(column).cast_unsigned());
    let seen = format!("{}, of which the log {}", bytes(all), bytes(events));
    Ok(Finding::ok(seen).with(json!({ "bytes": all, "events_bytes": events })))
}

/// How much room Postgres has left: only where its data is seen from here, and is this server's beyond doubt.
pub(super) async fn postgres(database: &Database) -> anyhow::Result<Finding> {
    let sql = "SELECT current_setting('data_directory'), (SELECT system_identifier FROM pg_control_system())";
    let Ok(row) = database.client.query_one(sql, &[]).await else {
        return Ok(elsewhere("this login may not see where Postgres keeps its data"));
    };
    let (folder, server): (String, i64) = (row.get(0), row.get(1));
    let folder = Path::new(&folder);
    if identifier(folder) != Some(server.cast_unsigned()) {
        return Ok(elsewhere("Postgres's data is not on this machine, or not to be read here"));
    }
    let room = statvfs(folder)?;
    Ok(left(room.f_bavail * room.f_frsize, room.f_blocks * room.f_frsize))
}

fn elsewhere(why: &str) -> Finding {
    Finding::unknown(why, "look there: `df` on the machine of the database, its WAL and its tablespaces")
}

/// What names the cluster that these files are of.
fn identifier(folder: &Path) -> Option<u64> {
    let mut bytes = [0; 8];
    File::open(folder.join("global/pg_control")).ok()?.read_exact(&mut bytes).ok()?;
    Some(u64::from_ne_bytes(bytes))
}

fn left(free: u64, all: u64) -> Finding {
    let share = percent(free, all);
    let seen = format!("{} free of {} ({share} %)", bytes(free), bytes(all));
    let advice =
        "make room: when it is full Postgres stops, and with it every command. The log is never trimmed";
    let below = |(percent, bytes)| share < percent && free < bytes;
    let finding = if below(NOTHING) {
        Finding::failure(seen, advice)
    } else if below(LITTLE) {
        Finding::warning(seen, advice)
    } else {
        Finding::ok(seen)
    };
    finding.with(json!({ "free": free, "bytes": all }))
}

#[cfg(test)]
mod tests {
    use super::{super::report::Verdict, *};

    #[test]
    fn a_disk_is_told_before_it_is_full() {
        let verdict = |free: u64, all: u64| left(free << 30, all << 30).verdict;
        assert_eq!(verdict(50, 100), Verdict::Ok);
        assert_eq!(verdict(50, 10_000), Verdict::Ok, "that is a lot");
        assert_eq!(verdict(9, 100), Verdict::Warning);
        assert_eq!(verdict(2, 100), Verdict::Failure);
    }
}
