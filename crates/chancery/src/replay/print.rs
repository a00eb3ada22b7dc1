//! What a replay found, for people and for programs.

use chancery_views::{ComparedTable, Comparison, DifferentRow, Divergence, Replayed, Side};
use serde_json::{Map, Value};

use crate::{
    cli::Output,
    difference,
    output::{self, or_dash},
};

/// Characters of a value in a table.
const WIDTH: usize = 48;

/// One that was named is one object; else it is a list.
pub(super) fn print(output: Output, replayed: &[Replayed], one: bool) -> anyhow::Result<()> {
    if output == Output::Json {
        let text = match replayed {
            [only] if one => serde_json::to_string(only)?,
            all => serde_json::to_string(all)?,
        };
        return Ok(output::print(&text)?);
    }
    let header =
        ["projection", "folded up to", "rows", "compared with", "result", "first diverging position", "kept"];
    output::table(&header, replayed, |one| {
        let rows: u64 = one.tables.iter().map(|table| table.rows).sum();
        let comparison = one.comparison.as_ref();
        vec![
            one.projection.to_owned(),
            one.position.to_string(),
            rows.to_string(),
            or_dash(comparison.map(|found| found.live.clone())),
            result(one),
            or_dash(comparison.and_then(|found| found.first_diverging.as_ref()).map(place)),
            or_dash(one.kept.clone()),
        ]
    })?;
    for (projection, found) in
        replayed.iter().filter_map(|one| Some((one.projection, one.comparison.as_ref()?)))
    {
        if !found.equal {
            differences(projection, found)?;
        }
    }
    Ok(())
}

fn result(one: &Replayed) -> String {
    let Some(found) = &one.comparison else {
        return format!("not compared: {}", one.not_compared.as_deref().unwrap_or_default());
    };
    let left_out = match found.parked + found.skipped {
        0 => String::new(),
        some => format!(", {some} events left out on both sides"),
    };
    let rows: u64 = found.tables.iter().map(|table| table.different_rows).sum();
    match (found.equal, rows) {
        (true, _) => format!("equal{left_out}"),
        (false, 0) => format!("differs{left_out}"),
        (false, 1) => format!("1 row differs{left_out}"),
        (false, rows) => format!("{rows} rows differ{left_out}"),
    }
}

/// What differs: rows, and what shards were given.
fn differences(projection: &str, found: &Comparison) -> anyhow::Result<()> {
    if found.changed_by_others {
        output::print(&difference::changed_by_others(projection))?;
    }
    for shard in &found.shards {
        if let Some(end) = shard.log_ends {
            output::print(&difference::past_the_end(
                projection,
                shard.shard,
                shard.position.get(),
                end.get(),
            ))?;
        }
    }
    for shard in found.shards.iter().filter(|shard| shard.given != shard.logged) {
        output::print(&difference::given_others(
            projection,
            shard.shard,
            shard.given.count,
            shard.logged.count,
        ))?;
    }
    for (what, event) in [("not given", &found.not_given), ("given twice", &found.given_twice)] {
        if let Some(event) = event {
            output::print(&format!("{projection}: {what} was the event at {}", place(event)))?;
        }
    }
    let lines = found.tables.iter().flat_map(|table| table.rows.iter().flat_map(|row| lines(table, row)));
    let lines: Vec<_> = lines.collect();
    if !lines.is_empty() {
        let header = ["table", "key", "column", "readers see", "the log says", "differs from", "written at"];
        output::table(&header, &lines, |line| line.to_vec())?;
    }
    for table in &found.tables {
        if let Some(side) = table.missing_in {
            output::print(&format!("{projection}: {}", output::harmless(&lacking(&table.table, side))))?;
            continue;
        }
        let more = table.different_rows.saturating_sub(table.rows.len() as u64);
        if more > 0 {
            output::print(&format!("{projection}: {more} more rows of {} differ", table.table))?;
        }
    }
    Ok(())
}

/// A table that only one side has.
fn lacking(table: &str, side: Side) -> String {
    match side {
        Side::Live => format!("readers see no table {table}, which the log fills"),
        Side::Other => format!("readers see a table {table}, which nothing in the log fills"),
    }
}

/// A line for each column that differs, or for a row that only one side has.
fn lines(table: &ComparedTable, row: &DifferentRow) -> Vec<[String; 7]> {
    let told = |column: &str, live: String, fold: String, diverges: Option<&Divergence>| {
        [
            table.table.clone(),
            key(&row.key),
            column.to_owned(),
            live,
            fold,
            diverges.map_or_else(|| "no event led to it".to_owned(), place),
            or_dash(row.written.as_ref().map(place)),
        ]
    };
    let side = |row: Option<&Map<String, Value>>| if row.is_some() { "the row" } else { "no row" }.to_owned();
    if row.columns.is_empty() {
        let (live, fold) = (side(row.live.as_ref()), side(row.fold.as_ref()));
        return vec![told("-", live, fold, row.diverges.as_ref())];
    }
    let columns = row.columns.iter();
    columns.map(|one| told(&one.column, value(&one.live), value(&one.fold), one.diverges.as_ref())).collect()
}

fn place(event: &Divergence) -> String {
    format!("{} {}", event.position, event.event_type)
}

fn key(key: &Value) -> String {
    let values = key.as_object().into_iter().flat_map(Map::values);
    values.map(value).collect::<Vec<_>>().join(" ")
}

/// Short.
fn value(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = output::harmless(&text);
    if text.chars().count() <= WIDTH {
        return text;
    }
    text.chars().take(WIDTH - 1).chain(['…']).collect()
}
