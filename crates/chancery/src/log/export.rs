//! `chancery log export`: the log, or a part of it, as files.

use std::{
    fs::{self, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use chancery_journal::{Journal, copy_events};
use chancery_wire::audit::{Hash, LeafHasher, Row, Tree};
use clap::Args;
use postgres::Client;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::{
    archive::{
        COMMAND_COLUMNS, Command, Compression, Encoder, Encoding, FORMAT, File, Manifest, Sink, Tuple, tuples,
    },
    cli::Output,
    difference::Misuse,
    output, progress,
};

/// Bytes that are handed on at once.
const BLOCK: usize = 1 << 20;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The folder of the export; one that was interrupted there is gone on with
    folder: PathBuf,
    #[arg(long, value_enum, default_value = "ndjson")]
    format: Encoding,
    #[arg(long, value_enum, default_value = "zstd")]
    compression: Compression,
    /// The first position
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    from: u64,
    /// The last position; by default the log's head
    #[arg(long)]
    through: Option<u64>,
    /// Events in a file; what is interrupted goes on behind the last whole file
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    events_per_file: u64,
    /// Leave out the commands: an import then knows no answer to a retry
    #[arg(long)]
    without_commands: bool,
}

impl Export {
    pub(super) fn check(&self) -> Result<(), Misuse> {
        match self.through {
            Some(through) if through < self.from - 1 => {
                Err(Misuse(format!("--through {through} is before --from {}", self.from)))
            }
            _ => Ok(()),
        }
    }
}

/// Blocks until the export is there.
pub(super) fn export(url: &str, export: &Export, output: Output) -> anyhow::Result<()> {
    let mut client = super::connect(url)?;
    fs::create_dir_all(&export.folder).with_context(|| format!("making {}", export.folder.display()))?;
    let _held = hold(&export.folder)?;
    let mut manifest = begin(url, &mut client, export)?;
    let mut tree = manifest.tree()?;
    let bar = progress::bar("events", manifest.last + 1 - manifest.first);
    while manifest.reached() < manifest.last {
        bar.set_position(manifest.count);
        let after = manifest.reached();
        let last = manifest.last.min(after.saturating_add(export.events_per_file));
        let file = events(&mut client, export, &mut tree, last)?;
        manifest.count += file.rows;
        manifest.files.push(file);
        manifest.root = tree.root();
        tree.peaks().clone_into(&mut manifest.peaks);
        manifest.write(&export.folder)?;
    }
    bar.finish_and_clear();
    if !manifest.complete {
        (manifest.checkpoint, manifest.consistency) =
            Handle::current().block_on(checkpoint(url, manifest.last))?;
        if !export.without_commands {
            manifest.commands = Some(commands(&mut client, export, &manifest)?);
        }
        manifest.complete = true;
        manifest.write(&export.folder)?;
    }
    let rows = [
        ("log", manifest.log_id.to_string()),
        ("first position", manifest.first.to_string()),
        ("last position", manifest.last.to_string()),
        ("events", manifest.count.to_string()),
        ("commands", output::or_dash(manifest.commands.as_ref().map(|file| file.rows))),
        ("root", manifest.root.to_string()),
        ("files", (manifest.files.len() + usize::from(manifest.commands.is_some())).to_string()),
        ("folder", export.folder.display().to_string()),
    ];
    output::one(output, &manifest, &rows)
}

/// Keeps others out of the folder until this process ends: two at once would write the same files. A file system that has
/// no locks keeps nobody out.
fn hold(folder: &Path) -> anyhow::Result<fs::File> {
    let held = fs::File::open(folder).with_context(|| format!("opening {}", folder.display()))?;
    let taken = matches!(held.try_lock(), Err(TryLockError::WouldBlock));
    ensure!(!taken, "another export is writing to {}", folder.display());
    Ok(held)
}

/// The manifest of the export that was interrupted in the folder, or of a new one.
fn begin(url: &str, client: &mut Client, export: &Export) -> anyhow::Result<Manifest> {
    let row =
        client.query_one("SELECT log_id, position FROM public.head", &[]).context("reading the head")?;
    let (log_id, head): (Uuid, u64) = (row.get(0), row.get::<_, i64>(1).cast_unsigned());
    if let Some(manifest) = Manifest::read(&export.folder)? {
        let asked = (export.from, export.format, export.compression);
        let found = (manifest.first, manifest.encoding, manifest.compression);
        let goes_on = manifest.log_id == log_id
            && found == asked
            && export.through.is_none_or(|through| through == manifest.last)
            && (manifest.complete || has_size(&manifest, export.events_per_file))
            && (!manifest.complete || manifest.commands.is_none() == export.without_commands);
        ensure!(goes_on, "{} holds another export; name another folder", export.folder.display());
        ensure!(manifest.last <= head, "the log ends at {head}, before the end of the export that was begun");
        for file in manifest.files.iter().chain(&manifest.commands) {
            let path = export.folder.join(&file.name);
            ensure!(file.is_whole(&export.folder)?, "{} is not as it was written", path.display());
        }
        // A log that was set back and went on has the same id, and positions that are others.
        let reached = manifest.reached();
        let same = manifest.complete || tree_at(url, client, reached)?.root() == manifest.root;
        ensure!(
            same,
            "{} holds other events than the log has up to position {reached}; name another folder",
            export.folder.display()
        );
        return Ok(manifest);
    }
    let last = export.through.unwrap_or(head);
    ensure!(last <= head, "the log ends at {head}");
    ensure!(last + 1 >= export.from, "the range ends before it begins: the log's head is {head}");
    let tree = tree_at(url, client, export.from - 1)?;
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        log_id,
        first: export.from,
        last,
        count: 0,
        encoding: export.format,
        compression: export.compression,
        root: tree.root(),
        before: tree.peaks().to_owned(),
        peaks: tree.peaks().to_owned(),
        checkpoint: None,
        consistency: Vec::new(),
        complete: false,
        files: Vec::new(),
        commands: None,
    };
    manifest.write(&export.folder)?;
    Ok(manifest)
}

