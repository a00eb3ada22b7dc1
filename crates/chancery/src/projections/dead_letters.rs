//! `chancery projections dead-letters`: events that could not be applied.

use chancery_domain::ProjectionName;
use chancery_service::commands::{Because, SkipDeadLetter};
use chancery_views::admin;
use chancery_wire::Position;
use clap::Subcommand;

use super::Desk;
use crate::{acting::system, output};

/// Dead letters listed at once.
const PAGE: usize = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try to apply one again, and those that wait behind it
    Retry {
        /// The event's position
        position: u64,
        /// Why, for whoever reads the log later
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Leave one out, and apply those that wait behind it
    Skip {
        /// The event's position
        position: u64,
        /// Why it may be left out
        #[arg(long)]
        reason: String,
    },
}

impl Desk {
    pub(super) async fn dead_letters(
        &self,
        name: ProjectionName,
        command: Option<Command>,
    ) -> anyhow::Result<()> {
        match command {
            None => self.list_dead_letters(&name).await,
            Some(Command::Retry { position, reason }) => {
                let (position, because) = (Position::new(position), Because { reason });
                self.operated(self.commands.retry_dead_letter(&system(), name, position, because).await).await
            }
            Some(Command::Skip { position, reason }) => {
                let (position, body) = (Position::new(position), SkipDeadLetter { reason });
                self.operated(self.commands.skip_dead_letter(&system(), name, position, body).await).await
            }
        }
    }

    async fn list_dead_letters(&self, name: &ProjectionName) -> anyhow::Result<()> {
        self.find(name).await?;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = admin::dead_letters(&self.journal, name.as_str(), after, PAGE).await?;
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let header = ["position", "type", "key", "attempts", "waiting", "parked", "error"];
        output::list(self.output, &found, &header, |letter| {
            vec![
                letter.position.to_string(),
                letter.event_type.clone(),
                letter.key.clone(),
                letter.attempts.to_string(),
                letter.waiting.to_string(),
                letter.parked_at.to_string(),
                letter.error.clone(),
            ]
        })
    }
}
