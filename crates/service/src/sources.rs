//! Time and randomness, passed in: production takes the system's, tests their own.

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use uuid::{Builder, Uuid};

/// Where commands get time, ids and secrets from. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    clock: Arc<Clock>,
    entropy: Arc<Entropy>,
    ids: Arc<Ids>,
}

type Clock = dyn Fn() -> Timestamp + Send + Sync;
type Entropy = dyn Fn(&mut [u8]) + Send + Sync;
type Ids = dyn Fn() -> Uuid + Send + Sync;

impl Sources {
    pub fn new(
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        entropy: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        let (clock, entropy): (Arc<Clock>, Arc<Entropy>) = (Arc::new(clock), Arc::new(entropy));
        let ids = {
            let (clock, entropy) = (clock.clone(), entropy.clone());
            move || {
                let mut bytes = [0; 10];
                entropy(&mut bytes);
                let millis = u64::try_from(clock().as_millisecond()).unwrap_or(0);
                Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
            }
        };
        Self { clock, entropy, ids: Arc::new(ids) }
    }

    /// The system's clock and random numbers.
    ///
    /// A system without random numbers ends the command with a panic: nothing may be issued then.
    pub fn system() -> Self {
        let entropy = |bytes: &mut [u8]| {
            if let Err(error) = getrandom::fill(bytes) {
                unreachable!("the system gives no random numbers: {error}");
            }
        };
        // An id is no secret: it need not cost a system call.
        Self { ids: Arc::new(Uuid::now_v7), ..Self::new(Timestamp::now, entropy) }
    }

    /// To the microsecond, as Postgres keeps it: a time has one value everywhere.
    pub fn now(&self) -> Timestamp {
        let now = (self.clock)();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.entropy)(&mut bytes);
        bytes
    }

    /// A fresh UUID of version 7.
    pub fn uuid(&self) -> Uuid {
        (self.ids)()
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}
