//! How projections are, for people and for programs.

use chancery_domain::ProjectionName;
use chancery_views::admin::{self, Build, Projection, Rebuild, Shard, Verification, WaitsFor};

use super::{Desk, compared::Compared};
use crate::{
    cli::Output,
    output::{self, or_dash},
};

/// Rebuilds listed at once.
const PAGE: usize = 100;

impl Desk {
    pub(super) async fn list(&self) -> anyhow::Result<()> {
        let found = admin::projections(&self.journal).await?.value;
        let header =
            ["projection", "version", "state", "position", "lag", "for", "parked", "skipped", "last error"];
        output::list(self.output, &found, &header, |one| {
            vec![
                one.name.clone(),
                or_dash(one.version),
                one.state.as_str().to_owned(),
                one.position.to_string(),
                one.lag_events.to_string(),
                seconds(one.lag_seconds),
                one.parked.to_string(),
                one.skipped.to_string(),
                one.last_error.as_ref().or(one.difference.as_ref()).cloned().unwrap_or_default(),
            ]
        })
    }

    pub(super) async fn show(&self, name: &ProjectionName) -> anyhow::Result<()> {
        let found = self.find(name).await?;
        output::one(self.output, &found, &rows(&found))?;
        if self.output == Output::Table {
            let header =
                ["shard", "state", "position", "lag", "for", "worker", "host", "epoch", "last error"];
            output::list(self.output, &found.shards, &header, shard)?;
            let header = ["build", "version", "phase", "live", "position", "made"];
            output::list(self.output, &found.builds, &header, build)?;
        }
        Ok(())
    }

    pub(super) async fn rebuilds(&self, name: &ProjectionName) -> anyhow::Result<()> {
        self.find(name).await?;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = admin::rebuilds(&self.journal, name.as_str(), after, PAGE).await?;
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let header = ["rebuild", "state", "promote", "progress", "requested", "finished", "error"];
        output::list(self.output, &found, &header, |one| {
            vec![
                one.rebuild_id.to_string(),
                one.state.as_str().to_owned(),
                one.promote.as_str().to_owned(),
                percent(one.progress),
                one.requested_at.to_string(),
                or_dash(one.finished_at),
                one.error.clone().unwrap_or_default(),
            ]
        })
    }

    pub(super) fn show_rebuild(&self, rebuild: &Rebuild) -> anyhow::Result<()> {
        let compared = rebuild.comparison.as_ref().map(Compared::read).transpose()?;
        let rows = [
            ("rebuild", rebuild.rebuild_id.to_string()),
            ("projection", rebuild.projection.clone()),
            ("state", rebuild.state.as_str().to_owned()),
            ("waits for", or_dash(waits_for(rebuild))),
            ("promote", rebuild.promote.as_str().to_owned()),
            ("build", or_dash(rebuild.build.as_ref())),
            ("progress", percent(rebuild.progress)),
            ("events", format!("{} of {}", rebuild.events_done, rebuild.events_total)),
            ("time left", or_dash(rebuild.seconds_left.map(seconds))),
            ("comparison", or_dash(compared.as_ref().map(Compared::in_short))),
            ("error", or_dash(rebuild.error.as_ref())),
        ];
        output::one(self.output, rebuild, &rows)?;
        self.differences(&rebuild.projection, compared.as_ref(), "the new build")
    }

    pub(super) fn show_verification(&self, verification: &Verification) -> anyhow::Result<()> {
        let compared = verification.report.as_ref().map(Compared::read).transpose()?;
        let rows = [
            ("verification", verification.verification_id.to_string()),
            ("projection", verification.projection.clone()),
            ("state", verification.state.as_str().to_owned()),
            ("build", or_dash(verification.build.as_ref())),
            ("position", or_dash(verification.position)),
            ("report", or_dash(compared.as_ref().map(Compared::in_short))),
            ("error", or_dash(verification.error.as_ref())),
        ];
        output::one(self.output, verification, &rows)?;
        self.differences(&verification.projection, compared.as_ref(), "the log")
    }

    /// The tables of both sides, and what of them differs.
    fn differences(&self, name: &str, found: Option<&Compared>, other: &str) -> anyhow::Result<()> {
        match (self.output, found) {
            (Output::Table, Some(found)) => found.print(name, other),
            _ => Ok(()),
        }
    }
}

/// What an operator has to do before the rebuild goes on.
pub(super) fn waits_for(rebuild: &Rebuild) -> Option<String> {
    let name = &rebuild.projection;
    Some(match rebuild.waits_for? {
        WaitsFor::ResumeRebuild => format!("`chancery projections resume {name} --rebuild`"),
        WaitsFor::Resume => {
            format!(
                "`chancery projections resume {name}`, for {name} is paused, or `promote {name}` uncompared"
            )
        }
        WaitsFor::Promote => format!("`chancery projections promote {name}`, or `cancel {name}`"),
    })
}

fn rows(found: &Projection) -> Vec<(&'static str, String)> {
    let rebuild = found.rebuild.as_ref();
    let rebuild = rebuild.map(|last| format!("{} {}", last.state.as_str(), last.rebuild_id));
    let verification = found.verification.as_ref();
    let verification = verification.map(|last| format!("{} {}", last.state.as_str(), last.verification_id));
    let audit = found.audit.as_ref();
    let audit = audit.map(|audit| audit.difference.clone().unwrap_or_else(|| "equal".to_owned()));
    vec![
        ("projection", found.name.clone()),
        ("state", found.state.as_str().to_owned()),
        ("version", or_dash(found.version)),
        ("position", found.position.to_string()),
        ("lag", format!("{} events, {}", found.lag_events, seconds(found.lag_seconds))),
        ("rate", format!("{:.0} events/s", found.rate)),
        ("parked", format!("{}, and {} wait", found.parked, found.waiting)),
        ("skipped", found.skipped.to_string()),
        ("last error", or_dash(found.last_error.as_ref())),
        ("difference", or_dash(found.difference.as_ref())),
        ("rebuild", or_dash(rebuild)),
        ("verification", or_dash(verification)),
        ("audit", or_dash(audit)),
    ]
}

fn shard(shard: &Shard) -> Vec<String> {
    vec![
        shard.shard.to_string(),
        shard.state.as_str().to_owned(),
        shard.position.to_string(),
        shard.lag_events.to_string(),
        seconds(shard.lag_seconds),
        or_dash(shard.worker),
        or_dash(shard.host.as_ref().map(|host| format!("{host} ({})", or_dash(shard.pid)))),
        shard.epoch.to_string(),
        shard.last_error.clone().unwrap_or_default(),
    ]
}

fn build(build: &Build) -> Vec<String> {
    vec![
        build.build.clone(),
        build.version.to_string(),
        build.phase.as_str().to_owned(),
        if build.live { "yes" } else { "" }.to_owned(),
        build.position.to_string(),
        build.created_at.to_string(),
    ]
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.1} s")
}

fn percent(progress: f64) -> String {
    format!("{:.1} %", progress * 100.0)
}
