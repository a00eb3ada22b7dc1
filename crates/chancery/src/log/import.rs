//! `chancery log import`: an export becomes the log of an empty database, all of it or nothing.

use std::{io::Write as _, path::PathBuf};

use anyhow::{Context as _, anyhow, ensure};
use chancery_journal::EVENT_COLUMNS;
use chancery_wire::audit::{Checkpoint, VerifyingKey};
use clap::Args;
use postgres::{Client, NoTls, Transaction};
use serde::Serialize;
use uuid::Uuid;

use super::audit;
use crate::{
    archive::{COMMAND_COLUMNS, HEADER, Manifest, Reader, TRAILER, Tuple},
    cli::Output,
    output, progress,
    sealing::KnownKeys,
};

/// Bytes that are sent at once.
const BLOCK: usize = 1 << 18;

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The folder of a complete export that begins at position 1
    folder: PathBuf,
    /// Make it another log: for a copy beside one that goes on
    #[arg(long)]
    new_log_id: bool,
    #[command(flatten)]
    keys: KnownKeys,
}

#[derive(Serialize)]
struct Imported {
    log_id: Uuid,
    position: u64,
    commands: u64,
    /// The events up to here are under the export's checkpoint.
    sealed: u64,
    /// The keys that its signature was checked with; without any, it was not.
    keys: Vec<String>,
}

/// Blocks until the log is there.
pub(super) fn import(url: &str, import: &Import, output: Output) -> anyhow::Result<()> {
    let reader = Reader::open(&import.folder)?;
    let manifest = reader.manifest();
    ensure!(manifest.first == 1, "the export begins at position {}, a log begins at 1", manifest.first);
    let keys = import.keys.read(Some(manifest.log_id))?;
    let checkpoint = checkpoint(manifest, &keys)?;
    let mut client = connect(url)?;
    let mut transaction = client.transaction()?;
    is_empty(&mut transaction)?;
    let sealed = events(&mut transaction, &reader, checkpoint.as_ref())?;
    let commands = commands(&mut transaction, &reader)?;
    let log_id = if import.new_log_id { Uuid::new_v4() } else { manifest.log_id };
    operations(&mut transaction, manifest)?;
    finish(&mut transaction, manifest, log_id)?;
    // A server that came meanwhile has found an empty log.
    is_unused(&mut transaction)?;
    transaction.commit().context("committing the import")?;
    // Filters are planned by it.
    client.batch_execute("ANALYZE public.events; ANALYZE public.commands").context("analysing the log")?;
    let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
    let signature = match &checkpoint {
        None => "none: the log was not sealed, vouched for by nobody".to_owned(),
        Some(_) if keys.is_empty() => "not checked: name the log's key with --key".to_owned(),
        Some(_) => keys.join(", "),
    };
    let rows = [
        ("log", log_id.to_string()),
        ("last position", manifest.last.to_string()),
        ("commands", commands.to_string()),
        ("sealed through", sealed.to_string()),
        ("signature", signature),
    ];
    output::one(output, &Imported { log_id, position: manifest.last, commands, sealed, keys }, &rows)
}

/// Where a key may come from; a host that seals has one that nobody named.
const NAMED: &str =
    "a key comes from --key, else CHANCERY_SEAL_VERIFIER, else CHANCERY_SEAL_KEY or CHANCERY_SEAL_KEY_FILE";

/// What was signed, where anything was. Whoever names a key wants to know that it was by that one.
fn checkpoint(manifest: &Manifest, keys: &[VerifyingKey]) -> anyhow::Result<Option<Checkpoint>> {
    if let Some(note) = &manifest.checkpoint {
        let checkpoint = audit::open(note, keys);
        return checkpoint
            .map(Some)
            .map_err(|why| anyhow!("the export's checkpoint does not count: {why} ({NAMED})"));
    }
    ensure!(
        keys.is_empty(),
        "the export has no checkpoint: its log was not sealed, so a key vouches for nothing; without one it is imported ({NAMED})"
    );
    Ok(None)
}

/// As the tables' owner: nobody else may insert.
fn connect(url: &str) -> anyhow::Result<Client> {
    let mut config: postgres::Config = url.parse().context("the database URL is not usable")?;
    let mut client = config
        .application_name("chancery-import")
        .connect(NoTls)
        .context("connecting to the log's database")?;
    client
        .batch_execute("SET ROLE chancery_owner")
        .context("an import needs the login that migrated the database, which may act as chancery_owner")?;
    Ok(client)
}

/// Takes the log for itself, which must have nothing in it and nobody at it.
fn is_empty(transaction: &mut Transaction<'_>) -> anyhow::Result<()> {
    let head = transaction
        .query_one("SELECT position FROM public.head FOR UPDATE", &[])
        .context("taking the log")?;
    let sql = "SELECT EXISTS (SELECT FROM public.events) OR EXISTS (SELECT FROM public.commands)";
    let filled: bool = transaction.query_one(sql, &[])?.get(0);
    ensure!(head.get::<_, i64>(0) == 0 && !filled, "the log is not empty; an import needs a new database");
    is_unused(transaction)
}

/// Nobody is there who has read the log's id and head, which an import changes.
fn is_unused(transaction: &mut Transaction<'_>) -> anyhow::Result<()> {
    // Postgres shows a transaction what it looked at before.
    transaction.batch_execute("SELECT pg_stat_clear_snapshot()")?;
    let sql = "SELECT count(*) FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name LIKE 'chancery/%'";
    let sessions: i64 = transaction.query_one(sql, &[])?.get(0);
    ensure!(
        sessions == 0,
        "servers use this database; stop them first, they believe that it holds another log"
    );
    Ok(())
}

