//! `chancery replay`: what the log says, folded anew beside everything else, and what readers see beside it.
//!
//! It reads the log and writes tables of its own, under the role that owns the views: nothing that anybody sees changes,
//! nothing is recorded, and no server needs to run.

mod export;
mod print;

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use chancery_journal::{At, Journal, MomentError, Role};
use chancery_views::{Feeds, JournalFeeds, Progress, Replay, Replayed, View};
use chancery_wire::Position;
use clap::{Args, builder::PossibleValuesParser};
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{Database, Output},
    difference::Difference,
    progress,
    serve::stop::requested,
};
use export::Export;

/// Events that are read at once.
const BATCH: usize = 5_000;

/// Exit codes: 0 done, and equal where it was compared; 1 failed, refused or interrupted; 2 wrong usage; 3 a difference
/// was found.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Which projection; by default all, one after the other
    #[arg(value_parser = PossibleValuesParser::new(chancery_views::all().into_iter().map(View::name)))]
    projection: Option<String>,
    /// Fold up to this position, or up to this time (RFC 3339); by default up to where what readers see stands
    #[arg(long)]
    to: Option<At>,
    /// Fold the events of this export instead of the database's
    #[arg(long, value_name = "FOLDER")]
    from_export: Option<PathBuf>,
    /// Fail where it cannot be compared with what readers see
    #[arg(long)]
    compare: bool,
    /// Leave the tables in the database for a day, to be looked at
    #[arg(long)]
    keep: bool,
    /// Look at so many rows that differ, of each table
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    rows: u16,
}

pub(crate) async fn run(database: &Database, options: Options, output: Output) -> anyhow::Result<()> {
    let url = database.url()?;
    let views = views(options.projection.as_deref());
    let journal = Journal::open_as(Role::Views, url, 2)?;
    let source = Source::open(&journal, &options).await?;
    let to = match options.to {
        Some(at) => Some(source.position(&journal, at).await?),
        None => None,
    };
    let stop = CancellationToken::new();
    let interrupted = tokio::spawn({
        let stop = stop.clone();
        async move {
            // Where no signal can be waited for, the program ends as programs do.
            if requested().await.is_ok() {
                stop.cancel();
            }
        }
    });
    let mut replayed = Vec::with_capacity(views.len());
    for view in views {
        let replay = Replay {
            view,
            events: source.events.as_ref(),
            end: source.end,
            ends: source.ends,
            to,
            rows: options.rows.into(),
            keep: options.keep,
        };
        let bar = progress::bar("folding", source.end.get());
        replayed.push(replay.run(url, &stop, |progress| show(&bar, progress)).await?);
        bar.finish_and_clear();
    }
    interrupted.abort();
    print::print(output, &replayed, options.projection.is_some())?;
    outcome(&replayed, options.compare)
}

/// Where the events come from.
struct Source {
    events: Box<dyn Feeds>,
    end: Position,
    /// Nothing comes after that: it is an export.
    ends: bool,
}

impl Source {
    async fn open(journal: &Journal, options: &Options) -> anyhow::Result<Self> {
        let head = journal.head().await?;
        let Some(folder) = &options.from_export else {
            let events = JournalFeeds { journal: journal.clone(), batch: BATCH };
            return Ok(Self { events: Box::new(events), end: head.position, ends: false });
        };
        let export = Export::open(folder, head.log_id)?;
        let bar = progress::bar("checking the export", export.end().get());
        let export = tokio::task::spawn_blocking(move || {
            export.check(|position| bar.set_position(position.get()))?;
            bar.finish_and_clear();
            anyhow::Ok(export)
        });
        let export = export.await??;
        Ok(Self { end: export.end(), events: Box::new(export), ends: true })
    }

    /// The position of a moment, which must be there.
    async fn position(&self, journal: &Journal, at: At) -> anyhow::Result<Position> {
        let position = match journal.moment(at).await {
            Ok(moment) => moment.position,
            // An export may go further than what a database was restored to.
            Err(MomentError::AfterHead { position, .. }) if self.ends => position,
            Err(error) => return Err(anyhow::Error::from(error).context("--to")),
        };
        ensure!(position <= self.end, "--to: the export ends at {}, before {position}", self.end);
        Ok(position)
    }
}

fn views(name: Option<&str>) -> Vec<&'static dyn View> {
    let mut views = chancery_views::all();
    views.retain(|view| name.is_none_or(|name| view.name() == name));
    views
}

fn show(bar: &ProgressBar, progress: Progress) {
    let (what, reached, of) = match progress {
        Progress::Folding { reached, of } => ("folding", reached, of),
        Progress::Comparing => {
            bar.set_message("comparing");
            return;
        }
        Progress::Tracing { reached, of } => ("looking where it begins", reached, of),
    };
    bar.set_message(what);
    bar.set_length(of.get());
    bar.set_position(reached.get());
}

fn outcome(replayed: &[Replayed], must_compare: bool) -> anyhow::Result<()> {
    let different: Vec<_> = replayed
        .iter()
        .filter(|one| one.comparison.as_ref().is_some_and(|comparison| !comparison.equal))
        .map(|one| one.projection)
        .collect();
    if !different.is_empty() {
        let (names, verb) = (different.join(", "), if different.len() == 1 { "is" } else { "are" });
        return Err(Difference(format!("{names} {verb} not what the log says")).into());
    }
    if must_compare && let Some(one) = replayed.iter().find(|one| one.comparison.is_none()) {
        let why = one.not_compared.as_deref().context("nothing says why")?;
        bail!("{} was not compared: {why}", one.projection);
    }
    Ok(())
}
