//! The last sealed checkpoint, and who keeps it outside of the database.

use std::{fs::File, io::BufReader, path::Path};

use anyhow::Context as _;
use chancery_journal::{Journal, Seal, WitnessRecords};
use chancery_wire::{
    Position,
    audit::{Checkpoint, VerifyingKey},
};
use serde_json::json;

use super::{
    log::{behind, waits},
    report::Finding,
    words::LATE,
};
use crate::{sealing::KnownKeys, serve::Place};

/// What checkpoints are held against.
pub(super) struct Sealed<'a> {
    pub(super) keys: &'a KnownKeys,
    pub(super) witnesses: &'a [Place],
    /// How often the log is sealed.
    pub(super) every_seconds: u64,
}

impl Sealed<'_> {
    /// Whether the last checkpoint is the log's, whole and young enough.
    pub(super) async fn checkpoint(&self, journal: &Journal) -> anyhow::Result<Finding> {
        let seal = journal.seals().newest().await?;
        let head = journal.head().await?;
        let size = seal.as_ref().map_or(Position::START, |seal| Position::new(seal.size));
        let late = waits(journal, size).await?;
        #[expect(clippy::cast_precision_loss, reason = "seconds between two checkpoints")]
        let patience = self.every_seconds as f64 + LATE;
        let seen = behind(size, head.position, late);
        let Some(seal) = seal else {
            let detail = json!({ "position": null, "lag_events": head.position, "lag_seconds": late });
            return Ok(not_sealed(&seen, late, patience).with(detail));
        };
        let keys = self.keys.read(Some(head.log_id))?;
        let detail = json!({
            "position": size, "lag_events": head.position.since(size), "lag_seconds": late, "sealed_at": seal.sealed_at,
            "signature": if keys.is_empty() { "not_checked" } else { "checked" },
        });
        let finding = if size > head.position {
            Finding::failure(
                format!("{size} events are sealed, and the log ends at {}", head.position),
                "the log was cut or restored to an earlier point: `chancery log verify`, docs/backup.md",
            )
        } else if let Some(why) = amiss(&seal, &keys) {
            Finding::failure(
                format!("at {size}, {why}"),
                "run `chancery log verify`: it locates what was changed",
            )
        } else if late > patience {
            Finding::warning(
                seen,
                "is a process with the role sealer running? Its `/readyz` says why it does not seal",
            )
        } else if keys.is_empty() {
            Finding::ok(format!("{seen}; its signature was not checked, for no key was named"))
        } else {
            Finding::ok(format!("{seen}; signed"))
        };
        Ok(finding.with(detail))
    }

    /// Whether each witness has what the database has.
    pub(super) async fn witnesses(&self, journal: &Journal) -> anyhow::Result<Finding> {
        if self.witnesses.is_empty() {
            return Ok(Finding::unknown(
                "left out: no witness was named",
                "name where the sealer's witness is with --witness or CHANCERY_WITNESSES; without one nobody finds a \
                 database that was replaced by an older copy (docs/audit.md)",
            ));
        }
        let head = journal.head().await?;
        let keys = self.keys.read(Some(head.log_id))?;
        let newest = journal.seals().newest().await?.map_or(0, |seal| seal.size);
        let mut findings = Vec::new();
        for place in self.witnesses {
            findings.push(match place {
                Place::Http(url) => Finding::unknown(
                    format!("{} was not asked: its protocol has no way to", url.host_str().unwrap_or("it")),
                    "the sealer's `/readyz` says whether it takes checkpoints",
                ),
                Place::File(path) => {
                    let told = last(path, &keys, head.log_id);
                    witnessed(journal, path, told, newest, head.position).await?
                }
            });
        }
        Ok(Finding::all(&findings))
    }
}

/// The first checkpoint takes as long as any other.
fn not_sealed(seen: &str, late: f64, patience: f64) -> Finding {
    if late > patience {
        Finding::warning(
            "nothing is sealed: who edits the log as a superuser is not found",
            "give a process with the role sealer a key with CHANCERY_SEAL_KEY_FILE (docs/audit.md)",
        )
    } else {
        Finding::ok(format!("nothing is sealed yet: {seen}"))
    }
}

/// What is wrong with the checkpoint itself.
fn amiss(seal: &Seal, keys: &[VerifyingKey]) -> Option<String> {
    if seal.proven_tree().is_none() {
        return Some("its hashes do not lead to its root".to_owned());
    }
    let mut errors = keys.iter().map(|key| Checkpoint::open(&seal.note, key).err());
    // One key's signature is enough, where the log had several.
    let first = errors.next().flatten()?;
    errors.all(|error| error.is_some()).then(|| first.to_string())
}

/// The last checkpoint of this log in the witness's file.
fn last(path: &Path, keys: &[VerifyingKey], log_id: uuid::Uuid) -> anyhow::Result<Option<Checkpoint>> {
    let origins: Vec<_> = keys.iter().map(|key| key.name().to_owned()).collect();
    let origins = if origins.is_empty() { vec![format!("chancery/{log_id}")] } else { origins };
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let (mut records, mut last) = (WitnessRecords::new(BufReader::new(file)), None);
    while let Some(record) = records.next_record().with_context(|| format!("reading {}", path.display()))? {
        if let Some(checkpoint) =
            Checkpoint::read(&record.note).ok().filter(|read| origins.contains(&read.origin))
        {
            last = Some(checkpoint);
        }
    }
    Ok(last)
}

async fn witnessed(
    journal: &Journal,
    path: &Path,
    told: anyhow::Result<Option<Checkpoint>>,
    newest: u64,
    head: Position,
) -> anyhow::Result<Finding> {
    let told = match told {
        Ok(Some(told)) => told,
        Ok(None) if newest == 0 => return Ok(Finding::ok("it has seen nothing, and nothing is sealed")),
        Ok(None) => {
            return Ok(Finding::failure(
                format!("{} has no checkpoint of this log", path.display()),
                "is it the witness that the sealer tells, and is its origin the log's (CHANCERY_SEAL_ORIGIN)?",
            ));
        }
        Err(error) => {
            return Ok(Finding::unknown(
                format!("{error:#}"),
                "run the doctor where the witness is, as somebody who may read it",
            ));
        }
    };
    let same = journal.seals().at_most(told.size).await?.filter(|seal| seal.size == told.size);
    let root = same.and_then(|seal| Checkpoint::read(&seal.note).ok()).map(|read| read.root);
    Ok(if told.size > head.get() {
        Finding::failure(
            format!("it has seen {} events, and the log has {head}", told.size),
            "the log was rolled back or replaced: `chancery log verify`; after a restore that was meant, docs/backup.md",
        )
    } else if root.is_some_and(|root| root != told.root) {
        Finding::failure(
            format!("it has seen another log of {} events", told.size),
            "the log or its seals were changed: `chancery log verify` says where",
        )
    } else if told.size < newest {
        Finding::warning(
            format!("it has seen {} events, and {newest} are sealed", told.size),
            "the sealer tells it as soon as it can write there: its `/readyz` says what keeps it",
        )
    } else {
        Finding::ok(format!("it has seen {} events", told.size))
    })
}
