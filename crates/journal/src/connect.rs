//! Connections with the least rights that their work needs.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::{Config, NoTls};

use crate::JournalError;

/// The database role that a session takes on when it connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reads the log, appends, keeps `people`.
    App,
    /// Reads the log, owns the read models' schemas.
    Views,
    /// Reads the log and writes nothing of it, writes seals.
    Sealer,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::App => "chancery_app",
            Self::Views => "chancery_views",
            Self::Sealer => "chancery_sealer",
        }
    }
}

/// A connection's configuration under `role`. Dead peers are noticed within seconds, not hours.
pub fn config_for(url: &str, role: Role) -> Result<Config, JournalError> {
    let mut config: Config = url.parse().map_err(JournalError::Url)?;
    let role = role.name();
    config
        // A process that stands still in a transaction must not stand in anybody's way with what it locked.
        .options(format!("-c role={role} -c idle_in_transaction_session_timeout=3s"))
        .application_name(format!("chancery/{role}"))
        .connect_timeout(Duration::from_secs(5))
        .keepalives_idle(Duration::from_secs(10))
        .keepalives_interval(Duration::from_secs(2))
        .keepalives_retries(3)
        // Keep-alives are not sent while something else waits to be acknowledged.
        .tcp_user_timeout(Duration::from_secs(16));
    Ok(config)
}

/// A pool of connections under `role`; it connects when first used.
pub(crate) fn pool(url: &str, role: Role, size: usize) -> Result<Pool, JournalError> {
    let manager = Manager::from_config(
        config_for(url, role)?,
        NoTls,
        ManagerConfig { recycling_method: RecyclingMethod::Fast },
    );
    let pool = Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(Duration::from_secs(5)))
        .create_timeout(Some(Duration::from_secs(5)))
        .runtime(deadpool_postgres::Runtime::Tokio1)
        .build();
    Ok(pool.unwrap_or_else(|error| unreachable!("a runtime is given: {error}")))
}
