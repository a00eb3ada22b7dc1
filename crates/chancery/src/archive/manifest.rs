//! `manifest.json`: what an export holds, and by what it is verified.

use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::Path,
};

use anyhow::{Context as _, ensure};
use chancery_wire::audit::{Checkpoint, Hash, Tree, verify_consistency};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The form of an export, and the only one that this build knows.
pub(crate) const FORMAT: &str = "chancery-export/1";
const NAME: &str = "manifest.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) format: String,
    pub(crate) log_id: Uuid,
    /// The first position of the range.
    pub(crate) first: u64,
    /// The last one; one less than the first where the log was empty.
    pub(crate) last: u64,
    /// Events in `files`: all of the range once the export is complete.
    pub(crate) count: u64,
    pub(crate) encoding: Encoding,
    pub(crate) compression: Compression,
    /// The audit tree's root at the last event that is here, in base64: RFC 6962 over the leaves of all events from 1 on.
    pub(crate) root: Hash,
    /// The peaks of the tree before the first event: with the events of the range they give the root.
    pub(crate) before: Vec<Hash>,
    /// The peaks of the tree at the last event that is here, of which the root is made.
    pub(crate) peaks: Vec<Hash>,
    /// The first checkpoint of the log that covers the last event, signed; else the newest one, which covers a part; `null`
    /// where the log was never sealed.
    pub(crate) checkpoint: Option<String>,
    /// Leads from `root` to the checkpoint's root, where that is over more events (RFC 6962 §2.1.2).
    pub(crate) consistency: Vec<Hash>,
    /// Whether everything is there. An export that was interrupted is gone on with.
    pub(crate) complete: bool,
    /// The files of events, in the log's order.
    pub(crate) files: Vec<File>,
    /// The file of commands; `null` where they were left out.
    pub(crate) commands: Option<File>,
}

/// A file beside the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) name: String,
    /// Events or commands in it.
    pub(crate) rows: u64,
    /// Its size, compressed as it is.
    pub(crate) bytes: u64,
    /// Of the file as it is, in hexadecimal.
    pub(crate) sha256: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Encoding {
    /// A JSON object a line
    Ndjson,
    /// RFC 4180, with a line of names
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Compression {
    Zstd,
    None,
}

impl Encoding {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}

impl Compression {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Zstd => ".zst",
            Self::None => "",
        }
    }
}

impl Manifest {
    /// The manifest in `folder`, if there is one.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join(NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let manifest: Self =
            serde_json::from_slice(&text).with_context(|| format!("{} is no manifest", path.display()))?;
        manifest.check().with_context(|| path.display().to_string())?;
        Ok(Some(manifest))
    }

    /// Writes it where nobody ever finds half of it.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let (path, part) = (folder.join(NAME), folder.join(format!("{NAME}.part")));
        let write = || {
            let mut file = fs::File::create(&part)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&part, &path)?;
            fs::File::open(folder)?.sync_all()
        };
        write().with_context(|| format!("writing {}", path.display()))
    }

    /// The position after which the next event goes.
    pub(crate) fn reached(&self) -> u64 {
        self.first - 1 + self.count
    }

    /// The audit tree before the first event.
    pub(crate) fn tree_before(&self) -> anyhow::Result<Tree> {
        Tree::from_peaks(self.first - 1, self.before.clone())
            .context("the peaks before the first event are not right")
    }

    /// The audit tree at the last event that is here.
    pub(crate) fn tree(&self) -> anyhow::Result<Tree> {
        Tree::from_peaks(self.reached(), self.peaks.clone())
            .context("the peaks are not those of the last event")
    }

    /// Up to which position the checkpoint vouches for the events; `None` where it is of others. Where it is of less than
    /// all of them, `root` is what they have at its size.
    pub(crate) fn vouched(&self, checkpoint: &Checkpoint, root: Option<Hash>) -> Option<u64> {
        let Checkpoint { size, root: signed, .. } = checkpoint;
        if *size >= self.last {
            let leads = verify_consistency(self.last, self.root, *size, *signed, &self.consistency);
            leads.then_some(self.last)
        } else {
            (root == Some(*signed)).then_some(*size)
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!(self.format == FORMAT, "the export's format is {}, this build reads {FORMAT}", self.format);
        let positions = 1..=i64::MAX.cast_unsigned();
        ensure!(
            positions.contains(&self.first) && self.last >= self.first - 1 && self.last <= *positions.end(),
            "no range of positions"
        );
        let rows = self.files.iter().fold(0, |rows: u64, file| rows.saturating_add(file.rows));
        ensure!(self.count == rows, "the files have {rows} events, not {}", self.count);
        ensure!(self.count <= self.last - (self.first - 1), "there are more events than the range has");
        ensure!(!self.complete || self.reached() == self.last, "the export is not as complete as it says");
        ensure!(self.tree()?.root() == self.root, "the root is not the one of the peaks");
        self.tree_before()?;
        for file in self.files.iter().chain(&self.commands) {
            // A name leads nowhere else.
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            ensure!(
                file.name.bytes().all(plain) && !file.name.starts_with('.'),
                "{:?} is no name of a file",
                file.name
            );
        }
        Ok(())
    }
}
