//! A cluster of three servers, each of which is killed in turn.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use chancery_devkit::NatsBinary;
use chancery_relay::{Relay, Settings};
use chancery_sdk::{Consumer, Filter, Position, connect};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    consuming::Keeper,
    world::{World, quick},
};

/// A leader is chosen after seconds, on a machine that does other things too: longer than other tests wait for anything.
const ELECTED: Duration = Duration::from_mins(1);

struct Cluster {
    folder: TempDir,
    binary: NatsBinary,
    /// Loopback is a network of 16 million addresses: nobody needs to look for free ports.
    address: String,
    nodes: Vec<Option<Child>>,
}

impl Cluster {
    fn start() -> Result<Self> {
        let byte = || fastrand::u8(1..255);
        let address = format!("127.{}.{}.{}", byte(), byte(), byte());
        let nodes = (0..3).map(|_| None).collect();
        let mut cluster = Self { folder: TempDir::new()?, binary: NatsBinary::find()?, address, nodes };
        (0..3).try_for_each(|node| cluster.start_node(node))?;
        Ok(cluster)
    }

    fn urls(&self) -> String {
        let url = |node: usize| format!("nats://{}:{}", self.address, 14220 + node);
        (0..3).map(url).collect::<Vec<_>>().join(",")
    }

    fn start_node(&mut self, node: usize) -> Result<()> {
        let (folder, address) = (self.folder.path(), &self.address);
        let routes: Vec<_> = (0..3).map(|other| format!("\"nats://{address}:{}\"", 16220 + other)).collect();
        let config = format!(
            "server_name: n{node}\nlisten: \"{address}:{}\"\nmax_payload: 1MB\n\
             jetstream {{ store_dir: \"{}\" }}\n\
             cluster {{ name: c, listen: \"{address}:{}\", routes: [{}] }}\n",
            14220 + node,
            folder.join(format!("n{node}")).display(),
            16220 + node,
            routes.join(", "),
        );
        let file = folder.join(format!("n{node}.conf"));
        std::fs::write(&file, config)?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(self.binary.program()).arg("-c").arg(&file);
        let log = std::fs::File::create(folder.join(format!("n{node}.log")))?;
        self.nodes[node] = Some(command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?);
        Ok(())
    }

    fn kill9(&mut self, node: usize) {
        if let Some(mut child) = self.nodes[node].take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        (0..3).for_each(|node| self.kill9(node));
    }
}

async fn reaches(what: &str, keeper: &Keeper, head: Position) -> Result<()> {
    let deadline = Instant::now() + ELECTED;
    while keeper.position() < head {
        anyhow::ensure!(Instant::now() < deadline, "{what} is at {} of {head}", keeper.position());
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_go_on_while_each_server_of_a_cluster_is_killed_in_turn() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let urls = cluster.urls();
    let world = World::at(urls.clone(), urls.clone())?;
    let settings = Settings { replicas: 3, ..quick() };
    let relay = Relay::new(world.journal.clone(), connect(&urls).await?, world.topology.clone(), settings);
    let relaying = tokio::spawn(relay.run(CancellationToken::new()));

    let stop = CancellationToken::new();
    let (everything, wanted) = (Keeper::default(), Keeper::default());
    let mut running = Vec::new();
    for (keeper, filter) in [(&everything, Filter::all()), (&wanted, Filter::all().types(["AppCreated"])?)] {
        let consumer = Consumer::new(connect(&urls).await?, world.topology.clone()).wanting(filter);
        let (keeper, stop) = (keeper.clone(), stop.clone());
        running.push(tokio::spawn(async move { consumer.run(keeper, stop.cancelled()).await }));
    }
    let mut expected = Vec::new();
    for node in 0..3 {
        for _ in 0..2 {
            world.append(20).await?;
            let head = world.append_of("AppCreated", None, None, std::iter::once("{}".to_owned())).await?;
            expected.push(head.get());
            reaches("who wants everything", &everything, head).await?;
            reaches("who wants some", &wanted, head).await?;
            if cluster.nodes[node].is_some() {
                cluster.kill9(node);
            }
        }
        cluster.start_node(node)?;
    }
    stop.cancel();
    for run in running {
        run.await?.context("a consumer ended")?;
    }
    relaying.abort();
    let all: Vec<u64> = (1..=world.head().await?.get()).collect();
    assert_eq!(everything.positions(), all);
    assert_eq!(wanted.positions(), expected);
    Ok(())
}
