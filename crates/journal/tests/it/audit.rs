//! Is the log right in itself, and is it what was sent?

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, ensure};
use uuid::Uuid;

use crate::{
    load::{Ack, Load},
    world::superuser,
};

/// What must hold in every log, each with a query that counts the exceptions.
const RULES: &[(&str, &str)] = &[
    (
        "positions are 1 to the head without a hole",
        "SELECT abs(count(*) - (SELECT position FROM head)) + abs(coalesce(min(position), 1) - 1)
             + abs(coalesce(max(position), 0) - count(*)) FROM events",
    ),
    (
        "each stream's versions are 1, 2, 3 … in the order of positions",
        "SELECT count(*) FROM (SELECT version, row_number() OVER (PARTITION BY stream ORDER BY position) AS n
             FROM events) AS e WHERE version <> n",
    ),
    (
        "recorded_at never goes back",
        "SELECT count(*) FROM (SELECT recorded_at, lag(recorded_at) OVER (ORDER BY position) AS before
             FROM events) AS e WHERE recorded_at < before",
    ),
    (
        "each event lies in the range of its command",
        "SELECT count(*) FROM events e LEFT JOIN commands c USING (command_id)
             WHERE (e.position BETWEEN c.first_position AND c.last_position) IS NOT true",
    ),
    (
        "each command's range is filled by its events",
        "SELECT abs((SELECT count(*) FROM events)
             - (SELECT coalesce(sum(last_position - first_position + 1), 0)::bigint FROM commands))",
    ),
];

/// The log is right in itself.
pub(crate) async fn sound(url: &str) -> Result<()> {
    let client = superuser(url).await?;
    for (rule, exceptions) in RULES {
        let exceptions: i64 = client.query_one(*exceptions, &[]).await?.get(0);
        ensure!(exceptions == 0, "it does not hold that {rule}: {exceptions} exceptions");
    }
    Ok(())
}

/// The log is right in itself and holds these loads and nothing else: of each task the commands 1, 2, 3 … once,
/// everything that was acknowledged, at the position that was told, and at most the one command more that was on
/// its way when somebody died. Returns the number of commands.
pub(crate) async fn holds(url: &str, loads: &[(Load, Vec<Ack>)]) -> Result<usize> {
    sound(url).await?;
    let client = superuser(url).await?;
    let rows = client.query("SELECT command_id, first_position, last_position FROM commands", &[]).await?;
    let kept: HashMap<Uuid, (i64, i64)> =
        rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect();
    let mut found = 0;
    for (load, acks) in loads {
        acknowledged(*load, acks, &kept)?;
        for (task, done) in (0..).zip(crate::child::done(*load, acks)) {
            let on_its_way = kept.contains_key(&load.id(task, done + 1));
            found += usize::try_from(done)? + usize::from(on_its_way);
        }
    }
    ensure!(kept.len() == found, "{} commands in the log, {found} were sent", kept.len());
    Ok(found)
}

fn acknowledged(load: Load, acks: &[Ack], kept: &HashMap<Uuid, (i64, i64)>) -> Result<()> {
    let mut seen = HashSet::new();
    for ack in acks {
        ensure!(seen.insert((ack.task, ack.number)), "acknowledged twice: {ack:?}");
        let (first, last) =
            kept.get(&load.id(ack.task, ack.number)).with_context(|| format!("lost: {ack:?}"))?;
        ensure!(last.cast_unsigned() == ack.position, "told {ack:?}, but it ends at {last}");
        let events = (last - first + 1).cast_unsigned();
        ensure!(events == Load::events(ack.task, ack.number), "{events} events of {ack:?}");
    }
    let contiguous = crate::child::done(load, acks).iter().sum::<u64>();
    ensure!(seen.len() as u64 == contiguous, "{} acknowledged, {contiguous} expected", seen.len());
    Ok(())
}
