//! Where a server's data lies, and the sweeping of what dead owners left behind.

use std::fs::{self, File, TryLockError};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::account::{Account, create_passable};
use crate::token;

/// A folder for one server.
#[derive(Debug)]
pub(crate) enum Place {
    /// Goes with its owner. The lock says that the owner lives; the kernel lets go of it when the owner dies.
    Temporary { path: PathBuf, _lock: File },
    /// Stays.
    Kept { path: PathBuf },
}

impl Place {
    /// `keep_in`, or a fresh temporary folder.
    pub(crate) fn open(keep_in: Option<&Path>, account: &Account) -> Result<Self> {
        match keep_in {
            None => Self::temporary(account),
            Some(path) => {
                fs::create_dir_all(path).with_context(|| format!("creating {}", path.display()))?;
                let path = path.canonicalize()?;
                ensure!(account.reaches(&path), "{} is closed to the account of the servers", path.display());
                Ok(Self::Kept { path })
            }
        }
    }

    fn temporary(account: &Account) -> Result<Self> {
        let root = temporary_root(account)?;
        let path = root.join(token());
        let lock = {
            // Otherwise a sweep could take the folder between its creation and its locking.
            let guard = File::create(root.join("sweep.lock"))?;
            guard.lock()?;
            sweep(&root);
            create_passable(&path)?;
            let lock = File::create(path.join("owner.lock"))?;
            lock.try_lock()?;
            lock
        };
        Ok(Self::Temporary { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Temporary { path, .. } | Self::Kept { path } => path,
        }
    }

    pub(crate) fn is_kept(&self) -> bool {
        matches!(self, Self::Kept { .. })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Temporary { path, .. } = self {
            // What stays is swept at the next start.
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// `wanted` for data that stays, or a folder under `/var/tmp` that stands for it where the account of the servers cannot
/// pass (root's servers and a checkout under a 0700 home).
pub fn usable_data_dir(wanted: &Path) -> Result<PathBuf> {
    fs::create_dir_all(wanted).with_context(|| format!("creating {}", wanted.display()))?;
    let wanted = wanted.canonicalize()?;
    if Account::for_servers()?.reaches(&wanted) {
        return Ok(wanted);
    }
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&wanted);
    let instead = PathBuf::from(format!("/var/tmp/chancery-{hash:016x}"));
    own_folder(&instead)?;
    Ok(instead)
}

/// `/tmp/chancery-devkit-<uid>`, or the same elsewhere if the servers cannot pass there.
fn temporary_root(account: &Account) -> Result<PathBuf> {
    let name = format!("chancery-devkit-{}", rustix::process::geteuid().as_raw());
    let parents = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
    let parent = parents
        .into_iter()
        .find(|parent| account.reaches(parent))
        .context("the account of the servers can pass neither TMPDIR nor /tmp nor /var/tmp")?;
    let root = parent.join(name);
    own_folder(&root)?;
    Ok(root)
}

/// Creates `path`, or makes sure that nobody else made it: its parent is writable by all.
fn own_folder(path: &Path) -> Result<()> {
    create_passable(path)
        .or_else(|error| if path.exists() { Ok(()) } else { Err(error) })
        .with_context(|| format!("creating {}", path.display()))?;
    let meta = path.symlink_metadata()?;
    let ours = meta.is_dir() && meta.uid() == rustix::process::geteuid().as_raw();
    ensure!(ours, "{} belongs to somebody else", path.display());
    Ok(())
}

/// Removes the folders whose owners died, and ends servers that the parent-death signal missed (it cannot reach one whose
/// owner died before `setpriv` set it).
fn sweep(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !has_owner(&path) {
            kill_servers_in(&path);
            // A half-removed folder is swept next time.
            let _ = fs::remove_dir_all(&path);
        }
    }
}

fn has_owner(path: &Path) -> bool {
    let Ok(lock) = File::open(path.join("owner.lock")) else { return false };
    matches!(lock.try_lock(), Err(TryLockError::WouldBlock))
}

fn kill_servers_in(path: &Path) {
    let Some(path) = path.to_str() else { return };
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw)
        else {
            continue;
        };
        let command_line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let is_server = command_line
            .split(|byte| *byte == 0)
            .any(|argument| Path::new(&*String::from_utf8_lossy(argument)).starts_with(path));
        if is_server {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}
