//! A page of a report as RFC 4180 has it.

use serde_json::{Map, Value};

/// Lines of cells, a heading first. Items all have the same members, in the same order.
pub(super) fn write(names: &[&str], items: &[Map<String, Value>]) -> String {
    let mut text = String::new();
    line(&mut text, names.iter().map(|name| (*name).to_owned()));
    for item in items {
        line(&mut text, names.iter().map(|name| item.get(*name).map_or_else(String::new, cell)));
    }
    text
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&cell);
    }
    text.push_str("\r\n");
}

/// A value as a cell. Text that a spreadsheet would take for a formula gets an apostrophe before it.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text,
        other => return other.to_string(),
    };
    let text =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.clone() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let item =
            json!({"a": "x,y", "b": "say \"yes\"", "c": null, "d": 1.5, "e": "plain", "f": "two\nlines"});
        let Value::Object(item) = item else { unreachable!() };
        let text = write(&["a", "b", "c", "d", "e", "f"], &[item]);
        assert_eq!(text, "a,b,c,d,e,f\r\n\"x,y\",\"say \"\"yes\"\"\",,1.5,plain,\"two\nlines\"\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            let cell = cell(&json!(text));
            assert!(cell.trim_start_matches('"').starts_with('\''), "{cell}");
        }
        assert_eq!(cell(&json!("a=b")), "a=b");
        assert_eq!(cell(&json!(-1)), "-1");
    }
}
