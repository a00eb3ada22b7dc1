//! `chancery log tail`: the log's end, and what comes.

use std::collections::VecDeque;

use chancery_journal::Journal;
use chancery_wire::{Position, Recorded};
use clap::Args;

use super::{
    filters::{Filters, Search},
    print::{self, PAGE},
};
use crate::cli::Output;

#[derive(Debug, Args)]
pub(crate) struct Tail {
    #[command(flatten)]
    filters: Filters,
    /// Events to begin with, where no beginning is named
    #[arg(long, short = 'n', default_value_t = 10)]
    lines: usize,
    /// Go on as events come
    #[arg(long, short, conflicts_with_all = ["through", "until"])]
    follow: bool,
}

pub(super) async fn tail(journal: &Journal, tail: Tail, output: Output) -> anyhow::Result<()> {
    let search = tail.filters.search(journal).await?;
    let after = if let Some(after) = search.after {
        after
    } else {
        let head = journal.head().await?.position;
        let last = last(journal, &search, head, tail.lines).await?;
        print::lines(journal, &last, output).await?;
        if !tail.follow {
            return Ok(());
        }
        head
    };
    print::print(journal, &search, after, usize::MAX, tail.follow, output).await
}

/// The last so many that match, up to the head: looked for further and further back, since filters are read forwards.
async fn last(
    journal: &Journal,
    search: &Search,
    head: Position,
    count: usize,
) -> anyhow::Result<Vec<Recorded>> {
    let mut filter = search.filter.clone();
    let end = filter.through.map_or(head, |through| through.min(head));
    filter.through = Some(end);
    let mut back = count.max(1) as u64;
    loop {
        let start = Position::new(end.get().saturating_sub(back));
        // However much matches, no more than what is wanted stays in memory.
        let (mut found, mut after) = (VecDeque::new(), start);
        loop {
            let events = journal.select(&filter, after, PAGE).await?;
            let more = events.len() == PAGE;
            after = events.last().map_or(after, |last| last.position);
            found.extend(events);
            found.drain(..found.len().saturating_sub(count));
            if !more {
                break;
            }
        }
        if found.len() >= count || start == Position::START {
            return Ok(found.into());
        }
        back = back.saturating_mul(8);
    }
}
