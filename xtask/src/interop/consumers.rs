//! `docs/consumers.md`: its programs follow a private Chancery in Python and in TypeScript, by the clients that people
//! use there, and must know what the API says of every app, whatever happens in between.

mod follower;
mod histories;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::packages::{self, NodePackages, PythonPackages};
use crate::postgres_version::PgArg;
use crate::project::{build_chancery, output, root};
use crate::step::{say, step};
use crate::up::Private;
use follower::{Follower, Program};
use histories::Histories;

const REQUIREMENTS: &str = include_str!("../../interop/consumers/requirements.txt");
const PACKAGE: &str = include_str!("../../interop/consumers/package.json");
const LOCK: &str = include_str!("../../interop/consumers/package-lock.json");
/// How the document says that the program is compiled, and stricter.
const TSC: [&str; 10] = [
    "--strict",
    "--noUncheckedIndexedAccess",
    "--erasableSyntaxOnly",
    "--skipLibCheck",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--types",
    "node",
];
/// How often the stream may be overtaken by the log before it counts as silent.
const TRIES: usize = 20;

pub(super) fn check(pg: &PgArg) -> Result<()> {
    let folder = packages::folder("consumers")?;
    let python = PythonPackages::install(&folder, REQUIREMENTS)?;
    let node = NodePackages::install(&folder, PACKAGE, LOCK)?;
    let compiled = step("compiling docs/consumers/versions.ts", |_| compile(&node))?;
    let binary = build_chancery()?;
    let mut product = Private::start(&binary, pg, folder.join("chancery.log"))?;
    let mut histories = Histories::new(&product)?;
    let programs = [Program::python(&python), Program::node(compiled)];
    let mut followers = programs.map(|program| Follower::new(program, &product, &folder));

    from_the_beginning(&mut followers, &mut histories)?;
    product.check()?;
    while_nats_restarts(&mut followers, &mut histories, &product)?;
    product.check()?;
    after_kill(&mut followers, &mut histories)?;
    on_another_log(&mut followers)?;
    product.check()?;
    where_the_stream_forgot(&mut followers, &mut histories, &python, &product)
}

fn compile(node: &NodePackages) -> Result<PathBuf> {
    let source = root().join("docs/consumers/versions.ts");
    let copy = node.folder().join("versions.ts");
    fs::copy(&source, &copy).with_context(|| format!("copying {}", source.display()))?;
    let mut tsc = Command::new("node");
    tsc.arg("node_modules/typescript/bin/tsc").args(TSC).arg("versions.ts").current_dir(node.folder());
    output(&mut tsc)?;
    Ok(copy.with_extension("js"))
}

fn from_the_beginning(followers: &mut [Follower<'_>], histories: &mut Histories) -> Result<()> {
    histories.edit(3)?;
    for follower in followers {
        follower.begin_anew()?;
        follower.reaches(histories.position()?)?;
        let compared = histories.compare(follower)?;
        ensure!(
            follower.last_source() == "stream",
            "{} read the log where the stream has all",
            follower.name()
        );
        say("ok", &format!("{}: from the beginning: {compared}", follower.name()));
    }
    Ok(())
}

/// NATS stops amid edits: the log brings them. When NATS is back, the stream does again.
fn while_nats_restarts(
    followers: &mut [Follower<'_>],
    histories: &mut Histories,
    product: &Private,
) -> Result<()> {
    histories.edit(2)?;
    product.stop_nats();
    histories.edit(4)?;
    for follower in &mut *followers {
        follower.reaches(histories.position()?)?;
        ensure!(follower.last_source() == "log", "{} read a stream that is not there", follower.name());
        follower.begin_anew()?;
        follower.reaches(histories.position()?)?;
        let compared = histories.compare(follower)?;
        say("ok", &format!("{}: while NATS is away, also from the beginning: {compared}", follower.name()));
    }
    product.start_nats_again()?;
    for follower in followers {
        let brought = (0..TRIES).try_fold(false, |brought, _| -> Result<bool> {
            if !brought {
                histories.edit(1)?;
                follower.reaches(histories.position()?)?;
            }
            Ok(brought || follower.last_source() == "stream")
        })?;
        ensure!(brought, "{} does not go back to the stream:\n{}", follower.name(), follower.said());
        let compared = histories.compare(follower)?;
        say("ok", &format!("{}: with NATS again: {compared}", follower.name()));
    }
    Ok(())
}

/// Who is killed goes on where its file says, and does nothing twice: an event that came again would show.
fn after_kill(followers: &mut [Follower<'_>], histories: &mut Histories) -> Result<()> {
    for follower in &mut *followers {
        histories.edit(1)?;
        follower.kill();
    }
    histories.edit(3)?;
    for follower in followers {
        follower.start()?;
        follower.reaches(histories.position()?)?;
        let compared = histories.compare(follower)?;
        say("ok", &format!("{}: killed, and started again: {compared}", follower.name()));
    }
    Ok(())
}

fn on_another_log(followers: &mut [Follower<'_>]) -> Result<()> {
    for follower in followers {
        follower.kill();
        follower.claim_another_log()?;
        follower.start()?;
        let said = follower.ends()?;
        ensure!(said.contains("delete it and begin anew"), "{} says\n{said}", follower.name());
        say("ok", &format!("{}: what is of another log is not gone on with", follower.name()));
    }
    Ok(())
}

/// The stream loses all but its last message: whoever begins reads the rest from the log.
fn where_the_stream_forgot(
    followers: &mut [Follower<'_>],
    histories: &mut Histories,
    python: &PythonPackages,
    product: &Private,
) -> Result<()> {
    let program = root().join("xtask/interop/consumers/forget.py");
    let first = output(python.python().arg(program).arg(product.nats_relay_url()))?;
    let first: u64 = first.trim().parse().context("reading where the stream begins")?;
    ensure!(first > 1, "the stream still begins at {first}");
    histories.edit(1)?;
    for follower in followers {
        follower.begin_anew()?;
        follower.reaches(histories.position()?)?;
        let compared = histories.compare(follower)?;
        say("ok", &format!("{}: where the stream begins at {first}: {compared}", follower.name()));
    }
    Ok(())
}
