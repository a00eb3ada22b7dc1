//! A file that a page shows is the file that runs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Pages, how they mark the file's language, and the file.
const SHOWN: [(&str, &str, &str); 8] = [
    ("README.md", "bash", "docs/walk.sh"),
    ("docs/consumers.md", "python", "docs/consumers/versions.py"),
    ("docs/consumers.md", "ts", "docs/consumers/versions.ts"),
    ("docs/gateways.md", "nginx", "docs/gateways/nginx.conf"),
    ("docs/gateways.md", "yaml", "docs/gateways/traefik.yml"),
    ("docs/gateways.md", "yaml", "docs/gateways/traefik-chancery.yml"),
    ("docs/gateways.md", "", "docs/gateways/Caddyfile"),
    ("docs/gateways.md", "yaml", "docs/gateways/envoy.yaml"),
];

pub(crate) fn violations(root: &Path) -> Result<Vec<String>> {
    let read = |path| fs::read_to_string(root.join(path)).with_context(|| format!("reading {path}"));
    let mut violations = Vec::new();
    for (page, language, file) in SHOWN {
        if !shows(&read(page)?, language, &read(file)?) {
            violations.push(format!(
                "{page}: what it shows is not {file}; copy it in between ```{language} and ```"
            ));
        }
    }
    Ok(violations)
}

fn shows(page: &str, language: &str, file: &str) -> bool {
    page.contains(&format!("```{language}\n{file}```\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_the_whole_file_and_nothing_else() {
        let page = "# A page\n\n```bash\necho 1\necho 2\n```\n";
        assert!(shows(page, "bash", "echo 1\necho 2\n"));
        for (language, file) in
            [("bash", "echo 1\n"), ("bash", "echo 2\n"), ("yaml", "echo 1\necho 2\n"), ("bash", "")]
        {
            assert!(!shows(page, language, file), "{language} {file}");
        }
    }
}
