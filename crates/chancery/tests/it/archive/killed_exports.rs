//! Exports whose process is killed, or whose disk is full: what goes on with them makes what an undisturbed one makes.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read as _},
    os::unix::{fs::OpenOptionsExt as _, process::ExitStatusExt as _},
    path::Path,
    process::{Command, Output},
};

use rustix::{fs::OFlags, process::Signal};
use serde_json::Value;

use super::{Running, export, files, folder, pipe, run, sealed};
use crate::{
    command_line::{failed, printed},
    eventually,
    sealing::{fill, verified},
    world::World,
};

/// Events, and how many are in a file: more than a pipe takes on, also when they are compressed.
const EVENTS: u64 = 6_000;
const PER_FILE: &str = "2500";
/// What is written of a file when its process is killed, at least; a pipe takes 65,536 bytes more.
const WRITTEN: usize = 10_000;

fn command(world: &World, folder: &Path, options: &[&str]) -> Command {
    world.command(&[&["log", "export", folder.to_str().unwrap()], options].concat())
}

/// The same command where no file may have more bytes. Then the kernel ends it in the middle of a write, as a kill would;
/// unless it is told not to: then there is no more room.
fn short_of_room(command: &Command, most: u64, ended: bool) -> Output {
    let signal = if ended { "--default-signal=XFSZ" } else { "--ignore-signal=XFSZ" };
    let mut short = Command::new("env");
    short.args([signal, "prlimit", "--core=0", &format!("--fsize={most}")]);
    short.arg(command.get_program()).args(command.get_args()).env_clear();
    short.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).output().unwrap()
}

/// What comes out of a pipe until somebody has written so much, or until everybody is gone.
fn read(pipe: &mut File, bytes: &mut Vec<u8>, at_least: usize) -> bool {
    let mut block = [0; 1 << 12];
    while bytes.len() < at_least {
        match pipe.read(&mut block) {
            Ok(0) => return false,
            Ok(read) => bytes.extend_from_slice(&block[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) => panic!("{error}"),
        }
    }
    true
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).into_iter().map(|(name, _)| name).collect()
}

/// It is neither an export to whoever reads it, nor one that claims to be whole.
fn is_not_whole(folder: &Path, key: &str) {
    assert_eq!(manifest(folder)["complete"], false);
    assert_eq!(verified(folder, key), (Some(1), Some(1)));
}

#[test]
fn an_export_that_is_killed_again_and_again_becomes_the_export() {
    let (world, key) = sealed(EVENTS);
    for (grown, options) in [
        (0, &["--compression", "none"][..]),
        (0, &[]),
        // The log goes on meanwhile.
        (7, &["--format", "csv", "--compression", "none"]),
    ] {
        let options = [options, &["--events-per-file", PER_FILE]].concat();
        let ((_one, whole), (_two, broken)) = (folder(), folder());
        let undisturbed = export(&world, &whole, &options);
        assert_eq!(
            (&undisturbed["last"], &undisturbed["commands"]["rows"]),
            (&EVENTS.into(), &EVENTS.into())
        );
        assert_eq!(verified(&whole, &key), (Some(0), Some(0)));
        let name = |number: usize| undisturbed["files"][number]["name"].as_str().unwrap().to_owned();
        let part = |name: &str| broken.join(format!("{name}.part"));
        let commands = undisturbed["commands"]["name"].as_str().unwrap();
        let command = || command(&world, &broken, &options);

        // In the middle of the first file.
        let output = short_of_room(&command(), WRITTEN as u64, true);
        assert_eq!(output.status.signal(), Some(Signal::XFSZ.as_raw()), "{output:?}");
        assert_eq!(fs::metadata(part(&name(0))).unwrap().len(), WRITTEN as u64);
        is_not_whole(&broken, &key);

        // In the middle of the second, of which the disk has what came out of the pipe.
        let second = part(&name(1));
        pipe(&second);
        let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
        let mut end = File::options().read(true).custom_flags(nonblocking).open(&second).unwrap();
        let (mut running, mut bytes) = (Running::start(&mut command()), Vec::new());
        eventually("it is in the second file", || {
            running.is_at_work();
            read(&mut end, &mut bytes, WRITTEN).then_some(())
        });
        running.kill9();
        read(&mut end, &mut bytes, usize::MAX);
        assert!((bytes.len() as u64) < undisturbed["files"][1]["bytes"].as_u64().unwrap());
        fs::remove_file(&second).unwrap();
        fs::write(&second, bytes).unwrap();
        assert_eq!(manifest(&broken)["count"], 2_500);
        is_not_whole(&broken, &key);

        // When the second file is whole, and the manifest is about to tell of it.
        pipe(&part("manifest.json"));
        let mut running = Running::start(&mut command());
        eventually("the second file is there", || {
            running.is_at_work();
            broken.join(name(1)).exists().then_some(())
        });
        running.kill9();
        fs::remove_file(part("manifest.json")).unwrap();
        fs::write(part("manifest.json"), "{\"format\": \"chanc").unwrap();
        assert_eq!(manifest(&broken)["count"], 2_500);
        is_not_whole(&broken, &key);

        // When all events are there, and no commands. Nobody else gets into the folder meanwhile.
        pipe(&part(commands));
        let mut running = Running::start(&mut command());
        eventually("all events are there", || {
            running.is_at_work();
            (manifest(&broken)["count"] == EVENTS).then_some(())
        });
        let (code, said) = Running::start(&mut command()).ended();
        assert!(code == Some(1) && said.contains("another export is writing to"), "{said}");
        running.kill9();
        fs::remove_file(part(commands)).unwrap();
        is_not_whole(&broken, &key);

        if grown > 0 {
            fill(&world, grown);
        }
        export(&world, &broken, &options);
        assert_eq!(names(&broken), names(&whole));
        assert!(files(&broken) == files(&whole), "they are the same, byte for byte");
        assert_eq!(verified(&broken, &key), (Some(0), Some(0)));
    }
}

#[test]
fn an_export_that_has_no_room_says_so_and_goes_on_when_it_has() {
    let world = World::new();
    fill(&world, 1_000);
    let ((_one, whole), (_two, broken)) = (folder(), folder());
    let options = ["--compression", "none"];
    let output = short_of_room(&command(&world, &broken, &options), WRITTEN as u64, false);
    let said = failed(output, 1);
    assert!(said.contains(".ndjson.part: File too large"), "{said}");
    assert_eq!(names(&broken), ["events-000000000001-000000001000.ndjson.part", "manifest.json"]);
    // Nor is there room for the manifest.
    let output = short_of_room(&command(&world, &whole, &options), 10, false);
    let said = failed(output, 1);
    assert!(said.contains("manifest.json: File too large"), "{said}");
    for folder in [&broken, &whole] {
        export(&world, folder, &options);
    }
    assert_eq!(names(&broken), names(&whole));
    assert!(files(&broken) == files(&whole));
    printed(run(&World::new(), "import", &broken, &[]));
}
