//! `chancery log search`: everything that matches, from the log's beginning.

use chancery_journal::Journal;
use chancery_wire::Position;
use clap::Args;

use super::{filters::Filters, print};
use crate::cli::Output;

#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    filters: Filters,
    /// Print at most so many; by default all
    #[arg(long)]
    limit: Option<usize>,
    /// Go on as events come
    #[arg(long, short, conflicts_with_all = ["through", "until"])]
    follow: bool,
}

pub(super) async fn search(journal: &Journal, options: Search, output: Output) -> anyhow::Result<()> {
    let search = options.filters.search(journal).await?;
    let after = search.after.unwrap_or(Position::START);
    print::print(journal, &search, after, options.limit.unwrap_or(usize::MAX), options.follow, output).await
}
