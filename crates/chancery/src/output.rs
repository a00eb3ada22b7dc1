//! Results as a table for people or JSON for programs.

use std::io::Write as _;

use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use serde::Serialize;

use crate::cli::Output;

/// Prints one thing.
pub(crate) fn one(output: Output, thing: &impl Serialize, rows: &[(&str, String)]) -> anyhow::Result<()> {
    match output {
        Output::Json => print(&serde_json::to_string(thing)?)?,
        Output::Table => {
            let mut table = Table::new();
            table.load_style(UTF8_HORIZONTAL_ONLY);
            for (name, value) in rows {
                table.add_row([(*name).to_owned(), value.clone()]);
            }
            print(&table.to_string())?;
        }
    }
    Ok(())
}

/// Prints a list: a table, or one JSON array.
pub(crate) fn list<T: Serialize>(
    output: Output,
    things: &[T],
    header: &[&str],
    row: impl Fn(&T) -> Vec<String>,
) -> anyhow::Result<()> {
    match output {
        Output::Json => print(&serde_json::to_string(things)?)?,
        Output::Table => table(header, things, row)?,
    }
    Ok(())
}

/// Prints a table, for people alone.
pub(crate) fn table<T>(header: &[&str], things: &[T], row: impl Fn(&T) -> Vec<String>) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header(header.to_vec());
    for thing in things {
        table.add_row(row(thing));
    }
    Ok(print(&table.to_string())?)
}

/// A value in a table; a dash where there is none.
pub(crate) fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Text of others, without what a terminal would obey.
pub(crate) fn harmless(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// One line on standard output. A reader that has seen enough is an error here, unlike with `println!`, which
/// panics; the program ends quietly then.
pub(crate) fn print(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
