//! Who runs the servers. Postgres refuses to run as root, so root hands its servers to `postgres`, else `nobody`.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// The account under which servers run.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
    /// Whether it is another than our own.
    dropped: bool,
}

impl Account {
    pub(crate) fn for_servers() -> Result<Self> {
        let uid = rustix::process::geteuid();
        if !uid.is_root() {
            return Ok(Self { uid: uid.as_raw(), gid: rustix::process::getegid().as_raw(), dropped: false });
        }
        let passwd = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| find_account(&passwd, name))
            .map(|(uid, gid)| Self { uid, gid, dropped: true })
            .context("as root, Postgres must run under another account, and neither `postgres` nor `nobody` exists")
    }

    pub(crate) fn uid(&self) -> u32 {
        self.uid
    }

    /// Makes `path` belong to the account.
    pub(crate) fn give(&self, path: &Path) -> Result<()> {
        if self.dropped {
            chown(path, Some(self.uid), Some(self.gid))
                .with_context(|| format!("giving {} to uid {}", path.display(), self.uid))?;
        }
        Ok(())
    }

    /// Whether the account may pass through every folder above `path`, and `path` itself if it is one.
    pub(crate) fn reaches(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else { return false };
        !self.dropped || path.ancestors().all(|folder| self.may_enter(folder))
    }

    fn may_enter(&self, path: &Path) -> bool {
        let Ok(meta) = path.metadata() else { return false };
        let class = match () {
            () if meta.uid() == self.uid => 0o100,
            () if meta.gid() == self.gid => 0o010,
            () => 0o001,
        };
        meta.mode() & class != 0
    }

    /// A command that runs `program` under the account and gets `death_signal` when the thread that started it ends:
    /// see [`crate::process`].
    pub(crate) fn command(&self, program: &Path, death_signal: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", death_signal]);
        if self.dropped {
            command.args([format!("--reuid={}", self.uid), format!("--regid={}", self.gid)]);
            command.arg("--clear-groups");
        }
        command.arg("--").arg(program);
        // Neither PGDATA and its kin nor a language that changes the messages we look for.
        command.env_clear().env("LC_ALL", "C").current_dir("/");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }
}

/// A new folder that others may pass through but not list, whatever our umask.
pub(crate) fn create_passable(path: &Path) -> std::io::Result<()> {
    fs::create_dir(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o711))
}

fn find_account(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        Some((uid, fields.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let passwd =
            "root:x:0:0::/root:/bin/sh\npostgresql:x:9:9::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(find_account(passwd, "postgres"), Some((101, 104)));
        assert_eq!(find_account(passwd, "nobody"), None);
    }
}
