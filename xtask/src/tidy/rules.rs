//! Every rule of the domain is held by a test, and `docs/rules.md` says by which.
//!
//! A test that holds a rule begins its name with the rule's number (`rule_09_listing_grants_nothing`). The names are the
//! only source: the document's lists are made of them, so that neither can say what the other does not.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    process::Command,
};

use anyhow::{Context, Result};

use crate::project::output;

const DOCUMENT: &str = "docs/rules.md";

/// The rules of the domain.
fn kept() -> impl Iterator<Item = u32> {
    1..=31
}

const HEADING: &str = "## Rule ";

/// Each rule's tests, by their lines in the document.
type Tests = BTreeMap<u32, BTreeSet<String>>;

/// With `UPDATE_RULES` in the environment the document's lists are written first.
pub(crate) fn violations(root: &Path) -> Result<Vec<String>> {
    let mut tests = Tests::new();
    let mut violations = Vec::new();
    let listed = output(Command::new("git").current_dir(root).args([
        "ls-files",
        "-z",
        "-co",
        "--exclude-standard",
        "crates/*.rs",
    ]))?;
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        // A deleted file is still listed and holds nothing.
        let Ok(source) = fs::read_to_string(root.join(path)) else { continue };
        for found in named(path, &source) {
            match found {
                Ok((rule, line)) => _ = tests.entry(rule).or_default().insert(line),
                Err(violation) => violations.push(violation),
            }
        }
    }
    let document = root.join(DOCUMENT);
    let text = fs::read_to_string(&document).with_context(|| format!("reading {DOCUMENT}"))?;
    let text = if env::var_os("UPDATE_RULES").is_some() {
        let text = written(&text, &tests);
        fs::write(&document, &text).with_context(|| format!("writing {DOCUMENT}"))?;
        text
    } else {
        text
    };
    violations.extend(check(&text, &tests));
    Ok(violations)
}

/// The tests of a source file whose names begin with a rule's number, or what keeps one from counting.
fn named(path: &str, source: &str) -> Vec<Result<(u32, String), String>> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let function = |(at, line): (usize, &&str)| {
        let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?.split('(').next()?;
        let rest = name.strip_prefix("rule_")?;
        let above = lines[..at].iter().rposition(|line| ends_an_item(line)).map_or(0, |end| end + 1);
        Some(match rule(rest, &lines[above..at]) {
            Ok(rule) => Ok((rule, format!("- {}: `{}`", package(path), path_of(name, path)))),
            Err(why) => Err(format!("{path}:{}: {name} {why}", at + 1)),
        })
    };
    lines.iter().enumerate().filter_map(function).collect()
}

/// The rule that a function holds whose name goes on like this after `rule_`, with these lines above it.
fn rule(name: &str, above: &[&str]) -> Result<u32, &'static str> {
    let number = name.split_once('_').map(|(number, _)| number).filter(|number| number.len() == 2);
    let rule = number
        .and_then(|number| number.parse().ok())
        .ok_or("gives no rule's number: two digits, as in rule_09_")?;
    let has = |attribute| above.iter().any(|line| line.starts_with(attribute));
    if !has("#[test]") && !has("#[tokio::test") {
        Err("is no test, so it holds no rule")
    } else if has("#[ignore") {
        Err("is ignored, so it holds no rule")
    } else {
        Ok(rule)
    }
}

/// What follows belongs to the next item: its attributes and comments.
fn ends_an_item(line: &str) -> bool {
    line.is_empty() || line.ends_with(['}', '{', ';'])
}

/// The package of a source file.
fn package(path: &str) -> String {
    match path.split('/').nth(1).unwrap_or_default() {
        "chancery" => "chancery".to_owned(),
        folder => format!("chancery-{folder}"),
    }
}

/// The modules from the root of its target to a function of a source file, and its name.
fn path_of(name: &str, path: &str) -> String {
    let parts = path.split('/').skip(3).map(|part| part.trim_end_matches(".rs"));
    let modules = parts.filter(|part| !matches!(*part, "it" | "mod" | "lib" | "main"));
    modules.chain([name]).collect::<Vec<_>>().join("::")
}

/// The document with every rule's tests in place of those that it lists.
fn written(document: &str, tests: &Tests) -> String {
    let (head, rules) = sections(document);
    let mut text = head.trim_end().to_owned();
    for (rule, section) in rules {
        let prose = section.lines().filter(|line| !line.starts_with("- ")).collect::<Vec<_>>().join("\n");
        let lines = tests.get(&rule).into_iter().flatten().cloned().collect::<Vec<_>>().join("\n");
        text = format!("{text}\n\n{HEADING}{rule}\n{}\n\n{lines}", prose.trim());
    }
    text.trim_end().to_owned() + "\n"
}

fn check(document: &str, tests: &Tests) -> Vec<String> {
    let mut violations = Vec::new();
    let (_, rules) = sections(document);
    let told: Vec<u32> = rules.iter().map(|(rule, _)| *rule).collect();
    if told != kept().collect::<Vec<_>>() {
        violations.push(format!("{DOCUMENT}: tell the rules 1 to 31, each once and in order"));
    }
    for (rule, section) in &rules {
        if section.trim().is_empty() || section.trim().starts_with("- ") {
            violations.push(format!("{DOCUMENT}: say what rule {rule} is"));
        }
    }
    for rule in kept().filter(|rule| !tests.contains_key(rule)) {
        violations.push(format!("rule {rule} has no test: begin the name of one with rule_{rule:02}_"));
    }
    for (rule, lines) in tests.iter().filter(|(rule, _)| !told.contains(rule)) {
        for line in lines {
            violations.push(format!("{DOCUMENT} has no rule {rule}, but a test: {line}"));
        }
    }
    if violations.is_empty() && document != written(document, tests) {
        violations.push(format!(
            "{DOCUMENT}: its lists are not what the tests are named; UPDATE_RULES=1 cargo xtask tidy writes them"
        ));
    }
    violations
}

