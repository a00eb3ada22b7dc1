//! Results as a table for people or JSON for programs.

use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use serde::Serialize;

use crate::cli::Output;

/// Prints one thing.
pub(crate) fn one(output: Output, thing: &impl Serialize, rows: &[(&str, String)]) -> anyhow::Result<()> {
    match output {
        Output::Json => println!("{}", serde_json::to_string(thing)?),
        Output::Table => {
            let mut table = Table::new();
            table.load_style(UTF8_HORIZONTAL_ONLY);
            for (name, value) in rows {
                table.add_row([(*name).to_owned(), value.clone()]);
            }
            println!("{table}");
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
        Output::Json => println!("{}", serde_json::to_string(things)?),
        Output::Table => {
            let mut table = Table::new();
            table.load_style(UTF8_HORIZONTAL_ONLY);
            table.set_header(header.to_vec());
            for thing in things {
                table.add_row(row(thing));
            }
            println!("{table}");
        }
    }
    Ok(())
}
