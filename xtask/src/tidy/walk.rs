//! The walk that the README shows is the script that runs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const SCRIPT: &str = "docs/walk.sh";

pub(crate) fn violations(root: &Path) -> Result<Vec<String>> {
    let read = |path| fs::read_to_string(root.join(path)).with_context(|| format!("reading {path}"));
    Ok(check(&read("README.md")?, &read(SCRIPT)?))
}

fn check(readme: &str, script: &str) -> Vec<String> {
    if readme.contains(&format!("```bash\n{script}```\n")) {
        return Vec::new();
    }
    vec![format!("README.md: the walk is not {SCRIPT}; copy it in between ```bash and ```")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readme_that_shows_the_script_passes() {
        assert!(check("# A\n\n```bash\necho 1\necho 2\n```\n\nMore.\n", "echo 1\necho 2\n").is_empty());
    }

    #[test]
    fn a_readme_that_shows_a_part_or_more_is_told() {
        for readme in ["# A\n", "```bash\necho 1\n```\n", "```bash\necho 1\necho 2\necho 3\n```\n"] {
            assert_eq!(check(readme, "echo 1\necho 2\n").len(), 1, "{readme}");
        }
    }
}
