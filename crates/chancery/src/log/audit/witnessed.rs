//! What a witness's file says, beside the log that is being recounted.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use chancery_journal::WitnessRecords;
use chancery_wire::audit::{Checkpoint, Finding, Recount, VerifyingKey, verify_consistency};

use uuid::Uuid;

use super::open;
use crate::serve::Place;

/// Checkpoints of a witness, smallest first.
pub(super) struct Witnessed {
    path: PathBuf,
    records: WitnessRecords<BufReader<File>>,
    keys: Vec<VerifyingKey>,
    /// Those of the log; other logs' checkpoints may stand between.
    origins: Vec<String>,
    next: Option<Checkpoint>,
    /// The last that was read.
    last: Option<Checkpoint>,
    checkpoints: u64,
    broken: Vec<Finding>,
}

impl Witnessed {
    pub(super) fn open_all(
        places: &[Place],
        keys: &[VerifyingKey],
        log_id: Uuid,
    ) -> anyhow::Result<Vec<Self>> {
        let names = keys.iter().map(|key| key.name().to_owned());
        let origins: Vec<_> = names.chain(keys.is_empty().then(|| format!("chancery/{log_id}"))).collect();
        let mut files = Vec::new();
        for place in places {
            match place {
                Place::File(path) => files.push(Self::open(path, keys, &origins)?),
                Place::Http(url) => eprintln!("chancery: {url} is not asked: its protocol has no way to"),
            }
        }
        Ok(files)
    }

    fn open(path: &Path, keys: &[VerifyingKey], origins: &[String]) -> anyhow::Result<Self> {
        let mut witness = Self::read(path, keys, origins)
            .with_context(|| format!("reading the witness {}", path.display()))?;
        witness.advance()?;
        Ok(witness)
    }

    fn read(path: &Path, keys: &[VerifyingKey], origins: &[String]) -> std::io::Result<Self> {
        let records = WitnessRecords::new(BufReader::with_capacity(1 << 16, File::open(path)?));
        Ok(Self {
            path: path.to_owned(),
            records,
            keys: keys.to_vec(),
            origins: origins.to_vec(),
            next: None,
            last: None,
            checkpoints: 0,
            broken: Vec::new(),
        })
    }

    /// Holds the tree at this position against what was witnessed of it.
    pub(super) fn look(&mut self, recount: &mut Recount) -> anyhow::Result<()> {
        while let Some(next) = self.next.take_if(|next| next.size <= recount.position()) {
            if next.size == recount.position() && recount.root().is_some_and(|root| root != next.root) {
                recount.found(Finding::Witness { size: next.size });
            }
            self.advance()?;
        }
        Ok(())
    }

    /// Whether the next one is at or before this position, so that a look is due.
    pub(super) fn is_due(&self, position: u64) -> bool {
        self.next.as_ref().is_some_and(|next| next.size <= position)
    }

    /// No event follows in this part of the log; others may elsewhere.
    pub(super) fn finish_part(&mut self, recount: &mut Recount) -> anyhow::Result<u64> {
        self.look(recount)?;
        while self.next.take().is_some() {
            self.advance()?;
        }
        for broken in std::mem::take(&mut self.broken) {
            recount.found(broken);
        }
        Ok(self.checkpoints)
    }

    /// No event follows, and so many are sealed. How many checkpoints it has: one that knows nothing of a sealed log is
    /// another's, or was emptied by whoever replaced the log.
    pub(super) fn finish(mut self, recount: &mut Recount, sealed: u64) -> anyhow::Result<u64> {
        if sealed > 0 && self.last.is_none() && self.broken.is_empty() {
            let why = format!("{} has no checkpoint of this log", self.path.display());
            self.broken.push(Finding::WitnessBroken { size: sealed, why });
        }
        self.finish_part(recount)?;
        let last = recount.last();
        if let Some(witnessed) = self.last.filter(|witnessed| witnessed.size > last) {
            recount.found(Finding::RolledBack { witnessed: witnessed.size, last });
        }
        Ok(self.checkpoints)
    }

    /// Reads the next record that counts. It must begin with the one before, as the proof beside it says.
    fn advance(&mut self) -> anyhow::Result<()> {
        while let Some(record) = self.records.next_record().context("reading the witness")? {
            let origin = Checkpoint::read(&record.note).map(|checkpoint| checkpoint.origin);
            if origin.is_ok_and(|origin| !self.origins.contains(&origin)) {
                continue;
            }
            let checkpoint = match open(&record.note, &self.keys) {
                Ok(checkpoint) => checkpoint,
                Err(why) => {
                    let size = Checkpoint::read(&record.note).map_or(0, |checkpoint| checkpoint.size);
                    self.broken.push(Finding::WitnessBroken { size, why });
                    continue;
                }
            };
            self.checkpoints += 1;
            let follows = self.last.as_ref().is_none_or(|last| {
                record.old == last.size
                    && verify_consistency(
                        last.size,
                        last.root,
                        checkpoint.size,
                        checkpoint.root,
                        &record.proof,
                    )
            });
            if !follows {
                let why = "it does not begin with the one before".to_owned();
                self.broken.push(Finding::WitnessBroken { size: checkpoint.size, why });
            }
            self.last = Some(checkpoint.clone());
            self.next = Some(checkpoint);
            return Ok(());
        }
        Ok(())
    }
}
