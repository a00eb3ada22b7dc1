//! Clients that do what an app's life consists of, and send each command again with the same key until it has an
//! answer, to one server or to the next.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::Value;
use ureq::Agent;
use uuid::Uuid;

use crate::{
    call::{Call, Reply},
    cast::{Bearer, Cast, SCOPES, app_id},
    eventually,
};

/// How command ids are made of keys, pinned: a key that was used must go on naming the same command.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0c_2c1b_98d4_4f0e_a3b5_1d27_5e8a_40c6);
/// How long a client waits for an answer before it asks again.
const IMPATIENCE: Duration = Duration::from_secs(2);
/// How long a command may take, with everything that happens to the servers.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two commands of a client, so that the checks at the end have a bounded number to look at.
const PAUSE: Duration = Duration::from_millis(10);

/// A command that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Ack {
    pub(crate) call: Call,
    pub(crate) command_id: Uuid,
    pub(crate) status: u16,
    pub(crate) position: u64,
    pub(crate) answer: Value,
    pub(crate) replayed: bool,
}

/// Clients are numbered over all loads, so that no two use the same keys.
static CLIENTS: AtomicUsize = AtomicUsize::new(0);

/// Clients at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
    acks: Arc<Mutex<Vec<Ack>>>,
    clients: Vec<JoinHandle<()>>,
}

struct Client {
    number: usize,
    cast: Cast,
    /// The app that every client works on.
    shared: String,
    urls: Vec<String>,
    turn: usize,
    commands: usize,
    agent: Agent,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
    acks: Arc<Mutex<Vec<Ack>>>,
}

impl Load {
    /// `clients` clients of the servers at `urls`, each beginning at another one.
    pub(crate) fn start(clients: usize, cast: &Cast, shared: &str, urls: &[String]) -> Self {
        let (stop, count, acks) = (Arc::default(), Arc::default(), Arc::default());
        let config = || Agent::config_builder().http_status_as_error(false).timeout_global(Some(IMPATIENCE));
        let clients = (0..clients).map(|_| {
            let number = CLIENTS.fetch_add(1, Ordering::Relaxed);
            let mut client = Client {
                number,
                cast: cast.clone(),
                shared: shared.to_owned(),
                urls: urls.to_owned(),
                turn: number,
                commands: 0,
                agent: config().build().into(),
                stop: Arc::clone(&stop),
                count: Arc::clone(&count),
                acks: Arc::clone(&acks),
            };
            thread::spawn(move || while client.life().is_some() {})
        });
        Self { clients: clients.collect(), stop, count, acks }
    }

    /// Waits until that many more commands are acknowledged.
    #[track_caller]
    pub(crate) fn goes_on(&self, commands: usize) {
        let before = self.count.load(Ordering::Relaxed);
        eventually("the load goes on", || {
            assert!(!self.clients.iter().any(JoinHandle::is_finished), "a client gave up");
            (self.count.load(Ordering::Relaxed) >= before + commands).then_some(())
        });
    }

    /// Everything that was acknowledged, when every client has an answer to its last command.
    pub(crate) fn finish(self) -> Vec<Ack> {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.join().unwrap();
        }
        std::mem::take(&mut *self.acks.lock().unwrap())
    }
}

impl Client {
    /// One app's life; `None` when it is time to stop.
    fn life(&mut self) -> Option<()> {
        let cast = self.cast.clone();
        let name = format!("App {} of client {}", self.commands, self.number);
        let app = app_id(&self.carry_out(&cast.developer, cast.create_app(&name))?);
        self.carry_out(&cast.reviewer, cast.approve(&app))?;
        self.carry_out(&cast.admin, cast.connect(&app, 1))?;
        self.carry_out(&cast.developer, cast.generate_secret(&app))?;
        self.carry_out(&cast.developer, cast.edit_scopes(&app, &SCOPES[..3]))?;
        self.carry_out(&cast.admin, cast.upgrade(&app, 2))?;
        // Here all clients meet; an edit to the same scopes changes nothing.
        let shared = self.shared.clone();
        let some = &SCOPES[..=self.commands % SCOPES.len()];
        self.carry_out(&cast.developer, cast.edit_scopes(&shared, some))?;
        self.carry_out(&cast.developer, cast.generate_secret(&shared))?;
        Some(())
    }

    /// Sends the command until it has an answer.
    fn carry_out(&mut self, bearer: &Bearer, call: Call) -> Option<Reply> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        thread::sleep(PAUSE);
        self.commands += 1;
        let key = format!("client-{}-command-{}", self.number, self.commands);
        let call = call.key(&key);
        let deadline = Instant::now() + PATIENCE;
        let reply = loop {
            let url = &self.urls[self.turn % self.urls.len()];
            let last = match call.send(&self.agent, url) {
                Ok(reply) if reply.is_success() => break reply,
                Ok(reply) if reply.is_passing() => reply.text,
                Ok(reply) => {
                    panic!("{} {} answered {}: {}", call.method, call.path, reply.status, reply.text)
                }
                Err(error) => error.to_string(),
            };
            assert!(Instant::now() < deadline, "no answer to {call:?}, only {last}");
            self.turn += 1;
            thread::sleep(PAUSE);
        };
        let name = format!("{}\n{}\n{}\n{key}", bearer.token_id, call.method, call.path);
        let ack = Ack {
            command_id: Uuid::new_v5(&NAMESPACE, name.as_bytes()),
            status: reply.status,
            position: reply.position(),
            answer: reply.json(),
            replayed: reply.replayed(),
            call,
        };
        self.acks.lock().unwrap().push(ack);
        self.count.fetch_add(1, Ordering::Relaxed);
        Some(reply)
    }
}
