//! What a recount found, for people and for programs.

use chancery_wire::audit::{Finding, Hash, Summary, VerifyingKey};
use serde::Serialize;
use uuid::Uuid;

use crate::{cli::Output, difference::Difference, output};

/// Findings that are written out for people.
const SHOWN: usize = 50;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) log_id: Uuid,
    pub(super) events: u64,
    pub(super) last_position: u64,
    /// The events up to here are under a checkpoint.
    pub(super) sealed: u64,
    pub(super) checkpoints: u64,
    /// The keys that signatures were checked with; without any, they were not.
    pub(super) keys: Vec<String>,
    /// Checkpoints that witnesses have; `null` where none was asked.
    pub(super) witnessed: Option<u64>,
    pub(super) root: Hash,
    pub(super) seconds: f64,
    verdict: Verdict,
    /// Nothing was found: also where there was nothing to hold the events against.
    pub(super) as_sealed: bool,
    pub(super) findings: Vec<Told>,
    /// Findings that are not listed.
    pub(super) more: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    AsSealed,
    /// There is no checkpoint, here or at a witness.
    NotSealed,
    Differs,
}

#[derive(Debug, Serialize)]
pub(super) struct Told {
    #[serde(flatten)]
    finding: Finding,
    message: String,
}

impl Report {
    pub(super) fn new(
        log_id: Uuid,
        keys: &[VerifyingKey],
        witnessed: Option<u64>,
        summary: Summary,
        seconds: f64,
    ) -> Self {
        let told = |finding: Finding| Told { message: finding.to_string(), finding };
        let as_sealed = summary.findings.is_empty() && summary.more == 0;
        let verdict = if !as_sealed {
            Verdict::Differs
        } else if summary.checkpoints == 0 && witnessed.unwrap_or_default() == 0 {
            Verdict::NotSealed
        } else {
            Verdict::AsSealed
        };
        Self {
            log_id,
            events: summary.events,
            last_position: summary.last,
            sealed: summary.sealed,
            checkpoints: summary.checkpoints,
            keys: keys.iter().map(ToString::to_string).collect(),
            witnessed,
            root: summary.root,
            seconds,
            verdict,
            as_sealed,
            findings: summary.findings.into_iter().map(told).collect(),
            more: summary.more,
        }
    }

    /// Prints it; an error where the log is not as it was sealed.
    pub(super) fn tell(&self, output: Output) -> anyhow::Result<()> {
        let unsealed = self.last_position.saturating_sub(self.sealed);
        let keys = if self.checkpoints == 0 && self.witnessed.unwrap_or_default() == 0 {
            "none: no checkpoint was checked".to_owned()
        } else if self.keys.is_empty() {
            "not checked: name the log's key with --key".to_owned()
        } else {
            self.keys.join(", ")
        };
        let verdict = match self.verdict {
            Verdict::AsSealed => "as it was sealed",
            Verdict::NotSealed => "not sealed yet: vouched for by nobody",
            Verdict::Differs => "NOT as it was sealed",
        };
        let rows = [
            ("log", self.log_id.to_string()),
            ("events", self.events.to_string()),
            ("sealed through", self.sealed.to_string()),
            ("not sealed yet", unsealed.to_string()),
            ("checkpoints", self.checkpoints.to_string()),
            ("signatures", keys),
            ("witnessed", self.witnessed.map_or_else(|| "not asked".to_owned(), |count| count.to_string())),
            ("root", self.root.to_string()),
            ("verdict", verdict.to_owned()),
        ];
        output::one(output, self, &rows)?;
        if self.as_sealed {
            return Ok(());
        }
        if output == Output::Table {
            for told in self.findings.iter().take(SHOWN) {
                output::print(&told.message)?;
            }
            let more = self.findings.len().saturating_sub(SHOWN) as u64 + self.more;
            if more > 0 {
                output::print(&format!("and {more} more"))?;
            }
        }
        Err(Difference("the log is not what was sealed".into()).into())
    }
}
