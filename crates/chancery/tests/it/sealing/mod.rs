//! Tamper evidence end to end: the real sealer, a superuser who stops at nothing, and the command line that tells.

mod imported;
mod proofs;
mod tampering;
mod witnesses;

use std::{path::Path, process::Output};

use serde_json::Value;

use crate::{
    checks::client,
    eventually,
    process::{Address, Server},
    world::World,
};

pub(crate) use proofs::verified;

pub(crate) const SEED: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// So many more events, as they might be.
pub(crate) fn fill(world: &World, events: u64) {
    let fill = format!(
        "WITH moved AS (UPDATE head SET position = position + {events} RETURNING position - {events} AS start)
         INSERT INTO events SELECT start + n, gen_random_uuid(), start + n, '2026-03-03 04:05:06.000007Z', CASE n % 3 WHEN 0 THEN n END,
            CASE n % 2 WHEN 0 THEN gen_random_uuid() END, gen_random_uuid(), gen_random_uuid(), NULL, 1, 'c', 's', 't',
            'person', 'p\"ü', CASE n % 5 WHEN 0 THEN 'trace' END, '{{\"n\":\"a, \\\"data\\\":ü\"}}'
            FROM moved, generate_series(1, {events}) AS n;
         SELECT pg_notify('chancery_head', position::text) FROM head"
    );
    execute(world, &fill);
}

/// As the database's superuser, whom no grant binds and no trigger stops.
pub(crate) fn execute(world: &World, sql: &str) {
    let sql = format!("SET session_replication_role = replica; {sql}");
    world.block_on(async { client(world).await.batch_execute(&sql).await.unwrap() });
}

/// The role alone; every ten events, every second.
fn sealer(world: &World, witness: Option<&str>) -> Server {
    sealer_of(world, "10", witness)
}

fn sealer_of(world: &World, events: &str, witness: Option<&str>) -> Server {
    world.serve_with(&Address::fresh(), |command| {
        command.args(["--role", "sealer"]).env("CHANCERY_SEAL_KEY", SEED);
        command.env("CHANCERY_SEAL_EVERY_EVENTS", events).env("CHANCERY_SEAL_EVERY_SECONDS", "1");
        if let Some(witness) = witness {
            command.env("CHANCERY_WITNESSES", witness);
        }
    })
}

/// Waits until so many events are sealed.
fn sealed(world: &World, server: &Server, size: u64) {
    eventually("the log is sealed", || {
        let metrics = server.ops("/metrics").text;
        metrics.contains(&format!("sealed_position {size}\n")).then_some(())
    });
    let seals = async {
        client(world).await.query_one("SELECT max(size) FROM seals", &[]).await.unwrap().get::<_, i64>(0)
    };
    assert_eq!(world.block_on(seals).cast_unsigned(), size);
}

/// So many events, which the witness at `path` has seen sealed; how the witness is named.
pub(crate) fn witnessed(world: &World, path: &Path, events: u64) -> String {
    let witness = format!("file:{}", path.display());
    fill(world, events);
    sealed(world, &sealer(world, Some(&witness)).ready(), events);
    witness
}

fn run(world: &World, arguments: &[&str]) -> Output {
    world.command(&[&["log"], arguments].concat()).env("CHANCERY_SEAL_KEY", SEED).output().unwrap()
}

/// What the recount says, and that the exit code says the same.
#[track_caller]
fn verify(world: &World, options: &[&str]) -> Value {
    let output = run(world, &[&["verify", "--output", "json"], options].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    assert_eq!(output.status.code(), Some(if report["as_sealed"] == true { 0 } else { 3 }), "{output:?}");
    report
}

/// The findings, without their sentences.
fn findings(report: &Value) -> Vec<Value> {
    let mut findings = report["findings"].as_array().unwrap().clone();
    for finding in &mut findings {
        assert!(!finding.as_object_mut().unwrap().remove("message").unwrap().as_str().unwrap().is_empty());
    }
    findings
}

/// The log's public key.
fn key(world: &World) -> String {
    let output = run(world, &["key"]);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
