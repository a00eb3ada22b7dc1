//! What decisions about a projection look at.

use chancery_journal::Journal;
use chancery_wire::Position;
use tokio_postgres::{Error, Row};
use uuid::Uuid;

use super::{AdminError, RebuildState, names, snapshot};
use crate::row::{number, optional_number};

/// What the engine's tables say, in one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether there is a projection of the name, built or not.
    pub exists: bool,
    /// How many events of the projection's stream the rest of this knows of.
    pub carried_out: u64,
    /// The rebuild that was begun last.
    pub latest: Option<KnownRebuild>,
    /// The rebuild that was asked about.
    pub named: Option<KnownRebuild>,
    /// Whether the build that was live before is still there.
    pub former_build: bool,
    pub verifying: bool,
    /// What is parked at the position that was asked about.
    pub parked: Option<Parked>,
}

/// Why an event is parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    /// It could not be applied.
    Failed,
    /// It waits behind one that could not.
    WaitsFor(Position),
}

/// A rebuild that somebody has taken notice of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRebuild {
    pub rebuild_id: Uuid,
    pub state: RebuildState,
}

/// The facts about a projection, a rebuild and a position of it.
pub async fn facts(
    journal: &Journal,
    projection: &str,
    rebuild_id: Option<Uuid>,
    position: Option<Position>,
) -> Result<Facts, AdminError> {
    let position = position.map(Position::as_i64);
    let rows =
        snapshot::rows(journal, include_str!("facts.sql"), &[&projection, &rebuild_id, &position]).await?;
    let row = rows.first();
    let mut facts = row.map(Facts::from_row).transpose()?.unwrap_or_else(Facts::none);
    facts.exists |= names().contains(&projection);
    Ok(facts)
}

/// Whether there is a projection of the name, built or not.
pub async fn exists(journal: &Journal, projection: &str) -> Result<bool, AdminError> {
    if names().contains(&projection) {
        return Ok(true);
    }
    let sql = "SELECT FROM projection_pointers WHERE projection = $1";
    Ok(!snapshot::rows(journal, sql, &[&projection]).await?.is_empty())
}

/// Whether what operators asked of the projection, up to this position, stands in the engine's tables.
pub async fn is_known(journal: &Journal, projection: &str, upto: Position) -> Result<bool, AdminError> {
    let sql = "SELECT NOT EXISTS (SELECT FROM events WHERE stream = 'projection-' || $1 AND position <= $2 \
               AND position > coalesce((SELECT position FROM projection_control), 0))";
    holds(journal, sql, projection, upto).await
}

/// The same, and nothing is left to be done of it at once: whoever is to be promoted or gone back to is live, whatever is to
/// be retried or skipped was. Rebuilds and verifications go on.
pub async fn is_carried_out(journal: &Journal, projection: &str, upto: Position) -> Result<bool, AdminError> {
    holds(journal, include_str!("carried_out.sql"), projection, upto).await
}

async fn holds(journal: &Journal, sql: &str, projection: &str, upto: Position) -> Result<bool, AdminError> {
    let rows = snapshot::rows(journal, sql, &[&projection, &upto.as_i64()]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

impl Facts {
    const fn none() -> Self {
        Self {
            exists: false,
            carried_out: 0,
            latest: None,
            named: None,
            former_build: false,
            verifying: false,
            parked: None,
        }
    }

    fn from_row(row: &Row) -> Result<Self, Error> {
        let rebuild = |id, state| {
            let id: Option<Uuid> = row.try_get(id)?;
            let state: Option<RebuildState> = row.try_get(state)?;
            Ok::<_, Error>(id.zip(state).map(|(rebuild_id, state)| KnownRebuild { rebuild_id, state }))
        };
        let (parked, failed): (bool, bool) = (row.try_get("parked")?, row.try_get("failed")?);
        let waits_for = optional_number(row, "waits_for")?.map(Position::new);
        Ok(Self {
            exists: row.try_get("built")?,
            carried_out: number(row, "carried_out")?,
            latest: rebuild("latest_id", "latest_state")?,
            named: rebuild("named_id", "named_state")?,
            former_build: row.try_get("former_build")?,
            verifying: row.try_get("verifying")?,
            parked: match waits_for {
                Some(position) if parked && !failed => Some(Parked::WaitsFor(position)),
                _ => parked.then_some(Parked::Failed),
            },
        })
    }
}
