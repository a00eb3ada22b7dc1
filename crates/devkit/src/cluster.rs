//! An empty Postgres cluster in a few tens of milliseconds: `initdb` runs once per version, later ones are copies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::resolve::PostgresBinaries;
use crate::secret::secret;
use crate::{cache, token};

/// Where the superuser's password lies in a cluster: beside Postgres' own files, closed like them.
const PASSWORD: &str = "chancery.password";

/// The cluster in `data`, made if it is missing. Returns the superuser's password.
pub(crate) fn ensure(data: &Path, binaries: &PostgresBinaries, account: &Account) -> Result<String> {
    if !data.join("PG_VERSION").exists() {
        let name: String =
            binaries.version.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let template = cache::folder(&format!("initdb-{name}-{}", account.uid()), |folder| {
            init(folder, binaries, account)
        })?;
        copy(&template, data).with_context(|| format!("copying an empty cluster to {}", data.display()))?;
    }
    let password = data.join(PASSWORD);
    fs::read_to_string(&password).with_context(|| format!("reading {}", password.display()))
}

fn init(folder: &Path, binaries: &PostgresBinaries, account: &Account) -> Result<()> {
    account.give(folder)?;
    let data = folder.join("data");
    let password: PathBuf = folder.join(PASSWORD);
    secret(&password)?;
    account.give(&password)?;
    let mut initdb = account.command(&binaries.folder.join("initdb"), "KILL");
    initdb.arg("-D").arg(&data).arg("--pwfile").arg(&password).args([
        "--username=postgres",
        "--encoding=UTF8",
        "--locale=C",
        // Checked by the server in C, where SCRAM would cost an unoptimised client 50 ms per connection.
        "--auth=password",
        "--no-sync",
    ]);
    let output = initdb.output().with_context(|| format!("starting {initdb:?}"))?;
    if !output.status.success() {
        bail!("initdb ended with {}:\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    fs::rename(password, data.join(PASSWORD))?;
    Ok(())
}

/// `cp` keeps owners and modes, and shares blocks where the file system can.
fn copy(template: &Path, data: &Path) -> Result<()> {
    let fresh = data.with_extension(token());
    let mut cp = Command::new("cp");
    cp.args(["-a", "--reflink=auto"]).arg(template.join("data")).arg(&fresh);
    let output = cp.output().context("starting cp")?;
    if !output.status.success() {
        bail!("cp ended with {}:\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    fs::rename(fresh, data)?;
    Ok(())
}
