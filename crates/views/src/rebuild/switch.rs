//! From one build to another: both at one position under lock, compared, and the pointer moved. Readers see the one or
//! the other, whole, and never an earlier position than before.

use chancery_journal::Journal;
use chancery_wire::Position;
use deadpool_postgres::{ClientWrapper, Transaction};
use tokio_postgres::{Error, GenericClient};

use super::{
    Rebuild, RebuildError,
    compare::{Comparison, Drift, differences, drift, sums},
    hold,
    level::{MOST, between, level, lock, range},
};
use crate::{Build, View, admin::Promote};

const STANDING: &str = include_str!("standing.sql");
const POINT: &str = include_str!("point.sql");
const FINISH: &str = include_str!("finish.sql");
/// What readers were pointed at must not be lost in a crash that what they saw before survives.
const DURABLE: &str = "SET LOCAL synchronous_commit = on";

/// A build and how far it has come.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) build: Build,
    pub(super) least: Position,
    pub(super) most: Position,
}

/// The live build, or the one that is named.
pub(super) async fn standing(
    client: &impl GenericClient,
    view: &dyn View,
    schema_name: Option<&str>,
) -> Result<Option<Standing>, RebuildError> {
    let failed = |source| RebuildError::Query { action: "looking at builds of", view: view.name(), source };
    let row = client.query_opt(STANDING, &[&view.name(), &schema_name]).await.map_err(failed)?;
    Ok(row.map(|row| Standing {
        build: Build { live: schema_name.is_none(), ..Build::from_row(&row) },
        least: Position::from_i64(row.get("least")),
        most: Position::from_i64(row.get("most")),
    }))
}

/// Once both builds are so near each other that the rest takes no time: compares them, and promotes the new one where
/// that is due. The new one's drift is not looked for where it is known: right after its rows were summed up.
pub(super) async fn settle(
    client: &mut ClientWrapper,
    journal: &Journal,
    view: &dyn View,
    rebuild: &Rebuild,
    schema_name: &str,
    known: Option<Drift>,
) -> Result<bool, RebuildError> {
    let failed = |source| RebuildError::Query { action: "switching", view: view.name(), source };
    let Some(live) = standing(&**client, view, None).await? else { return Ok(false) };
    let Some(new) = standing(&**client, view, Some(schema_name)).await? else { return Ok(false) };
    let incomparable = incomparable(view, &live, &new, rebuild.now());
    let lacks = if incomparable.is_some() { new.least } else { new.least.min(live.least) };
    if live.most.max(new.most).get().saturating_sub(lacks.get()) > MOST {
        return Ok(false);
    }
    let drifts = if incomparable.is_none() {
        let of_live = drift(client, &live.build.schema_name).await.map_err(failed)?;
        let of_new = match known {
            Some(known) => known,
            None => drift(client, schema_name).await.map_err(failed)?,
        };
        [of_live, of_new]
    } else {
        [Drift::default(), Drift::default()]
    };

    let Some(mut transaction) = hold(client, view, rebuild).await.map_err(failed)? else { return Ok(false) };
    let still = standing(&*transaction, view, None).await?;
    if still.is_none_or(|still| still.build != live.build) {
        return Ok(false);
    }
    let pair = Pair { view, live: &live.build, new: &new.build };
    let Some(position) = pair.level(&mut transaction, journal, incomparable.is_none()).await? else {
        return Ok(false);
    };
    let comparison = pair.compare(&transaction, position, &drifts, incomparable).await.map_err(failed)?;
    let promoted = rebuild.now() || (rebuild.promote == Promote::IfEqual && comparison.equal != Some(false));
    let state = match comparison.equal {
        _ if promoted => "promoted",
        Some(false) => "differs",
        _ => "ready",
    };
    let found = serde_json::to_string(&comparison).unwrap_or_default();
    transaction.execute(FINISH, &[&rebuild.id, &state, &found]).await.map_err(failed)?;
    if promoted {
        pair.point(&transaction).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)?;
    tracing::info!(view = view.name(), build = schema_name, %position, state, "a rebuild was compared with the live build");
    Ok(true)
}

/// Why there is nothing to compare, if that is so.
fn incomparable(view: &dyn View, live: &Standing, new: &Standing, now: bool) -> Option<String> {
    if live.build.version != view.version() {
        return Some(format!("the live build is of version {}", live.build.version));
    }
    let behind = new.most.get().saturating_sub(live.least.get());
    // An operator need not wait for a build that may never catch up.
    (now && behind > MOST).then(|| format!("the live build is {behind} events behind"))
}

/// The live build and the one that may come after it.
pub(super) struct Pair<'a> {
    pub(super) view: &'a dyn View,
    pub(super) live: &'a Build,
    pub(super) new: &'a Build,
}

impl Pair<'_> {
    /// Locks both, and brings the new one, or `both`, to the greater position. `None` where that is too far by now.
    pub(super) async fn level(
        &self,
        transaction: &mut Transaction<'_>,
        journal: &Journal,
        both: bool,
    ) -> Result<Option<Position>, RebuildError> {
        let failed =
            |source| RebuildError::Query { action: "locking the builds of", view: self.view.name(), source };
        let names = [&*self.live.schema_name, &*self.new.schema_name];
        let [mut of_live, mut of_new] = lock(transaction, names).await.map_err(failed)?;
        let (_, to) = range(&[&of_live, &of_new]);
        let behind: &[&_] = if both { &[&of_live, &of_new] } else { &[&of_new] };
        let (after, _) = range(behind);
        if to.get().saturating_sub(after.get()) > MOST {
            return Ok(None);
        }
        let events = between(journal, self.view, after, to).await?;
        if both {
            level(transaction, self.view, self.live, &mut of_live, events.clone(), to).await?;
        }
        level(transaction, self.view, self.new, &mut of_new, events, to).await?;
        Ok(Some(to))
    }

    async fn compare(
        &self,
        transaction: &Transaction<'_>,
        position: Position,
        [of_live, of_new]: &[Drift; 2],
        incomparable: Option<String>,
    ) -> Result<Comparison, Error> {
        let live = sums(transaction, &self.live.schema_name, of_live).await?;
        let build = sums(transaction, &self.new.schema_name, of_new).await?;
        let equal = incomparable.is_none().then(|| live == build);
        let tables = if equal == Some(false) {
            differences(transaction, &self.live.schema_name, &self.new.schema_name).await?
        } else {
            Vec::new()
        };
        Ok(Comparison { position: position.get(), equal, reason: incomparable, live, build, tables })
    }

    /// Points readers at the new one. The other is nobody's to write any more; the one that was retired before it goes.
    pub(super) async fn point(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&self.view.name(), &self.live.schema_name, &self.new.schema_name];
        transaction.batch_execute(DURABLE).await?;
        transaction.execute(POINT, &parameters).await?;
        Ok(())
    }
}
