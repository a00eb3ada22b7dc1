//! `chancery projections`: how the projections are, and what operators have done to them. Goes the way of every command,
//! as the system; a server with the role `projections` carries it out.

mod compared;
mod dead_letters;
mod show;
mod wait;

use anyhow::bail;
use chancery_domain::{ProjectionName, RebuildId};
use chancery_journal::Journal;
use chancery_service::commands::{
    Answer, Asked, Because, CommandError, Commands, PromoteWhen, RequestRebuild, ResumeRebuild,
};
use chancery_views::admin;
use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

use crate::{
    acting::{commands, system, told},
    cli::{Database, Output},
};

/// Exit codes: 0 done, or asked for; 1 failed or refused; 2 wrong usage; 3 a difference was found.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the projections with their states
    List,
    /// Show one: its shards, builds, last rebuild, verification and audit
    Show { name: String },
    /// Fill another build beside the live one, and wait for it; 3 where they differ
    Rebuild(Rebuild),
    /// List a projection's rebuilds
    Rebuilds { name: String },
    /// Give the rebuild that is under way up, and drop what it filled
    Cancel(Operation),
    /// Apply nothing until it is resumed
    Pause {
        #[command(flatten)]
        operation: Operation,
        /// Hold the rebuild that is under way instead
        #[arg(long)]
        rebuild: bool,
    },
    /// Go on
    Resume {
        #[command(flatten)]
        operation: Operation,
        /// Go on with the rebuild that is under way instead
        #[arg(long)]
        rebuild: bool,
        /// At most so many events a second from now on
        #[arg(long, requires = "rebuild")]
        events_per_second: Option<u64>,
    },
    /// Show readers the build of the rebuild that has caught up, whatever the comparison found
    Promote(Operation),
    /// Show readers the build again that was live before
    Rollback(Operation),
    /// Drop the build that was live before
    Drop { name: String },
    /// Fold the log anew, compare it with what readers see, and wait for it; 3 where they differ
    Verify {
        #[command(flatten)]
        operation: Operation,
        /// Do not wait
        #[arg(long)]
        detach: bool,
    },
    /// List the events that could not be applied, try one again or leave one out
    DeadLetters {
        name: String,
        #[command(subcommand)]
        command: Option<dead_letters::Command>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Operation {
    name: String,
    /// Why, for whoever reads the log later
    #[arg(long, default_value = "")]
    reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    #[command(flatten)]
    operation: Operation,
    /// At most so many events a second
    #[arg(long)]
    events_per_second: Option<u64>,
    /// When readers see it
    #[arg(long, value_enum, default_value_t = Promote::IfEqual)]
    promote: Promote,
    /// Do not wait
    #[arg(long)]
    detach: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Promote {
    /// By itself, where it does not differ from what they see now
    IfEqual,
    /// When an operator says so
    Manual,
}

/// Where commands go, and where is looked what has become of them.
struct Desk {
    journal: Journal,
    commands: Commands,
    output: Output,
}

pub(crate) async fn run(database: &Database, command: Command, output: Output) -> anyhow::Result<()> {
    let url = database.url()?;
    let journal = Journal::open(url, 2)?;
    let commands = commands(url, &journal)?;
    let desk = Desk { journal, commands, output };
    let (commands, caller) = (&desk.commands, system());
    match command {
        Command::List => desk.list().await,
        Command::Show { name } => desk.show(&parse(&name)?).await,
        Command::Rebuilds { name } => desk.rebuilds(&parse(&name)?).await,
        Command::Rebuild(rebuild) => desk.rebuild(rebuild).await,
        Command::Cancel(operation) => {
            let (name, because) = operation.read()?;
            let id = desk.open_rebuild(&name).await?;
            desk.rebuild_operated(commands.cancel_rebuild(&caller, name, id, because).await).await
        }
        Command::Pause { operation, rebuild: true } => {
            let (name, because) = operation.read()?;
            let id = desk.open_rebuild(&name).await?;
            desk.rebuild_operated(commands.pause_rebuild(&caller, name, id, because).await).await
        }
        Command::Resume { operation, rebuild: true, events_per_second } => {
            let (name, Because { reason }) = operation.read()?;
            let id = desk.open_rebuild(&name).await?;
            let body = ResumeRebuild { events_per_second, reason };
            desk.rebuild_operated(commands.resume_rebuild(&caller, name, id, body).await).await
        }
        Command::Pause { operation, .. } => {
            let (name, because) = operation.read()?;
            desk.operated(commands.pause_projection(&caller, name, because).await).await
        }
        Command::Resume { operation, .. } => {
            let (name, because) = operation.read()?;
            desk.operated(commands.resume_projection(&caller, name, because).await).await
        }
        Command::Promote(operation) => {
            let (name, because) = operation.read()?;
            desk.operated(commands.promote_projection(&caller, name, because).await).await
        }
        Command::Rollback(operation) => {
            let (name, because) = operation.read()?;
            desk.operated(commands.roll_back_projection(&caller, name, because).await).await
        }
        Command::Drop { name } => {
            desk.operated(commands.drop_former_build(&caller, parse(&name)?).await).await
        }
        Command::Verify { operation, detach } => {
            let (name, because) = operation.read()?;
            let asked = desk.asked(commands.verify_projection(&caller, name, because).await).await?;
            desk.verification(&asked, detach).await
        }
        Command::DeadLetters { name, command } => desk.dead_letters(parse(&name)?, command).await,
    }
}

impl Desk {
    async fn rebuild(&self, rebuild: Rebuild) -> anyhow::Result<()> {
        let (name, Because { reason }) = rebuild.operation.read()?;
        let promote = match rebuild.promote {
            Promote::IfEqual => PromoteWhen::IfEqual,
            Promote::Manual => PromoteWhen::Manual,
        };
        let body = RequestRebuild { events_per_second: rebuild.events_per_second, promote, reason };
        let asked = self.asked(self.commands.rebuild_projection(&system(), name, body).await).await?;
        self.filled(&asked, rebuild.detach).await
    }

    /// What has become of a command, and how the projection is.
    async fn operated(&self, result: Result<Answer, CommandError>) -> anyhow::Result<()> {
        let asked = self.asked(result).await?;
        self.show(&parse(&asked.projection)?).await
    }

    /// The same, of a rebuild.
    async fn rebuild_operated(&self, result: Result<Answer, CommandError>) -> anyhow::Result<()> {
        let asked = self.asked(result).await?;
        self.filled(&asked, true).await
    }

    /// The projection of this name, which may be a slip of the pen.
    async fn find(&self, name: &ProjectionName) -> anyhow::Result<admin::Projection> {
        if let Some(found) = admin::projection(&self.journal, name.as_str()).await?.value {
            return Ok(found);
        }
        let known = admin::projections(&self.journal).await?.value;
        let known: Vec<_> = known.into_iter().map(|one| one.name).collect();
        bail!("there is no projection {name}; there are {}", known.join(", "))
    }

    /// The rebuild that is under way, or waits.
    async fn open_rebuild(&self, name: &ProjectionName) -> anyhow::Result<RebuildId> {
        let rebuild = self.find(name).await?.rebuild.filter(admin::Rebuild::is_open);
        let rebuild = rebuild.ok_or_else(|| anyhow::anyhow!("no rebuild of {name} is under way"))?;
        Ok(RebuildId(rebuild.rebuild_id))
    }

    /// Waits until the command is carried out; says so where that takes too long.
    async fn asked(&self, result: Result<Answer, CommandError>) -> anyhow::Result<Asked> {
        let answer = result.map_err(told)?;
        let asked = Asked::of(&answer).ok_or_else(|| anyhow::anyhow!("an answer of another shape"))?;
        if !wait::carried_out(&self.journal, &asked.projection, answer.position).await? {
            eprintln!(
                "chancery: recorded, and not carried out yet: is a server with the role projections running?"
            );
        }
        Ok(asked)
    }
}

impl Operation {
    fn read(self) -> anyhow::Result<(ProjectionName, Because)> {
        Ok((parse(&self.name)?, Because { reason: self.reason }))
    }
}

fn parse(name: &str) -> anyhow::Result<ProjectionName> {
    ProjectionName::parse(name).map_err(|_| anyhow::anyhow!("{name} is no name of a projection"))
}

/// The rebuild or the verification that a command began or was about.
fn id(asked: &Asked) -> anyhow::Result<Uuid> {
    asked.operation_id.ok_or_else(|| anyhow::anyhow!("an answer that names nothing"))
}
