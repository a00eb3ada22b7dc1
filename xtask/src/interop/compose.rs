//! `docker-compose.yml`, read by docker-compose.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::project::{output, root};
use crate::step::{say, step};

/// What `docker-compose.yml` must refuse to start without.
const SECRETS: [&str; 7] = [
    "POSTGRES_PASSWORD",
    "NATS_RELAY_PASSWORD",
    "NATS_READER_PASSWORD",
    "NATS_METER_PASSWORD",
    "NATS_USAGE_PASSWORD",
    "CHANCERY_KEY",
    "CHANCERY_SEAL_KEY",
];

pub(super) fn check() -> Result<()> {
    install_compose()?;
    let version = output(Command::new("docker-compose").arg("--version"))?;
    say("using", version.trim());

    config(&SECRETS)?;
    say("ok", "docker-compose.yml is valid");
    for missing in SECRETS {
        let others: Vec<_> = SECRETS.into_iter().filter(|secret| *secret != missing).collect();
        ensure!(config(&others).is_err(), "docker-compose.yml would start without {missing}");
    }
    say("ok", "docker-compose.yml refuses to start without any one of its secrets");
    say("unchecked", "whether the image builds and starts: that takes a Docker daemon and its registry");
    Ok(())
}

fn install_compose() -> Result<()> {
    let installed = || Command::new("docker-compose").arg("--version").output().is_ok();
    let may_install = rustix::process::geteuid().is_root() && Path::new("/etc/debian_version").exists();
    if !installed() && may_install {
        step("installing Debian's docker-compose", |_| {
            let apt = |arguments: &[&str]| {
                output(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
            };
            apt(&["update"])?;
            apt(&["install", "--yes", "--no-install-recommends", "docker-compose"])
        })?;
    }
    ensure!(installed(), "docker-compose.yml not checked; on Debian: sudo apt-get install docker-compose");
    Ok(())
}

/// Has docker-compose read the file with `secrets` set and no other.
fn config(secrets: &[&str]) -> Result<()> {
    let mut compose = Command::new("docker-compose");
    compose.current_dir(root()).args(["--file", "docker-compose.yml", "config", "--quiet"]);
    for secret in SECRETS {
        compose.env_remove(secret);
    }
    compose.envs(secrets.iter().map(|secret| (*secret, "any")));
    output(&mut compose).map(drop)
}
