//! The SDK's examples, as the processes of another team: beside a real server, killed in the middle of their work.

mod mirror;
mod tail;

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use async_nats::jetstream;
use chancery_wire::{Topology, headers};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    call::{Call, agent},
    cast::{Bearer, Cast},
    checks::{connect, log, reaches},
    eventually,
    process::{Address, Server},
    world::World,
};

/// An example that runs. Killed when dropped.
pub(crate) struct Example {
    child: Child,
    printed: PathBuf,
}

impl Example {
    /// Starts it, knowing nothing but what it is told.
    pub(crate) fn start(name: &str, output: &Path, arrange: impl FnOnce(&mut Command)) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_chancery")).with_file_name("examples").join(name);
        assert!(is_current(&program), "build it first: cargo build -p chancery-sdk --examples");
        let printed = output.join(format!("{name}.log"));
        let log = File::options().create(true).append(true).open(&printed).unwrap();
        // Its end is the end of the thread that started it: no test leaves it behind.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path))).stdin(Stdio::null());
        arrange(&mut command);
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        Self { child, printed }
    }

    fn printed(&self) -> String {
        std::fs::read_to_string(&self.printed).unwrap()
    }

    fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has.
    #[track_caller]
    pub(crate) fn stop(mut self) -> String {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let ended: ExitStatus = eventually("the example ends", || self.child.try_wait().unwrap());
        assert!(ended.success(), "{ended}: {}", self.printed());
        self.printed()
    }

    /// Waits until it ends by itself, badly.
    #[track_caller]
    fn fails(mut self) -> String {
        let ended: ExitStatus = eventually("the example ends", || self.child.try_wait().unwrap());
        assert!(!ended.success(), "{}", self.printed());
        self.printed()
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether it was built from what is there now. A run over the whole workspace builds it, one of this package does not.
fn is_current(program: &Path) -> bool {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("sdk");
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let sources =
        ["src", "examples"].into_iter().filter_map(|folder| newest(&sdk.join(folder), &changed)).max();
    changed(program) >= sources
}

fn newest<T: Ord>(path: &Path, changed: &impl Fn(&Path) -> Option<T>) -> Option<T> {
    if !path.is_dir() {
        return changed(path);
    }
    let inside = path.read_dir().ok()?.flatten();
    inside.filter_map(|entry| newest(&entry.path(), changed)).max()
}

/// Where the log is, over NATS and over HTTP.
pub(crate) fn point(command: &mut Command, world: &World, url: &str, bearer: &Bearer) {
    command.env("NATS_URL", world.nats.reader_url());
    command.env("CHANCERY_URL", url).env("CHANCERY_TOKEN", &bearer.token);
}

/// Ends the server and makes the stream one that keeps the last three events; then a server again, which is not ready
/// because its relay has nothing to say to such a stream, and answers all the same.
fn beside_a_stream_that_forgets(world: &World, server: Server, cast: &Cast) -> Server {
    let events = log(world);
    reaches(world, events.len() as u64);
    drop(server);
    world.block_on(async {
        let jetstream = connect(&world.nats.relay_url()).await;
        let topology = Topology::default();
        let found = jetstream.get_stream(&topology.stream).await.unwrap().cached_info().config.clone();
        jetstream.delete_stream(&topology.stream).await.unwrap();
        let config = jetstream::stream::Config { max_messages: 3, deny_purge: false, ..found };
        jetstream.create_stream(&config).await.unwrap();
        let log_id = config.metadata[Topology::LOG_ID_KEY].parse().unwrap();
        for event in &events {
            let mut map = async_nats::HeaderMap::new();
            for (name, value) in headers::encode(event, log_id) {
                map.insert(name, value);
            }
            let subject = topology.event_subject(event);
            jetstream.publish_with_headers(subject, map, event.data.clone()).await.unwrap().await.unwrap();
        }
    });
    let server = world.serve_with(&Address::fresh(), |_| ());
    eventually("the API answers", || {
        let call = Call::get("/v1/events?limit=1").by(&cast.consumer);
        call.send(&agent(), &server.url).ok().filter(|reply| reply.status == 200)
    });
    server
}
