//! A page that names a file names one that exists.

use std::{fs, path::Path, process::Command};

use anyhow::Result;

use crate::project::output;

/// What begins like this in a page's code marks is a path from the root of the checkout.
const ROOTS: [&str; 5] = ["crates/", "docs/", "migrations/", "proto/", "xtask/"];

pub(crate) fn violations(root: &Path) -> Result<Vec<String>> {
    let listed = output(Command::new("git").current_dir(root).args([
        "ls-files",
        "-z",
        "-co",
        "--exclude-standard",
        "*.md",
    ]))?;
    let mut violations = Vec::new();
    for page in listed.split('\0').filter(|page| !page.is_empty()) {
        // A deleted page is still listed and names nothing.
        if let Ok(text) = fs::read_to_string(root.join(page)) {
            violations.extend(check(page, &text, |path| root.join(path).exists()));
        }
    }
    Ok(violations)
}

fn check(page: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut violations = Vec::new();
    for (line, content) in text.lines().enumerate() {
        // Every other part stands between two marks.
        for path in content.split('`').skip(1).step_by(2).filter(|marked| is_path(marked)) {
            if !exists(path) {
                violations.push(format!("{page}:{}: there is no {path}", line + 1));
            }
        }
    }
    violations
}

/// Patterns, commands and placeholders are not.
fn is_path(marked: &str) -> bool {
    ROOTS.iter().any(|root| marked.starts_with(root))
        && marked.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_page(text: &str, expected: &[&str]) {
        assert_eq!(check("docs/page.md", text, |path| path == "crates/a/src/lib.rs"), expected);
    }

    #[test]
    fn a_file_that_exists_passes() {
        check_page("See `crates/a/src/lib.rs`.\n", &[]);
    }

    #[test]
    fn a_file_that_was_moved_is_told_with_its_line() {
        check_page(
            "One\n`x` and `crates/a/src/gone.rs` and `crates/a/src/lib.rs`\n",
            &["docs/page.md:2: there is no crates/a/src/gone.rs"],
        );
    }

    #[test]
    fn what_is_no_path_from_the_root_is_not_looked_for() {
        check_page("`src/lib.rs` `crates/*/src` `crates/<name>` `cargo test -p a` crates/b/none.rs\n", &[]);
    }
}