/// What stands before the first rule, and each rule with what stands under its heading.
fn sections(document: &str) -> (&str, Vec<(u32, &str)>) {
    let mut parts = document.split(HEADING);
    let head = parts.next().unwrap_or_default();
    let rules = parts.map(|part| {
        let (number, section) = part.split_once('\n').unwrap_or((part, ""));
        // There is no rule 0: `check` tells of it.
        (number.trim().parse().unwrap_or(0), section)
    });
    (head, rules.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document of the rules 1 to 31, each held by one test, and those tests.
    fn all() -> (String, Tests) {
        let tests: Tests =
            kept().map(|rule| (rule, BTreeSet::from([format!("- a: `rule_{rule:02}_holds`")]))).collect();
        let told: Vec<_> = kept().map(|rule| format!("{HEADING}{rule}\nSo it is.\n\n")).collect();
        (written(&format!("# The rules\n\n{}", told.concat()), &tests), tests)
    }

    #[track_caller]
    fn check_source(source: &str, expected: &[Result<(u32, &str), &str>]) {
        let found = named("crates/domain/tests/it/listings.rs", source);
        let expected: Vec<_> = expected
            .iter()
            .map(|found| found.map(|(rule, line)| (rule, line.to_owned())).map_err(str::to_owned))
            .collect();
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn check_document(document: &str, tests: &Tests, expected: &[&str]) {
        let found = check(document, tests);
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found} does not say {expected}");
        }
    }

    #[test]
    fn a_test_holds_the_rule_that_its_name_begins_with() {
        check_source(
            "#[test]\nfn rule_09_lists() {}\n",
            &[Ok((9, "- chancery-domain: `listings::rule_09_lists`"))],
        );
        check_source(
            "#[tokio::test(flavor = \"multi_thread\")]\n/// Of many.\nasync fn rule_12_waits() {\n}\n",
            &[Ok((12, "- chancery-domain: `listings::rule_12_waits`"))],
        );
        check_source("#[test]\nfn nothing_of_a_rule() {}\n", &[]);
    }

    #[test]
    fn what_is_no_test_or_does_not_run_holds_no_rule() {
        let at = "crates/domain/tests/it/listings.rs";
        let helper = format!("{at}:4: rule_09_helper is no test, so it holds no rule");
        check_source("#[test]\nfn some() {}\n\nfn rule_09_helper() {}\n", &[Err(&helper)]);
        let ignored = format!("{at}:3: rule_09_slow is ignored, so it holds no rule");
        check_source("#[test]\n#[ignore = \"slow\"]\nfn rule_09_slow() {}\n", &[Err(&ignored)]);
        for name in ["rule_9_lists", "rule_xy_lists", "rule_lists"] {
            let unnumbered = format!("{at}:2: {name} gives no rule's number: two digits, as in rule_09_");
            check_source(&format!("#[test]\nfn {name}() {{}}\n"), &[Err(&unnumbered)]);
        }
    }

    #[test]
    fn a_test_is_told_by_its_package_and_its_modules() {
        for (path, expected) in [
            ("crates/domain/tests/it/against_model/steps.rs", ("chancery-domain", "against_model::steps::t")),
            ("crates/chancery/tests/it/killing.rs", ("chancery", "killing::t")),
            ("crates/service/src/auth/mod.rs", ("chancery-service", "auth::t")),
        ] {
            assert_eq!((&*package(path), &*path_of("t", path)), expected);
        }
    }

    #[test]
    fn a_document_that_tells_all_rules_with_their_tests_passes() {
        let (document, tests) = all();
        check_document(&document, &tests, &[]);
        assert_eq!(written(&document, &tests), document);
    }

    #[test]
    fn a_rule_without_a_test_is_told() {
        let (document, mut tests) = all();
        tests.remove(&11);
        check_document(&document, &tests, &["rule 11 has no test: begin the name of one with rule_11_"]);
    }

    #[test]
    fn a_rule_without_a_word_or_without_its_place_is_told() {
        let (document, tests) = all();
        let silent = document.replacen("## Rule 3\nSo it is.\n", "## Rule 3\n", 1);
        check_document(&silent, &tests, &["say what rule 3 is"]);
        let missing = document.replacen("## Rule 27", "## Rule 26", 1);
        check_document(&missing, &tests, &["tell the rules 1 to 31", "has no rule 27, but a test"]);
    }

    #[test]
    fn a_test_of_a_rule_that_nobody_told_is_told() {
        let (document, mut tests) = all();
        tests.insert(32, BTreeSet::from(["- a: `rule_32_holds`".to_owned()]));
        check_document(&document, &tests, &["has no rule 32, but a test: - a: `rule_32_holds`"]);
    }

    #[test]
    fn a_list_that_says_more_or_less_than_the_tests_is_told_and_written_again() {
        let (document, tests) = all();
        for other in [
            document.replace("- a: `rule_05_holds`\n", ""),
            document.replace("rule_05_holds", "rule_05_was_renamed"),
        ] {
            check_document(&other, &tests, &["UPDATE_RULES=1 cargo xtask tidy"]);
            assert_eq!(written(&other, &tests), document);
        }
    }
}
