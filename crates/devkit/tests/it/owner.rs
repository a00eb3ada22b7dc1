//! However the owner ends, its servers end with it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use chancery_devkit::{Nats, Postgres};

use crate::{eventually, runs};

const HELPER: &str = "owner::the_owner_that_is_killed";

struct Owner {
    process: Child,
    /// Kept open: the helper still prints when its test ends.
    _output: BufReader<ChildStdout>,
    servers: [u32; 2],
    data: PathBuf,
}

impl Owner {
    fn start() -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([HELPER, "--exact", "--ignored", "--nocapture"]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let told = output.by_ref().lines().map_while(Result::ok).find(|line| line.contains("owns ")).unwrap();
        let told = told.split_once("owns ").unwrap().1;
        let told: Vec<_> = told.splitn(3, ' ').collect();
        let servers = [told[0].parse().unwrap(), told[1].parse().unwrap()];
        Self { process, _output: output, servers, data: told[2].into() }
    }
}

#[test]
#[ignore = "not a test: `Owner` runs it as the process to be killed"]
fn the_owner_that_is_killed() {
    // A thread that ends at once: the servers must not hang on it.
    let (postgres, nats) =
        std::thread::spawn(|| (Postgres::start().unwrap(), Nats::start().unwrap())).join().unwrap();
    let data = std::fs::read_link(format!("/proc/{}/cwd", postgres.pid().unwrap())).unwrap();
    println!("owns {} {} {}", postgres.pid().unwrap(), nats.pid().unwrap(), data.display());
    // Until the end of the input, so that it outlives no test that forgets it.
    let _ = std::io::stdin().read(&mut [0]);
}

#[test]
fn servers_of_an_owner_killed_with_9_end_and_their_data_is_swept() {
    let mut owner = Owner::start();
    assert!(owner.servers.iter().all(|pid| runs(*pid)));
    owner.process.kill().unwrap();
    owner.process.wait().unwrap();
    eventually("both servers are gone", || !owner.servers.iter().any(|pid| runs(*pid)));

    let _next = Nats::start().unwrap();
    assert!(!Path::new(&owner.data).exists(), "{} was not swept", owner.data.display());
}

#[test]
fn a_sweep_leaves_the_servers_of_living_owners_alone() {
    let mut owner = Owner::start();
    let _other = Nats::start().unwrap();
    assert!(owner.servers.iter().all(|pid| runs(*pid)));
    assert!(owner.data.exists());
    drop(owner.process.stdin.take());
    owner.process.wait().unwrap();
    eventually("both servers are gone", || !owner.servers.iter().any(|pid| runs(*pid)));
}
