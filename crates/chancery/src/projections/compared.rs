//! What a verification or a rebuild found when it compared, for people. Programs get it as it is kept.

use anyhow::Context as _;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use crate::{difference, output};

/// The report of a verification, or the comparison of a rebuild, which has only what differs of the tables.
#[derive(Debug, Deserialize)]
pub(super) struct Compared {
    /// Unknown where there was nothing to compare, for this reason.
    equal: Option<bool>,
    reason: Option<String>,
    position: u64,
    #[serde(default)]
    tables: Vec<ComparedTable>,
    #[serde(default)]
    shards: Vec<GivenShard>,
    /// The rows of a verified build as the engine wrote them.
    kept: Option<Digest>,
    #[serde(default)]
    parked: u64,
    #[serde(default)]
    skipped: u64,
}

#[derive(Debug, Deserialize)]
struct ComparedTable {
    table: String,
    equal: bool,
    /// The side that lacks it.
    missing_in: Option<String>,
    live: Digest,
    other: Digest,
    #[serde(default)]
    only_live: Vec<String>,
    #[serde(default)]
    only_other: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct GivenShard {
    shard: i32,
    position: u64,
    /// If it stands past that.
    log_ends: Option<u64>,
    given: Digest,
    logged: Digest,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Digest {
    count: u64,
    #[serde(deserialize_with = "from_text")]
    sum: i128,
}

impl Compared {
    pub(super) fn read(kept: &Value) -> anyhow::Result<Self> {
        Self::deserialize(kept).context("what was found when it was compared is of another shape")
    }

    /// In a few words.
    pub(super) fn in_short(&self) -> String {
        let Self { equal, reason, position, parked, skipped, .. } = self;
        let result = match equal {
            Some(true) => "equal",
            Some(false) => "differs",
            None => return format!("not compared: {}", reason.as_deref().unwrap_or_default()),
        };
        let left_out = match parked + skipped {
            0 => String::new(),
            _ => format!(", without {parked} parked and {skipped} skipped events"),
        };
        format!("{result} at {position}{left_out}")
    }

    /// A row for each table that was compared; then what differs, a line each.
    pub(super) fn print(&self, projection: &str, other: &str) -> anyhow::Result<()> {
        if self.tables.is_empty() {
            return Ok(());
        }
        let [rows, digest] = ["rows", "digest"].map(|what| format!("{other}'s {what}"));
        let header = ["table", "result", "readers' rows", &rows, "readers' digest", &digest];
        output::table(&header, &self.tables, ComparedTable::row)?;
        if self.is_changed_by_others() {
            output::print(&difference::changed_by_others(projection))?;
        }
        for GivenShard { shard, position, log_ends, given, logged } in &self.shards {
            if let Some(end) = log_ends {
                output::print(&difference::past_the_end(projection, *shard, *position, *end))?;
            }
            if given != logged {
                output::print(&difference::given_others(projection, *shard, given.count, logged.count))?;
            }
        }
        self.tables.iter().try_for_each(|table| table.differences(projection, other))
    }

    /// Whether the rows that readers see are not those that the engine wrote.
    fn is_changed_by_others(&self) -> bool {
        let Some(kept) = &self.kept else { return false };
        let lives = || self.tables.iter().map(|table| &table.live);
        let found: (u64, i128) = (lives().map(|of| of.count).sum(), lives().map(|of| of.sum).sum());
        found != (kept.count, kept.sum)
    }
}

impl ComparedTable {
    fn row(&self) -> Vec<String> {
        let Self { table, equal, missing_in, live, other, .. } = self;
        let result = match (equal, missing_in) {
            (_, Some(_)) => "missing",
            (true, None) => "equal",
            (false, None) => "differs",
        };
        let (rows, digests) = ([live.count, other.count], [live.sum, other.sum]);
        let figures = rows.iter().map(u64::to_string).chain(digests.iter().map(i128::to_string));
        [table.clone(), result.to_owned()].into_iter().chain(figures).collect()
    }

    /// Some of the rows that only one side has.
    fn differences(&self, projection: &str, other: &str) -> anyhow::Result<()> {
        let sides = [("readers see".to_owned(), &self.only_live), (format!("{other} has"), &self.only_other)];
        for (side, rows) in sides {
            for row in rows {
                let row = output::harmless(row);
                output::print(&format!("{projection}: {}: only {side}: {row}", self.table))?;
            }
        }
        Ok(())
    }
}

/// No JSON number holds it.
fn from_text<'a, D: Deserializer<'a>>(deserializer: D) -> Result<i128, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}
