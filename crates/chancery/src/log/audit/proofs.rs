//! `chancery log prove`, `consistency` and `check-proof`.

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context as _, ensure};
use chancery_journal::{Journal, Seal};
use chancery_wire::audit::{BundleError, Checkpoint, ConsistencyBundle, InclusionBundle, VerifyingKey};
use serde_json::{json, value::RawValue};

use super::{CheckProof, Consistency, Prove};
use crate::{cli::Output, difference::Difference, output};

/// That an event is under the last checkpoint.
pub(in crate::log) async fn prove(journal: &Journal, prove: &Prove, output: Output) -> anyhow::Result<()> {
    let position = prove.position;
    let event = journal.event(position).await?;
    let event = event.with_context(|| format!("the log has no event at position {position}"))?;
    let seals = journal.seals();
    let seal = seals.newest().await?.context("the log is not sealed: no sealer has run yet")?;
    ensure!(
        position.get() <= seal.size,
        "the log is sealed through position {}; position {position} is not sealed yet",
        seal.size
    );
    let proof = seals.inclusion(position, seal.size).await?;
    let proof = proof
        .with_context(|| format!("hashes that lead to the checkpoint of {} events are missing", seal.size))?;
    let bundle = InclusionBundle {
        entry: event.entry(),
        index: position.get() - 1,
        proof,
        checkpoint: seal.note.clone(),
    };
    let document = json!({
        "position": position,
        "leaf": bundle.entry.hash(),
        "index": bundle.index,
        "proof": bundle.proof,
        "checkpoint": bundle.checkpoint,
    });
    // A proof of an event that was changed is none: better said here than by whoever gets it.
    let sealed = Checkpoint::read(&seal.note).context("the checkpoint cannot be read")?;
    let holds = chancery_wire::audit::verify_inclusion(
        bundle.entry.hash(),
        bundle.index,
        sealed.size,
        sealed.root,
        &bundle.proof,
    );
    if !holds {
        let why = format!(
            "the event at position {position} and the hashes beside it do not lead to the checkpoint: one of them is not what was \
             sealed. Where `chancery log verify` finds nothing, it is the hashes"
        );
        return Err(Difference(why).into());
    }
    write(prove.file.as_deref(), &bundle.to_string(), &document, output)
}

/// That one checkpoint begins with another.
pub(in crate::log) async fn consistency(
    journal: &Journal,
    asked: &Consistency,
    output: Output,
) -> anyhow::Result<()> {
    let seals = journal.seals();
    let at_least = async |size: u64| -> anyhow::Result<Seal> {
        let seal = seals.at_least(size).await?;
        seal.with_context(|| format!("no checkpoint has {size} events or more"))
    };
    let old = at_least(asked.from).await?;
    let new = match asked.to {
        Some(size) => at_least(size).await?,
        None => seals.newest().await?.context("the log is not sealed: no sealer has run yet")?,
    };
    let proof = seals.consistency(old.size, new.size).await?;
    let proof = proof.with_context(|| format!("no proof leads from {} events to {}", old.size, new.size))?;
    let document =
        json!({ "from": old.size, "to": new.size, "proof": proof, "old": old.note, "new": new.note });
    let bundle = ConsistencyBundle { proof, old: old.note, new: new.note };
    write(asked.file.as_deref(), &bundle.to_string(), &document, output)
}

/// Where nothing is at hand but the proof and the log's key.
pub(in crate::log) fn check_proof(check: &CheckProof, output: Output) -> anyhow::Result<()> {
    let text =
        fs::read_to_string(&check.proof).with_context(|| format!("reading {}", check.proof.display()))?;
    let keys = check.keys.required(None)?;
    if let Ok(bundle) = text.parse::<InclusionBundle>() {
        let checkpoint = any(&keys, |key| bundle.verify(key))?;
        let event = bundle.entry.event()?;
        let data: &RawValue = serde_json::from_slice(&event.data)?;
        let document = json!({
            "proves": "inclusion",
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root,
            "position": event.position,
            "event_id": event.event_id,
            "stream": event.stream,
            "version": event.version,
            "type": event.event_type,
            "recorded_at": event.recorded_at,
            "actor": event.actor,
            "data": data,
        });
        let rows = [
            ("proven", format!("position {} is among the first {} events", event.position, checkpoint.size)),
            ("log", checkpoint.origin),
            ("type", event.event_type.clone()),
            ("stream", format!("{} version {}", event.stream, event.version)),
            ("recorded_at", event.recorded_at.to_string()),
            ("actor", format!("{} {}", event.actor.kind, event.actor.id)),
            ("data", data.get().to_owned()),
        ];
        return output::one(output, &document, &rows);
    }
    let bundle: ConsistencyBundle =
        text.parse().map_err(|error: BundleError| Difference(error.to_string()))?;
    let [old, new] = any(&keys, |key| bundle.verify(key))?;
    let document = json!({
        "proves": "consistency",
        "origin": new.origin,
        "from": { "size": old.size, "root": old.root },
        "to": { "size": new.size, "root": new.root },
    });
    let proven = format!("the first {} of {} events are those of the earlier checkpoint", old.size, new.size);
    output::one(output, &document, &[("proven", proven), ("log", new.origin)])
}

/// What one of the keys vouches for.
fn any<T>(
    keys: &[VerifyingKey],
    verify: impl Fn(&VerifyingKey) -> Result<T, BundleError>,
) -> Result<T, Difference> {
    let mut why = BundleError::Form;
    for key in keys {
        match verify(key) {
            Ok(verified) => return Ok(verified),
            Err(error) => why = error,
        }
    }
    Err(Difference(why.to_string()))
}

fn write(
    file: Option<&Path>,
    bundle: &str,
    document: &serde_json::Value,
    output: Output,
) -> anyhow::Result<()> {
    if let Some(file) = file {
        fs::write(file, bundle).with_context(|| format!("writing {}", file.display()))?;
    }
    match (output, file) {
        (Output::Json, _) => Ok(output::print(&document.to_string())?),
        (Output::Table, Some(_)) => Ok(()),
        (Output::Table, None) => Ok(write!(std::io::stdout(), "{bundle}")?),
    }
}
