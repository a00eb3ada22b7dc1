//! What a round of checks found, for people and for programs.

use serde::Serialize;
use serde_json::Value;

use crate::{
    cli::Output,
    difference::{Difference, Warnings},
    output,
};

/// What to think of what was seen. The order is that of what is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Ok,
    /// It could not be known from here, which says nothing about how it is.
    Unknown,
    /// Nothing is broken, and somebody should look.
    Warning,
    /// Something is broken, or can lose or disclose what it must not.
    Failure,
}

/// What one check saw.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) seen: String,
    /// What to do; nothing where it is well.
    pub(super) advice: Option<String>,
    /// The same for programs: numbers as numbers.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(super) detail: Value,
}

/// A finding, and what it is of. The id is stable.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) finding: Finding,
}

/// A whole round.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The worst of the checks'.
    verdict: Verdict,
    version: &'static str,
    checks: Vec<Check>,
}

impl Verdict {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

impl Finding {
    pub(super) fn ok(seen: impl Into<String>) -> Self {
        Self { verdict: Verdict::Ok, seen: seen.into(), advice: None, detail: Value::Null }
    }

    pub(super) fn warning(seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, advice: Some(advice.into()), ..Self::ok(seen) }
    }

    pub(super) fn failure(seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Failure, advice: Some(advice.into()), ..Self::ok(seen) }
    }

    /// It could not be known; what to look at instead.
    pub(super) fn unknown(seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unknown, advice: Some(advice.into()), ..Self::ok(seen) }
    }

    /// It was not looked at, for a reason that another check tells what to do about.
    pub(super) fn left_out(why: &str) -> Self {
        Self { verdict: Verdict::Unknown, ..Self::ok(format!("left out: {why}")) }
    }

    pub(super) fn with(self, detail: Value) -> Self {
        Self { detail, ..self }
    }

    /// Several of one kind as one: the worst verdict, and what each saw and advises.
    pub(super) fn all(findings: &[Self]) -> Self {
        let verdict = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok);
        let advice: Vec<_> = findings.iter().filter_map(|finding| finding.advice.clone()).collect();
        let seen: Vec<_> = findings.iter().map(|finding| finding.seen.as_str()).collect();
        Self {
            verdict,
            seen: seen.join("; "),
            advice: (!advice.is_empty()).then(|| advice.join("; ")),
            detail: Value::Null,
        }
    }
}

impl Report {
    pub(super) fn new(checks: Vec<Check>) -> Self {
        let verdict = checks.iter().map(|check| check.finding.verdict).max().unwrap_or(Verdict::Ok);
        Self { verdict, version: env!("CARGO_PKG_VERSION"), checks }
    }

    /// Prints it; an error where something is amiss, whose exit code says how bad it is.
    pub(super) fn tell(&self, output: Output) -> anyhow::Result<()> {
        match output {
            Output::Json => output::print(&serde_json::to_string(self)?)?,
            Output::Table => {
                let row = |check: &Check| {
                    let finding = &check.finding;
                    vec![check.id.clone(), finding.verdict.as_str().to_owned(), finding.seen.clone()]
                };
                output::table(&["check", "verdict", "seen"], &self.checks, row)?;
                self.advise()?;
            }
        }
        match self.verdict {
            Verdict::Ok | Verdict::Unknown => Ok(()),
            Verdict::Warning => Err(Warnings(self.summary()).into()),
            Verdict::Failure => Err(Difference(self.summary()).into()),
        }
    }

    /// What to do, the most pressing first.
    fn advise(&self) -> anyhow::Result<()> {
        let mut checks: Vec<_> = self.checks.iter().collect();
        checks.sort_by_key(|check| std::cmp::Reverse(check.finding.verdict));
        for Check { id, finding } in checks {
            if let Some(advice) = &finding.advice {
                output::print(&format!("{} {id}: {advice}", finding.verdict.as_str()))?;
            }
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let count = |verdict| self.checks.iter().filter(|check| check.finding.verdict == verdict).count();
        let counts =
            [(Verdict::Failure, "failure"), (Verdict::Warning, "warning"), (Verdict::Unknown, "unknown")];
        let counts = counts.map(|(verdict, word)| match (count(verdict), verdict) {
            (1, _) | (_, Verdict::Unknown) => format!("{} {word}", count(verdict)),
            (many, _) => format!("{many} {word}s"),
        });
        format!("of {} checks {}", self.checks.len(), counts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, finding: Finding) -> Check {
        Check { id: id.to_owned(), finding }
    }

    #[test]
    fn the_worst_verdict_decides_and_what_is_unknown_is_not_amiss() {
        let ok = || check("a", Finding::ok("well"));
        let unknown = || check("b", Finding::unknown("away", "look there"));
        assert!(Report::new(vec![ok(), unknown()]).verdict == Verdict::Unknown);
        let warned = Report::new(vec![ok(), check("c", Finding::warning("odd", "mend it")), unknown()]);
        assert_eq!(warned.verdict, Verdict::Warning);
        assert_eq!(warned.summary(), "of 3 checks 0 failures, 1 warning, 1 unknown");
        let failed = Report::new(vec![check("d", Finding::failure("bad", "mend it")), unknown()]);
        assert_eq!(failed.verdict, Verdict::Failure);
    }

    #[test]
    fn several_findings_of_a_kind_are_one_as_bad_as_the_worst() {
        let all = Finding::all(&[Finding::ok("one"), Finding::warning("two", "look"), Finding::ok("three")]);
        assert_eq!((all.verdict, &*all.seen), (Verdict::Warning, "one; two; three"));
        assert_eq!(all.advice.as_deref(), Some("look"));
    }
}
