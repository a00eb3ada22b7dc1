//! How a filter finds its events: one statement, and so one snapshot, whatever the filter.
//!
//! A stream is found by its own index. Everything else goes by `event_keys`, which is kept up behind the appends, as
//! far as its checkpoint says; from there on the log itself is read in order. So the answer is complete wherever the
//! checkpoint stands, and only slower where it stands far back.

use std::fmt::Write as _;

use crate::{Filter, filter::Given, row};

/// Rows of events in the log's order. `$1`: after this position; `$2`: at most so many; then what the filter gives, and
/// last the position that it ends at, where it does.
pub(crate) fn statement(filter: &Filter) -> String {
    let given = filter.given();
    let columns = row::COLUMNS;
    let through =
        filter.through.map(|_| format!(" AND position <= ${}", given.len() + 3)).unwrap_or_default();
    let equal = conditions(&given);
    let matching = format!("{equal}{through}");
    let keys: Vec<String> = (3..).zip(&given).filter_map(|(at, given)| key(at, *given)).collect();
    if given.is_empty() {
        return format!(
            "SELECT {columns} FROM public.events WHERE position > $1{through} ORDER BY position LIMIT $2"
        );
    }
    if filter.stream.is_some() {
        // Within a stream versions have the order of positions, and an index that gives it. An end that looked like a
        // range of positions would seem to be a reason for going by those.
        let through = through.replace("position", "position + 0");
        return format!(
            "SELECT {columns} FROM public.events WHERE position > $1{equal}{through} ORDER BY version LIMIT $2"
        );
    }
    // An event that has the key is looked at: another value may have the same one. LIMIT keeps that look-up by itself,
    // in the order in which the positions come.
    format!(
        "WITH RECURSIVE {hits}, \
         indexed AS MATERIALIZED (SELECT event.* FROM hits CROSS JOIN LATERAL \
           (SELECT {columns} FROM public.events WHERE position = hits.at{matching} LIMIT 1) AS event LIMIT $2), \
         tail AS (SELECT {columns} FROM public.events \
           WHERE position > greatest($1, (SELECT position FROM public.event_keys_checkpoint)){matching} \
           ORDER BY position LIMIT $2 - (SELECT count(*) FROM indexed)) \
         SELECT * FROM indexed UNION ALL SELECT * FROM tail",
        hits = hits(&keys, &through),
    )
}

/// `AND column = $n` for each.
fn conditions(given: &[Given<'_>]) -> String {
    let mut sql = String::new();
    for (at, given) in (3..).zip(given) {
        let _ = write!(sql, " AND {} = ${at}", given.column);
    }
    sql
}

fn key(at: usize, given: Given<'_>) -> Option<String> {
    given.key.map(|(what, kind)| format!("public.event_key('{what}', ${at}::{kind}::text)"))
}

/// `hits (at)`: the positions after `$1` that have all keys, in order, made as they are asked for.
///
/// Of several keys, each leaps to its first position that is not before the one of the key before it; where the last
/// one is where the first one was, all have it. So the rarest key says how many steps are made, whichever it is. Where
/// `through` ends the search, it ends the steps.
fn hits(keys: &[String], through: &str) -> String {
    if let [only] = keys {
        return format!(
            "hits AS (SELECT position AS at FROM public.event_keys WHERE key = {only} AND position > $1{through} ORDER BY position)"
        );
    }
    let mut leaps = String::new();
    let mut from = "leap.at - (NOT leap.hit)::integer".to_owned();
    for (number, key) in (1..).zip(keys) {
        let _ = write!(
            leaps,
            " CROSS JOIN LATERAL (SELECT position AS at FROM public.event_keys \
               WHERE key = {key} AND position > {from}{through} ORDER BY position LIMIT 1) AS k{number}"
        );
        from = format!("k{number}.at - 1");
    }
    let last = keys.len();
    format!(
        "leap (at, hit) AS (SELECT $1::bigint, true \
           UNION ALL SELECT k{last}.at, k1.at = k{last}.at FROM leap{leaps}), \
         hits AS (SELECT at FROM leap WHERE hit AND at > $1)"
    )
}
