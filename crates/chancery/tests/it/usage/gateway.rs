//! A gateway with the sdk's meter in it.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use async_nats::{Client, ConnectOptions, ServerAddr};
use chancery_sdk::meter::{Finished, JetStream, Key, Meter, Outcome, Publisher, PublisherSettings};
use chancery_wire::Topology;
use tokio_util::sync::CancellationToken;

use crate::world::World;

const OUTCOMES: [Outcome; 4] = [
    Outcome::ALLOWED,
    Outcome::of("scope_missing"),
    Outcome::of("rate_limited"),
    Outcome::of("token_expired"),
];

/// Counts and publishes until it is stopped.
pub(super) struct Gateway {
    meter: Arc<Meter>,
    stop: CancellationToken,
    publishing: tokio::task::JoinHandle<()>,
}

/// As the user `meter`.
pub(super) async fn client(world: &World) -> Client {
    let address: ServerAddr = world.nats.meter_url().parse().unwrap();
    let (user, password) = (address.username().unwrap().to_owned(), address.password().unwrap().to_owned());
    let options = ConnectOptions::with_user_and_password(user, password);
    options.retry_on_initial_connect().connect(address).await.unwrap()
}

impl Gateway {
    pub(super) fn start(world: &World) -> Self {
        let (meter, stop) = (Arc::new(Meter::default()), CancellationToken::new());
        let publisher = world.block_on(async {
            let sink = JetStream::new(client(world).await, Topology::default());
            Publisher::new(meter.clone(), sink, PublisherSettings::default())
        });
        let publishing = world.spawn(publisher.run(stop.clone().cancelled_owned()));
        Self { meter, stop, publishing }
    }

    /// Decides calls for so long, in the background; how many, it says in the end.
    pub(super) fn decide_for(&self, length: Duration) -> JoinHandle<u64> {
        let meter = self.meter.clone();
        thread::spawn(move || {
            let (start, mut calls) = (Instant::now(), 0);
            while start.elapsed() < length {
                for _ in 0..50 {
                    calls += 1;
                    decide(&meter, calls);
                }
                thread::sleep(Duration::from_millis(1));
            }
            calls
        })
    }

    /// Ends, when everything was handed over.
    pub(super) fn stop(self, world: &World) {
        self.stop.cancel();
        world.block_on(self.publishing).unwrap();
        assert_eq!((self.meter.stats().lost(), self.meter.stats().waiting()), (0, 0));
    }
}

/// One of several tenants' calls, and how it went.
fn decide(meter: &Meter, number: u64) {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs().cast_signed();
    let outcome = OUTCOMES[usize::try_from(number % 4).unwrap()];
    let key = Key {
        tenant_id: Some(number % 23 + 1),
        environment: Some("production"),
        operation: Some("Jobs_GetList"),
        method: Some("GET"),
        ..Key::only(outcome)
    };
    meter.record_decision(&key, now);
    if outcome == Outcome::ALLOWED {
        let latency = Duration::from_micros(100 * (number % 50));
        meter.record_finished(&key, &Finished { status: 200, latency, bytes_in: 0, bytes_out: 512 }, now);
    }
}
