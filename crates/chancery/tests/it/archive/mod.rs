//! The log outside of its database: exported, interrupted, tampered with, imported.

mod exporting;
mod goes_on;
mod importing;
mod killed_exports;
mod killed_imports;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    cast::{Cast, SCOPES},
    checks::client,
    command_line::printed,
    eventually,
    process::{Address, Server},
    sealing::{SEED, execute, fill},
    world::World,
};

/// A log with something of everything, and the server that wrote it.
fn filled() -> (World, Server, Cast, String) {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    server.send(&cast.generate_secret(&app).key("secret")).expect(201);
    server.send(&cast.edit_scopes(&app, &SCOPES)).expect(200);
    // A command that changes nothing leaves an answer and no event.
    server.send(&cast.edit_scopes(&app, &SCOPES).key("again")).expect(200);
    server.send(&cast.upgrade(&app, 2)).expect(200);
    (world, server, cast, app)
}

/// A sealed log with so many events and their commands, and its key.
fn sealed(events: u64) -> (World, String) {
    let world = World::new();
    fill(&world, events);
    command_each(&world);
    let sealer = world.serve_with(&Address::fresh(), |command| {
        command.args(["--role", "sealer"]).env("CHANCERY_SEAL_KEY", SEED);
        command.env("CHANCERY_SEAL_EVERY_SECONDS", "1");
    });
    eventually("the log is sealed", || {
        let metrics = sealer.readiness().map(|_| sealer.ops("/metrics").text)?;
        metrics.contains(&format!("sealed_position {events}\n")).then_some(())
    });
    let key = printed(world.command(&["log", "key"]).env("CHANCERY_SEAL_KEY", SEED).output().unwrap());
    (world, key.trim().to_owned())
}

/// A folder for an export, which is not there yet.
pub(crate) fn folder() -> (TempDir, PathBuf) {
    let temporary = TempDir::new().unwrap();
    let folder = temporary.path().join("export");
    (temporary, folder)
}

pub(crate) fn run(world: &World, what: &str, folder: &Path, options: &[&str]) -> Output {
    world.run(&[&["log", what, folder.to_str().unwrap()], options].concat())
}

/// The manifest of the export that it makes.
#[track_caller]
pub(crate) fn export(world: &World, folder: &Path, options: &[&str]) -> Value {
    let options = [options, &["--output", "json"]].concat();
    serde_json::from_str(&printed(run(world, "export", folder, &options))).unwrap()
}

/// A command for every event of a log that was filled without any.
pub(crate) fn command_each(world: &World) {
    let sql = "INSERT INTO commands SELECT command_id, sha256(command_id::text::bytea), 201, \
               json_build_object('n', position), position, position, recorded_at FROM events ORDER BY position";
    execute(world, sql);
}

/// Everything that the log is, as text.
pub(crate) fn everything(world: &World) -> [Vec<String>; 3] {
    let rows = async |sql: &str| {
        let rows = client(world).await.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    world.block_on(async {
        [
            rows("SELECT events::text FROM events ORDER BY position").await,
            rows("SELECT commands::text FROM commands ORDER BY command_id").await,
            rows("SELECT head::text FROM head").await,
        ]
    })
}

/// The files of a folder by name.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// A pipe in the place of a file: who opens it waits for somebody at its other end.
fn pipe(path: &Path) {
    mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).unwrap();
}

/// The program at work. It ends with the test.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
    }

    #[track_caller]
    fn is_at_work(&mut self) {
        if let Some(status) = self.0.try_wait().unwrap() {
            let said = std::io::read_to_string(self.0.stderr.take().unwrap()).unwrap();
            panic!("it ended with {status}: {said}");
        }
    }

    fn kill9(mut self) {
        self.is_at_work();
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// How it ended, and why.
    fn ended(mut self) -> (Option<i32>, String) {
        let status = eventually("it ends", || self.0.try_wait().unwrap());
        (status.code(), std::io::read_to_string(self.0.stderr.take().unwrap()).unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
