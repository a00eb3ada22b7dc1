//! Waiting for the log's database: whoever starts both at once, or the server while the database is away, gets a server
//! that says so and is there when the database is.

use std::{error::Error, io, time::Duration};

use backon::{ExponentialBuilder, Retryable as _};
use chancery_journal::{Role, config_for};
use chancery_service::ops::{Check, Dependency};
use serde_json::json;
use tokio::{sync::watch, time::timeout};
use tokio_postgres::{Config, NoTls, error::SqlState};

/// How long a server may take to answer, beside the time limit for reaching it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A database that may be away.
#[derive(Debug)]
pub(super) struct Waiting {
    config: Config,
    /// What was wrong the last time.
    wrong: watch::Sender<Option<String>>,
}

#[derive(Debug, thiserror::Error)]
enum Unmet {
    #[error(transparent)]
    Failed(#[from] tokio_postgres::Error),
    #[error("the server did not answer in time")]
    Silent,
}

impl Waiting {
    pub(super) fn new(url: &str, role: Role) -> anyhow::Result<Self> {
        Ok(Self { config: config_for(url, role)?, wrong: watch::Sender::default() })
    }

    /// The log, as long as the process has not begun to read it.
    pub(super) fn check(&self) -> Check {
        let wrong = self.wrong.subscribe();
        Check::new("log", move || {
            let error = wrong.borrow().clone();
            let state = if error.is_some() { "waiting" } else { "starting" };
            async move {
                Dependency { ok: false, required: true, detail: json!({ "state": state, "error": error }) }
            }
        })
    }

    /// Until the database lets us in. What waiting does not mend, such as a wrong password, is an error at once.
    pub(super) async fn met(&self) -> anyhow::Result<()> {
        let forever = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(5))
            .without_max_times()
            .with_jitter();
        let meeting = || self.meet();
        let retried = meeting.retry(forever).when(Unmet::may_pass).notify(|error, wait| {
            let error = error as &dyn Error;
            tracing::warn!(error, ?wait, "the log's database is away; the server waits for it");
            self.wrong.send_replace(Some(chain(error)));
        });
        retried.await.map_err(|unmet| {
            let what = unmet.what();
            anyhow::Error::from(unmet).context(what)
        })?;
        if self.wrong.send_replace(None).is_some() {
            tracing::info!("the log's database is there");
        }
        Ok(())
    }

    async fn meet(&self) -> Result<(), Unmet> {
        let (client, connection) =
            timeout(PATIENCE, self.config.connect(NoTls)).await.map_err(|_| Unmet::Silent)??;
        drop(client);
        // It says goodbye; whether that is heard is not asked.
        let _ = timeout(PATIENCE, connection).await;
        Ok(())
    }
}

impl Unmet {
    /// Whether it may be otherwise later, without anybody's changing a configuration.
    fn may_pass(&self) -> bool {
        let Self::Failed(error) = self else { return true };
        match error.code() {
            // It starts, stops or has no connection left: classes 57P and 53 of Postgres' list.
            Some(code) => {
                let starting =
                    [&SqlState::CANNOT_CONNECT_NOW, &SqlState::ADMIN_SHUTDOWN, &SqlState::CRASH_SHUTDOWN];
                starting.contains(&code) || code.code().starts_with("53")
            }
            None => error.is_closed() || error.source().is_some_and(<dyn Error>::is::<io::Error>),
        }
    }

    /// For whoever reads why the server ended.
    fn what(&self) -> &'static str {
        match self.code().map(SqlState::code) {
            None => "connecting to the log's database",
            // Neither the login nor the database is made by a migration.
            Some(code) if code.starts_with("28") || code.starts_with("3D") => {
                "logging in to the log's database"
            }
            Some(_) => "connecting to the log's database; was `chancery migrate` run?",
        }
    }

    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Failed(error) => error.code(),
            Self::Silent => None,
        }
    }
}

fn chain(error: &dyn Error) -> String {
    let sources = std::iter::successors(error.source(), |error| (*error).source());
    sources.fold(error.to_string(), |said, source| format!("{said}: {source}"))
}
