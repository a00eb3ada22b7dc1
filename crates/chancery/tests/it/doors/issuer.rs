//! A token endpoint in this process, with a clock that is off: for tokens that nobody could wait for.

use std::time::Duration;

use chancery_domain::Environment;
use chancery_journal::{Appender, BatcherSettings, Journal};
use chancery_service::{
    commands::Commands,
    connect::{Algorithm, Connect, Issuer as Names, Keys, MasterKey, Presented},
    gate::{GateHouse, GateSettings},
    sources::Sources,
};
use jiff::{SignedDuration, Timestamp};

use super::{players::Credential, story::KEY};
use crate::world::World;

/// Issues tokens on the world's log, under its keys.
pub(super) struct Issuer(Connect);

impl Issuer {
    /// With a clock that is `shift` seconds ahead.
    pub(super) fn open(world: &World, url: &str, audience: &str, shift: i64) -> Self {
        let random = |bytes: &mut [u8]| fastrand::fill(bytes);
        let clock = move || Timestamp::now() + SignedDuration::from_secs(shift);
        let sources = Sources::new(clock, random);
        let names = Names { url: url.to_owned(), audience: audience.to_owned() };
        Self(world.block_on(async {
            let database = world.url();
            let journal = Journal::open(&database, 2).unwrap();
            let appender = Appender::start(&database, &journal, BatcherSettings::default()).unwrap();
            let commands =
                Commands::new(journal.clone(), appender, sources.clone(), vec![Environment::production()]);
            let master = MasterKey::parse(KEY).unwrap();
            let keys = Keys::open(journal.clone(), master, &sources, Algorithm::Es256).await.unwrap();
            let settings = GateSettings { max_staleness: Duration::from_mins(1), ..GateSettings::default() };
            let house = GateHouse::follow(journal.clone(), sources.clone(), settings);
            Connect::new(names, keys, house, commands, journal, sources)
        }))
    }

    pub(super) fn issue(&self, world: &World, credential: &Credential) -> String {
        let presented = Presented {
            client_id: credential.id.clone(),
            client_secret: credential.secret.clone(),
            address: [127, 0, 0, 1].into(),
        };
        world.block_on(async { self.0.issue(&presented, None).await.unwrap().access_token })
    }
}
