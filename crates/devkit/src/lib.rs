//! Private Postgres and NATS processes for development and tests.
//!
//! Nobody should have to install, start or clean up a server to work on Chancery. [`Postgres`] and [`Nats`] are
//! real servers on free loopback ports with data of their own; they end with the process that started them, however
//! that ends. [`TestDb`] is a database per test, [`test_topology_name`] a JetStream name per test.
//!
//! Everything here is blocking, and safe to call from async code: the synchronous Postgres client, which must not run
//! there, gets a thread of its own. Nothing of this is meant for production.

mod account;
mod cache;
mod cluster;
mod launch;
mod nats;
mod place;
mod postgres;
mod process;
mod resolve;
mod secret;
mod test_db;
mod test_servers;
mod wheels;

pub use nats::{Nats, NatsOptions};
pub use place::usable_data_dir;
pub use postgres::{Postgres, PostgresOptions};
pub use resolve::{NatsBinary, Origin, PgWanted, PostgresBinaries};
pub use test_db::TestDb;
pub use test_servers::{NatsUrls, test_nats, test_postgres_url, test_topology_name};

use std::time::Duration;

/// How long anything here may take before it is called broken.
const PATIENCE: Duration = Duration::from_mins(1);

/// A fresh lower-case name part: 12 characters, about 62 bits.
fn token() -> String {
    std::iter::repeat_with(|| fastrand::char('a'..='z')).take(12).collect()
}
