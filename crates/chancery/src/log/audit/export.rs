//! `chancery log verify --from-export`: an export by itself, with nothing but the log's key.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use chancery_wire::audit::{Checkpoint, Finding, LeafHasher, Recount};

use super::{Verify, open, report::Report, witnessed::Witnessed};
use crate::{archive::Reader, cli::Output, difference::Difference, progress};

/// Blocks until every event of the export is read.
pub(in crate::log) fn verify_export(verify: &Verify, output: Output) -> anyhow::Result<()> {
    let began = Instant::now();
    let folder = verify.from_export.as_deref().context("no folder")?;
    let reader = Reader::open(folder)?;
    let manifest = reader.manifest();
    let keys = verify.keys.read(Some(manifest.log_id))?;
    let note = manifest.checkpoint.as_ref();
    let note =
        note.context("the export has no checkpoint: its log was not sealed yet, so nobody vouches for it")?;
    let checkpoint = open(note, &keys);
    let size = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
    ensure!(
        checkpoint.is_err() || size >= manifest.first,
        "the export begins at position {}, its checkpoint is of {size} events: nobody vouches for what came after them",
        manifest.first
    );
    let mut witnesses = Witnessed::open_all(&verify.witness, &keys, manifest.log_id)?;
    let mut recount = Recount::after(manifest.tree_before()?);
    let (mut hasher, mut root) = (LeafHasher::default(), None);
    let bar = progress::bar("events", manifest.count);
    let read = reader.events(|row, tree| {
        let position = row.position.cast_unsigned();
        let leaf = row.leaf(&mut hasher);
        recount.event(position, leaf, &hasher);
        if position == size {
            root = Some(tree.root());
        }
        if witnesses.iter().any(|witness| witness.is_due(position)) {
            witnesses.iter_mut().try_for_each(|witness| witness.look(&mut recount))?;
            bar.set_position(position - manifest.first);
        }
        Ok(())
    });
    bar.finish_and_clear();
    let read = read.and_then(|()| reader.check_commands());
    // Whatever the files or their lines are not, they are not what was exported.
    read.map_err(|error| Difference(format!("{error:#}")))?;
    let sealed = checkpoint.as_ref().ok().and_then(|checkpoint| manifest.vouched(checkpoint, root));
    match (&checkpoint, sealed) {
        (Err(why), _) => {
            let size = Checkpoint::read(note).map_or(0, |checkpoint| checkpoint.size);
            recount.found(Finding::Checkpoint { size, why: why.clone() });
        }
        (Ok(_), None) => recount.found(Finding::Unlocated { first: manifest.first, last: manifest.last }),
        (Ok(_), Some(_)) => {}
    }
    let asked = !witnesses.is_empty();
    let mut seen = 0;
    for witness in &mut witnesses {
        seen += witness.finish_part(&mut recount)?;
    }
    let mut summary = recount.finish(None);
    (summary.sealed, summary.checkpoints) = (sealed.unwrap_or(0), 1);
    let seconds = began.elapsed().as_secs_f64();
    Report::new(manifest.log_id, &keys, asked.then_some(seen), summary, seconds).tell(output)
}