/// Copies the events; up to where the checkpoint vouches for them.
fn events(
    transaction: &mut Transaction<'_>,
    reader: &Reader,
    checkpoint: Option<&Checkpoint>,
) -> anyhow::Result<u64> {
    let bar = progress::bar("events", reader.manifest().count);
    let sql = format!("COPY public.events ({EVENT_COLUMNS}) FROM STDIN (FORMAT binary)");
    let mut copy = transaction.copy_in(&sql).context("writing events")?;
    let mut block = Vec::with_capacity(2 * BLOCK);
    block.extend_from_slice(HEADER);
    let mut root = None;
    reader.events(|row, tree| {
        row.write(&mut block);
        if checkpoint.is_some_and(|checkpoint| checkpoint.size == tree.size()) {
            root = Some(tree.root());
        }
        if block.len() >= BLOCK {
            copy.write_all(&block).context("writing events")?;
            block.clear();
            bar.set_position(row.position.cast_unsigned());
        }
        Ok(())
    })?;
    block.extend_from_slice(&TRAILER);
    copy.write_all(&block).context("writing events")?;
    let count = copy.finish().context("writing events")?;
    bar.finish_and_clear();
    ensure!(count == reader.manifest().count, "Postgres took {count} events");
    let sql = "SELECT stream FROM public.events GROUP BY stream HAVING max(version) <> count(*) LIMIT 1";
    if let Some(row) = transaction.query_opt(sql, &[]).context("comparing versions")? {
        anyhow::bail!("a version is missing in stream {}", row.get::<_, &str>(0));
    }
    checkpoint.map_or(Ok(0), |checkpoint| {
        let vouched = reader.manifest().vouched(checkpoint, root);
        vouched.context("the events are not what was sealed: they do not lead to the export's checkpoint")
    })
}

/// Copies the commands; how many.
fn commands(transaction: &mut Transaction<'_>, reader: &Reader) -> anyhow::Result<u64> {
    let sql = format!("COPY public.commands ({COMMAND_COLUMNS}) FROM STDIN (FORMAT binary)");
    let mut copy = transaction.copy_in(&sql).context("writing commands")?;
    let mut block = HEADER.to_vec();
    let last = reader.manifest().last.cast_signed();
    let found = reader.commands(|command| {
        ensure!(command.last_position <= last, "a command is later than the log");
        command.write(&mut block);
        if block.len() >= BLOCK {
            copy.write_all(&block).context("writing commands")?;
            block.clear();
        }
        Ok(())
    })?;
    block.extend_from_slice(&TRAILER);
    copy.write_all(&block).context("writing commands")?;
    let count = copy.finish().context("writing commands")?;
    // Without their answers: a retry is then refused as another request under the same id, and never carried out twice.
    // With them, the last one may be missing: a range may end between its events.
    let missing = if found {
        format!(
            "WHERE command_id = (SELECT command_id FROM public.events WHERE position = {last}) AND NOT EXISTS \
             (SELECT FROM public.commands c JOIN public.events e USING (command_id) WHERE e.position = {last})"
        )
    } else {
        String::new()
    };
    let sql = format!(
        "INSERT INTO public.commands (command_id, request_hash, status, answer, first_position, last_position, \
                                      recorded_at) \
         SELECT command_id, '', 200, '', min(position), max(position), min(recorded_at) \
         FROM public.events {missing} GROUP BY command_id"
    );
    Ok(count + transaction.execute(&sql, &[]).context("writing commands")?)
}

/// What operators had done to the projections elsewhere is not done again here: no rebuild, no switch. What they set stays
/// set, for commands believe it.
fn operations(transaction: &mut Transaction<'_>, manifest: &Manifest) -> anyhow::Result<()> {
    let sql = "INSERT INTO public.projection_control (position) VALUES ($1) \
               ON CONFLICT (one) DO UPDATE SET position = excluded.position";
    let told = transaction.execute(sql, &[&manifest.last.cast_signed()]);
    told.context("noting how far operations are carried out")?;
    let sql = "INSERT INTO public.projection_settings (projection, paused) \
               SELECT DISTINCT ON (stream) data ->> 'projection', data ->> 'operation' = 'PROJECTION_OPERATION_PAUSE' \
               FROM public.events \
               WHERE stream > 'projection-' AND stream < 'projection.' AND type = 'ProjectionOperated' \
                 AND data ->> 'operation' IN ('PROJECTION_OPERATION_PAUSE', 'PROJECTION_OPERATION_RESUME') \
               ORDER BY stream, version DESC \
               ON CONFLICT (projection) DO UPDATE SET paused = excluded.paused";
    transaction.execute(sql, &[]).context("noting which projections are paused")?;
    Ok(())
}

/// The head is where the export ends.
fn finish(transaction: &mut Transaction<'_>, manifest: &Manifest, log_id: Uuid) -> anyhow::Result<()> {
    let sql = "UPDATE public.head SET log_id = $1, position = $2, recorded_at = \
               coalesce((SELECT recorded_at FROM public.events WHERE position = $2), timestamptz 'epoch')";
    let moved = transaction.execute(sql, &[&log_id, &manifest.last.cast_signed()]);
    moved.context("moving the head")?;
    let notify = format!("SELECT pg_notify('chancery_head', '{}')", manifest.last);
    transaction.batch_execute(&notify).context("telling the head")?;
    Ok(())
}
