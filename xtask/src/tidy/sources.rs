//! What source files look like.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::project::output;

/// A file longer than this has a second reason to be opened.
const LONGEST: usize = 400;

/// Where this project is written; it must not show in what is written.
const WORKPLACE: [&str; 2] = [concat!("..", "/shared"), concat!("/work", "/")];

pub(crate) fn violations(root: &Path) -> Result<Vec<String>> {
    let listed =
        output(Command::new("git").current_dir(root).args(["ls-files", "-z", "-co", "--exclude-standard"]))?;
    let mut violations = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        // Neither a deleted file nor one that is not text has lines to check.
        if let Ok(text) = fs::read_to_string(root.join(path)) {
            violations.extend(check(path, &text));
        }
    }
    Ok(violations)
}

fn check(path: &str, text: &str) -> Vec<String> {
    let mut violations = Vec::new();
    let in_crate = path.starts_with("crates/") && path.contains("/src/") || path.starts_with("xtask/src/");
    let lines = text.lines().count();
    if in_crate && lines > LONGEST {
        violations.push(format!("{path}: {lines} lines; split it, {LONGEST} are the most"));
    }
    if Path::new(path).extension().is_some_and(|extension| extension == "rs") {
        violations.extend(
            bare_attributes(text).map(|(line, what)| format!("{path}:{line}: {what} without a reason")),
        );
    }
    for (line, content) in text.lines().enumerate() {
        for place in WORKPLACE.iter().filter(|place| content.contains(**place)) {
            violations.push(format!("{path}:{}: mentions {place}", line + 1));
        }
    }
    violations
}

/// Attributes that switch a check off without saying why, with their line.
fn bare_attributes(text: &str) -> impl Iterator<Item = (usize, &'static str)> {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let attribute_at = move |at: usize| {
        let name = lines[at].strip_prefix("#![").or_else(|| lines[at].strip_prefix("#["))?;
        let what = ["allow(", "expect(", "ignore"].into_iter().find(|what| name.starts_with(what))?;
        // Long attributes span lines; they end with the bracket.
        let end = (at..lines.len()).find(|line| lines[*line].trim_end().ends_with(']'))?;
        let whole = lines[at..=end].concat();
        let reason = if what == "ignore" { "= \"" } else { "reason = \"" };
        (!whole.contains(reason)).then_some((at + 1, what.trim_end_matches('(')))
    };
    (0..text.lines().count()).filter_map(attribute_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_source(text: &str, expected: &[&str]) {
        assert_eq!(check("crates/some/src/lib.rs", text), expected);
    }

    #[test]
    fn a_lint_allowed_without_a_reason_is_told() {
        check_source(
            "#[allow(dead_code)]\nfn f() {}\n",
            &["crates/some/src/lib.rs:1: allow without a reason"],
        );
        check_source(
            "    #![expect(\n  clippy::x,\n)]\n",
            &["crates/some/src/lib.rs:1: expect without a reason"],
        );
    }

    #[test]
    fn a_lint_allowed_with_a_reason_passes_also_over_lines() {
        check_source("#[allow(clippy::x, reason = \"so\")]\n", &[]);
        check_source("#[expect(\n    clippy::x,\n    reason = \"so\"\n)]\n", &[]);
    }

    #[test]
    fn a_test_ignored_without_a_reason_is_told() {
        check_source(
            "#[test]\n#[ignore]\nfn t() {}\n",
            &["crates/some/src/lib.rs:2: ignore without a reason"],
        );
        check_source("#[ignore = \"needs an hour\"]\n", &[]);
    }

    #[test]
    fn a_file_of_401_lines_is_told_and_one_of_400_is_not() {
        check_source(&"\n".repeat(400), &[]);
        check_source(&"\n".repeat(401), &["crates/some/src/lib.rs: 401 lines; split it, 400 are the most"]);
        assert!(check("Cargo.lock", &"\n".repeat(5000)).is_empty());
    }

    #[test]
    fn the_place_where_it_was_written_is_told() {
        let text = format!("# see\n{}/DESIGN.md\n", WORKPLACE[0]);
        assert_eq!(check("README.md", &text), [format!("README.md:2: mentions {}", WORKPLACE[0])]);
    }
}
