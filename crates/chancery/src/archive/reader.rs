//! Reads an export, and holds what it reads against the manifest.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use chancery_wire::audit::{LeafHasher, Row, Tree};

use super::{
    commands::Command,
    csv,
    file::Source,
    manifest::{Encoding, File, Manifest},
    ndjson,
};

/// A complete export.
#[derive(Debug)]
pub(crate) struct Reader {
    folder: PathBuf,
    manifest: Manifest,
}

impl Reader {
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let manifest = Manifest::read(folder)?;
        let manifest = manifest.with_context(|| format!("{} holds no export", folder.display()))?;
        ensure!(
            manifest.complete,
            "the export in {} was interrupted; `chancery log export` goes on with it",
            folder.display()
        );
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Hands every event to `each`, in order, with the tree that ends with it. Positions and times are as a log has them, every file is the one that the
    /// manifest knows, and all events together have the manifest's root: what was handed out counts only when this returns.
    pub(crate) fn events(
        &self,
        mut each: impl FnMut(&Row<'_>, &Tree) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut last = (self.manifest.first.cast_signed() - 1, i64::MIN);
        let (mut tree, mut hasher) = (self.manifest.tree_before()?, LeafHasher::default());
        for file in &self.manifest.files {
            let mut rows = 0;
            self.records(file, |record, room| {
                let row = match self.manifest.encoding {
                    Encoding::Ndjson => ndjson::read(record, room)?,
                    Encoding::Csv => csv::read(record)?,
                };
                ensure!(row.position == last.0 + 1, "after position {} comes {}", last.0, row.position);
                ensure!(row.recorded_at >= last.1, "the time goes back at position {}", row.position);
                last = (row.position, row.recorded_at);
                rows += 1;
                tree.push(row.leaf(&mut hasher));
                each(&row, &tree)
            })?;
            ensure!(rows == file.rows, "{} has {rows} events, not {}", file.name, file.rows);
        }
        ensure!(tree.root() == self.manifest.root, "the events do not have the root that the manifest says");
        Ok(())
    }

    /// Hands every command to `each`; false where the export has none.
    pub(crate) fn commands(
        &self,
        mut each: impl FnMut(&Command<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<bool> {
        self.command_lines(|line| each(&Command::of_line(line)?))
    }

    /// Holds the file of commands against the manifest; nobody vouches for what stands in it.
    pub(crate) fn check_commands(&self) -> anyhow::Result<()> {
        self.command_lines(|_| Ok(())).map(drop)
    }

    fn command_lines(&self, mut each: impl FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<bool> {
        let Some(file) = &self.manifest.commands else { return Ok(false) };
        let mut source = Source::open(&self.folder, file, self.manifest.compression)?;
        let (mut line, mut rows) = (Vec::new(), 0);
        while source.line(&mut line)? {
            rows += 1;
            each(&line).with_context(|| format!("line {rows} of {}", file.name))?;
            line.clear();
        }
        ensure!(rows == file.rows, "{} has {rows} commands, not {}", file.name, file.rows);
        Ok(true)
    }

    /// Hands every record of a file to `each`, without its end, and with room to work in.
    fn records(
        &self,
        file: &File,
        mut each: impl FnMut(&[u8], &mut Vec<u8>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut source = Source::open(&self.folder, file, self.manifest.compression)?;
        let csv = self.manifest.encoding == Encoding::Csv;
        let (mut record, mut room, mut number) = (Vec::new(), Vec::new(), u64::from(csv));
        if csv {
            // No hash of an event covers it, and whoever reads the file elsewhere goes by it.
            let mut header = Vec::new();
            csv::header(&mut header);
            source.line(&mut record)?;
            ensure!(record == header, "the first line of {} does not name the columns", file.name);
            record.clear();
        }
        while source.line(&mut record)? {
            if csv && csv::goes_on(&record) {
                ensure!(record.len() < MOST, "{} has a text without an end", file.name);
                continue;
            }
            number += 1;
            each(&record[..record.len() - 1], &mut room)
                .with_context(|| format!("record {number} of {}", file.name))?;
            record.clear();
        }
        ensure!(record.is_empty(), "{} breaks off within a record", file.name);
        Ok(())
    }
}

/// Bytes of a record, at most.
const MOST: usize = 1 << 24;
