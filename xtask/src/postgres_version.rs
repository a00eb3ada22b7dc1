//! `--pg`: which Postgres to run.

use anyhow::Result;
use chancery_devkit::PgWanted;
use clap::Args;

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PgArg {
    /// Run the pinned Postgres 18, whatever this machine has
    #[arg(long, value_name = "VERSION", value_parser = ["18"])]
    pg: Option<String>,
}

impl PgArg {
    pub(crate) fn wanted(&self) -> Result<PgWanted> {
        if self.pg.is_some() { Ok(PgWanted::Pinned) } else { PgWanted::from_env() }
    }

    /// The same wish, for processes that start servers of their own.
    pub(crate) fn variable(&self) -> Option<(&'static str, &str)> {
        self.pg.as_deref().map(|version| ("CHANCERY_PG", version))
    }
}
