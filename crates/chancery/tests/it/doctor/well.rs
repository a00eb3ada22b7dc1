//! A deployment in which nothing is amiss, and how it reads.

use std::process::Command;

use tempfile::TempDir;

use super::{secrets, until};
use crate::{
    cast::Cast,
    process::{Address, Server},
    sealing::SEED,
    text::redacted,
    world::World,
};

/// Everything that a deployment has, and where a doctor may ask.
struct Deployment {
    world: World,
    server: Server,
    witness: TempDir,
}

impl Deployment {
    fn new() -> Self {
        let (world, witness) = (World::new(), TempDir::new().unwrap());
        let server = world.serve_with(&Address::fresh(), |command| {
            Self::seal(command, &witness);
            command
                .env("CHANCERY_KEY", SEED)
                .env("CHANCERY_SEAL_EVERY_EVENTS", "5")
                .env("CHANCERY_SEAL_EVERY_SECONDS", "1");
        });
        Self { server: server.ready(), world, witness }
    }

    fn seal(command: &mut Command, witness: &TempDir) {
        let witness = format!("file:{}", witness.path().join("witness").display());
        command.env("CHANCERY_SEAL_KEY", SEED).env("CHANCERY_WITNESSES", witness);
    }

    fn point(&self, command: &mut Command) {
        Self::seal(command, &self.witness);
        command.env("CHANCERY_OPS_URL", &self.server.ops_url);
        command.env("CHANCERY_NATS_MONITORING_URL", self.world.nats.monitoring_url());
    }
}

#[test]
fn all_is_well_where_all_is_well() {
    let deployment = Deployment::new();
    let Deployment { world, server, .. } = &deployment;
    let cast = Cast::new(world, server);
    cast.connected_app(server);
    // How full the disk of this machine is, and whether that can be seen, is its own business.
    let elsewhere = |id: &&str| id.starts_with("disk.");
    let point = |command: &mut Command| deployment.point(command);
    let well = until("all is well", world, point, |found| {
        let lags = |id: &String| {
            (id.starts_with("positions.") || id.starts_with("projections."))
                && found.checks[id]["detail"]["lag_events"].as_u64().unwrap_or(0) > 0
        };
        let not_ok = ["unknown", "warning", "failure"].iter().flat_map(|verdict| found.with(verdict));
        not_ok.filter(|id| !elsewhere(id)).count() == 0 && !found.checks.keys().any(lags)
    });
    well.expect("settings.sync_interval", "ok", "every");
    well.expect("log.id", "ok", "in the log and in the stream");
    well.expect("positions.checkpoint", "ok", "signed");
    well.expect("nats.users", "ok", "CHANCERY_NATS_USAGE_URL got in");
    assert_eq!(well.check("projections.apps")["detail"]["shards"][0]["lag_events"], 0);

    let mut command = world.command(&["doctor"]);
    deployment.point(&mut command);
    let table = String::from_utf8(command.output().unwrap().stdout).unwrap();
    for secret in secrets(world) {
        assert!(!table.contains(&secret), "{table}");
    }
    insta::assert_snapshot!("doctor_well", steady(&table));
}

/// Without what the machine, the servers' versions and the log's length say.
fn steady(table: &str) -> String {
    let table = redacted(table);
    // What follows the table is about the disk of this machine.
    let lines = table.lines().filter(|line| !line.starts_with("unknown ") && !line.starts_with("warning "));
    let steady = lines.map(|line| {
        let (id, rest) = line.trim().split_once(' ').unwrap_or((line, ""));
        match id {
            "postgres.server" | "nats.server" | "postgres.login" => {
                format!("{id} {}", rest.split(' ').next().unwrap_or_default())
            }
            id if id.starts_with("disk.") => id.to_owned(),
            id if id.starts_with("processes.") => format!("processes.[address] {}", numberless(rest)),
            _ => numberless(line.trim()),
        }
    });
    steady.collect::<Vec<_>>().join("\n")
}

fn numberless(line: &str) -> String {
    let mut numberless = String::new();
    for letter in line.chars() {
        if !letter.is_ascii_digit() {
            numberless.push(letter);
        } else if !numberless.ends_with('#') {
            numberless.push('#');
        }
    }
    numberless.replace("#.#", "#")
}
