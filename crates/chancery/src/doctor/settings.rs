//! Settings of Postgres that lose what was promised to be kept.

use serde_json::json;

use super::{postgres::Database, report::Finding};

async fn setting(database: &Database, name: &str) -> anyhow::Result<String> {
    Ok(database.client.query_one("SELECT current_setting($1)", &[&name]).await?.get(0))
}

/// Of those that the whole server has.
async fn must_be(database: &Database, name: &str, wanted: &str, otherwise: &str) -> anyhow::Result<Finding> {
    let sql = "SELECT setting, source FROM pg_settings WHERE name = $1";
    let row = database.client.query_one(sql, &[&name]).await?;
    let (set, source): (String, String) = (row.get(0), row.get(1));
    let detail = json!({ "setting": set, "source": source });
    let finding = if set == wanted {
        Finding::ok(set)
    } else if source == "command line" {
        // No other place overrides it.
        Finding::failure(
            format!("{set}, on the server's command line"),
            format!("{otherwise}: start it without that"),
        )
    } else {
        let advice = format!("{otherwise}: ALTER SYSTEM SET {name} = {wanted}; SELECT pg_reload_conf();");
        Finding::failure(set, advice)
    };
    Ok(finding.with(detail))
}

pub(super) async fn fsync(database: &Database) -> anyhow::Result<Finding> {
    let lost = "a crash of the machine can lose acknowledged commands and destroy the database";
    must_be(database, "fsync", "on", lost).await
}

pub(super) async fn full_page_writes(database: &Database) -> anyhow::Result<Finding> {
    let torn = "a crash in the middle of a write can leave torn pages that nothing mends";
    must_be(database, "full_page_writes", "on", torn).await
}

pub(super) async fn zero_damaged_pages(database: &Database) -> anyhow::Result<Finding> {
    must_be(database, "zero_damaged_pages", "off", "what is on a damaged page is thrown away without a word")
        .await
}

/// The log itself is safe from this setting: who appends asks for more where the server has less.
pub(super) async fn synchronous_commit(database: &Database) -> anyhow::Result<Finding> {
    let set = setting(database, "synchronous_commit").await?;
    let standbys = setting(database, "synchronous_standby_names").await?;
    let where_to = if standbys.is_empty() { "no synchronous standby" } else { "with a synchronous standby" };
    let seen = format!("{set}, {where_to}");
    let finding = if set == "off" || (set == "local" && !standbys.is_empty()) {
        Finding::warning(
            seen,
            "events are appended with `on` all the same; people, token keys and usage are written with this and can \
             lose their last moments: set it to on, for the server, the database and the login",
        )
    } else {
        Finding::ok(seen)
    };
    Ok(finding.with(json!({ "setting": set, "synchronous_standby": !standbys.is_empty() })))
}

/// Whether a table is without a log of its writes: it is empty after a crash.
pub(super) async fn tables(database: &Database) -> anyhow::Result<Finding> {
    let sql = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') \
               AND relpersistence <> 'p' ORDER BY 1";
    let rows = database.client.query(sql, &[]).await?;
    let unlogged: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok(if unlogged.is_empty() {
        Finding::ok("none is unlogged")
    } else {
        let advice =
            unlogged.iter().map(|table| format!("ALTER TABLE {table} SET LOGGED;")).collect::<Vec<_>>();
        Finding::failure(
            format!("unlogged, so empty after a crash: {}", unlogged.join(", ")),
            advice.join(" "),
        )
        .with(json!({ "unlogged": unlogged }))
    })
}

/// Whether the WAL is archived, where it is meant to be.
pub(super) async fn wal_archive(database: &Database) -> anyhow::Result<Finding> {
    let mode = setting(database, "archive_mode").await?;
    let sql = "SELECT last_failed_time > coalesce(last_archived_time, '-infinity'), last_failed_wal FROM pg_stat_archiver";
    let row = database.client.query_one(sql, &[]).await?;
    let failing = row.get::<_, Option<bool>>(0).unwrap_or(false);
    let detail = json!({ "archive_mode": mode, "failing": failing });
    let finding = match (&*mode, failing) {
        ("off", _) => Finding::ok("off: a lost disk loses what came since the last backup"),
        (_, false) => Finding::ok(mode),
        (_, true) => {
            let wal: String = row.get(1);
            Finding::warning(
                format!("{mode}, and archiving {wal} failed last"),
                "mend archive_command: nothing after that can be restored, and the WAL fills the disk (docs/backup.md)",
            )
        }
    };
    Ok(finding.with(detail))
}