/// Whether the export has so many events in a file. Its first file tells; before there is one, any number will do.
fn has_size(manifest: &Manifest, events_per_file: u64) -> bool {
    let range = manifest.last - (manifest.first - 1);
    manifest.files.first().is_none_or(|first| first.rows == events_per_file.min(range))
}

/// The checkpoint that vouches for the range, and what leads to it.
async fn checkpoint(url: &str, last: u64) -> anyhow::Result<(Option<String>, Vec<Hash>)> {
    let journal = Journal::open(url, 2)?;
    let seals = journal.seals();
    if last > 0
        && let Some(seal) = seals.at_least(last).await?
        && let Some(consistency) = seals.consistency(last, seal.size).await?
    {
        return Ok((Some(seal.note), consistency));
    }
    Ok((seals.at_most(last).await?.map(|seal| seal.note), Vec::new()))
}

/// The audit tree of the log up to a position: as it was sealed, or from the events. It is right where the range's root
/// is, which a checkpoint vouches for.
fn tree_at(url: &str, client: &mut Client, position: u64) -> anyhow::Result<Tree> {
    if position > 0 {
        let sealed = async { Journal::open(url, 2)?.seals().tree(position).await };
        if let Some(tree) = Handle::current().block_on(sealed)? {
            return Ok(tree);
        }
    }
    let (mut tree, mut hasher) = (Tree::default(), LeafHasher::default());
    if position > 0 {
        let bar = progress::bar("events before", position);
        tuples(client.copy_out(&copy_events(0, position)).context("reading the log")?, |columns| {
            grow(&mut tree, &Row::read(columns)?, &mut hasher)?;
            bar.set_position(tree.size());
            Ok(())
        })?;
        bar.finish_and_clear();
    }
    Ok(tree)
}

/// Adds an event, which has to be the next one.
fn grow(tree: &mut Tree, event: &Row<'_>, hasher: &mut LeafHasher) -> anyhow::Result<()> {
    tree.push(event.leaf(hasher));
    let position = tree.size();
    ensure!(event.position.cast_unsigned() == position, "the log has no event at position {position}");
    Ok(())
}

/// Writes the next file of events, up to `last`, and adds them to the tree.
fn events(client: &mut Client, export: &Export, tree: &mut Tree, last: u64) -> anyhow::Result<File> {
    let after = tree.size();
    let name = format!(
        "events-{:012}-{last:012}.{}{}",
        after + 1,
        export.format.extension(),
        export.compression.extension()
    );
    let mut encoder = Encoder::new(export.format);
    let mut begun = Vec::with_capacity(BLOCK + BLOCK / 2);
    encoder.begin(&mut begun);
    let mut hasher = LeafHasher::default();
    let file = write(client, export, &name, &copy_events(after, last), begun, |columns, block| {
        let row = Row::read(columns)?;
        grow(tree, &row, &mut hasher)?;
        encoder.row(&row, block)
    })?;
    ensure!(tree.size() == last, "the log has no event at position {}", tree.size() + 1);
    Ok(file)
}

/// Writes the file of commands: those whose events are in the range, and those that changed nothing meanwhile.
fn commands(client: &mut Client, export: &Export, manifest: &Manifest) -> anyhow::Result<File> {
    let name = format!("commands.ndjson{}", export.compression.extension());
    let first = if manifest.first == 1 { 0 } else { manifest.first };
    let copy = format!(
        "COPY (SELECT {COMMAND_COLUMNS} FROM public.commands WHERE last_position BETWEEN {first} AND {}) \
         TO STDOUT (FORMAT binary)",
        manifest.last
    );
    write(client, export, &name, &copy, Vec::new(), |columns, block| Command::read(columns)?.line(block))
}

/// Writes a file of the rows of `copy`, as `each` makes lines of them.
fn write(
    client: &mut Client,
    export: &Export,
    name: &str,
    copy: &str,
    begun: Vec<u8>,
    mut each: impl FnMut(&mut crate::archive::Columns<'_>, &mut Vec<u8>) -> anyhow::Result<()>,
) -> anyhow::Result<File> {
    let sink = Sink::begin(&export.folder, name, export.compression)?;
    let (mut rows, mut block) = (0, begun);
    let copy = client.copy_out(copy).context("reading the log")?;
    let read = tuples(copy, |columns| {
        each(columns, &mut block)?;
        rows += 1;
        if block.len() >= BLOCK {
            sink.write(std::mem::replace(&mut block, Vec::with_capacity(BLOCK + BLOCK / 2)))?;
        }
        Ok(())
    });
    match read.and_then(|()| sink.write(block)) {
        Ok(()) => sink.finish(rows),
        // Where the writer failed, that is why; the reader only noticed.
        Err(noticed) => Err(sink.give_up().err().unwrap_or(noticed)),
    }
}
