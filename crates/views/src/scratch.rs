//! Filling a build from the log alone, to compare it with.

use std::collections::BTreeMap;

use chancery_journal::{Journal, Role, config_for};
use chancery_wire::Position;

use crate::{
    Build, View, build,
    runner::{Applied, Batch, RunError, Shard, Shards, Writer, apply, connect, enter},
};

/// Events in a batch: enough that the commits do not count.
const BATCH: usize = 2_000;
/// Nobody shares a scratch build.
const ALONE: Writer = Writer { worker: None, lease: 0.0 };
/// Who looks at it later has an hour.
const KEEP_HOURS: i32 = 1;

/// Fills a scratch build of `view` from nothing up to `until`, beside whatever is live. Compare it with
/// [`crate::dump`]; it stays for an hour.
pub async fn rebuild(
    url: &str,
    journal: &Journal,
    view: &dyn View,
    until: Position,
) -> Result<Build, RunError> {
    let mut client = connect(&config_for(url, Role::Views)?).await.map_err(RunError::Connect)?.client;
    let build = build::scratch(&mut client, view).await?;
    enter(&client, &build).await.map_err(RunError::Connect)?;
    build::keep(&client, &build.schema_name, KEEP_HOURS).await.map_err(RunError::Connect)?;
    let empty = Shard { epoch: 0, position: Position::START, parked: std::collections::BTreeSet::new() };
    let mut shards: BTreeMap<_, _> = BTreeMap::new();
    shards.extend((0..build.shards.cast_signed()).map(|number| (number, empty.clone())));
    let mut shards = Shards(shards);
    let mut position = Position::START;
    while position < until {
        let mut events = journal.read(position, BATCH).await?;
        events.retain(|event| event.position <= until);
        let Some(last) = events.last() else { break };
        position = last.position;
        let mut batch = Batch::of(view, &build, &shards, events, position);
        if apply(&mut client, view, &build, ALONE, &mut shards, &mut batch, None).await? == Applied::Fenced {
            return Err(RunError::Gone { schema_name: build.schema_name });
        }
    }
    Ok(build)
}
