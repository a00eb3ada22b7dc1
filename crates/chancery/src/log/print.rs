//! Events as they are printed: a line each, for people or NDJSON.

use chancery_journal::Journal;
use chancery_service::events::{EventDocument, Names};
use chancery_wire::{Position, Recorded};

use super::filters::Search;
use crate::{cli::Output, output};

/// Events in memory at once.
pub(super) const PAGE: usize = 500;

/// Prints what is found from `after` on, at most `limit` events, then what comes, if it is to be followed.
pub(super) async fn print(
    journal: &Journal,
    search: &Search,
    mut after: Position,
    limit: usize,
    follow: bool,
    output: Output,
) -> anyhow::Result<()> {
    let (mut follower, mut left) = (journal.follow(), limit);
    let mut head = journal.head().await?.position;
    loop {
        while after < head && left > 0 {
            let asked = PAGE.min(left);
            let events = journal.select(&search.filter, after, asked).await?;
            lines(journal, &events, output).await?;
            left -= events.len();
            after = match events.last() {
                Some(last) if events.len() == asked => last.position,
                Some(last) => last.position.max(head),
                None => head,
            };
        }
        if !follow || left == 0 {
            return Ok(());
        }
        head = follower.after(after).await;
    }
}

/// Prints the events with today's names.
pub(super) async fn lines(journal: &Journal, events: &[Recorded], output: Output) -> anyhow::Result<()> {
    let names = Names::of_sentences(journal, events).await?;
    for event in events {
        let shown = EventDocument::of(event, &names)?;
        match output {
            Output::Json => output::print(&serde_json::to_string(&shown)?)?,
            Output::Table => output::print(&line(&shown))?,
        }
    }
    Ok(())
}

fn line(event: &EventDocument<'_>) -> String {
    let actor = event.actor.name.unwrap_or(event.actor.id);
    let sentence = event.sentence.as_deref().unwrap_or(event.event_type);
    let line = format!(
        "{:>10}  {}  {:<24}  {actor} {sentence}",
        event.position,
        event.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        event.event_type,
    );
    // Names are texts of other people: none of them moves the cursor of who reads.
    output::harmless(&line)
}
