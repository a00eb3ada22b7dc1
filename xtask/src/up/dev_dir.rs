//! `.dev/`: what `up` keeps between starts. Git ignores it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::Endpoints;
use crate::project::root;

#[derive(Debug)]
pub(crate) struct DevDir {
    path: PathBuf,
}

/// What the supervisor tells others, and the next start.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) pid: i32,
    /// Whether everything answers. Until then the endpoints are those of the last time.
    pub(crate) ready: bool,
    pub(crate) endpoints: Option<Endpoints>,
    /// Of our own servers, so that the next start takes the same if they are free.
    pub(crate) postgres_port: Option<u16>,
    pub(crate) nats_port: Option<u16>,
}

impl DevDir {
    pub(crate) fn open() -> Result<Self> {
        let path = root().join(".dev");
        fs::create_dir_all(&path).with_context(|| format!("creating {}", path.display()))?;
        Ok(Self { path })
    }

    /// The supervisor's lock, held until it is dropped.
    pub(crate) fn lock(&self) -> Result<File> {
        let file = self.lock_file()?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => bail!("another `cargo xtask up` is starting or running"),
            Err(TryLockError::Error(error)) => Err(error).context("locking .dev/lock"),
        }
    }

    /// Whether a supervisor lives, ready or not.
    pub(crate) fn is_locked(&self) -> Result<bool> {
        Ok(matches!(self.lock_file()?.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// The state of the supervisor that lives.
    pub(crate) fn running(&self) -> Result<Option<State>> {
        Ok(if self.is_locked()? { Some(self.state()) } else { None })
    }

    /// The state that the last supervisor wrote, which may be gone.
    pub(crate) fn state(&self) -> State {
        let written = fs::read(self.file("state.json")).ok();
        written.and_then(|state| serde_json::from_slice(&state).ok()).unwrap_or_default()
    }

    pub(crate) fn write_state(&self, state: &State) -> Result<()> {
        self.write_secret("state.json", state)
    }

    /// Writes what holds passwords or tokens: whole or not at all, for our eyes only.
    pub(crate) fn write_secret(&self, name: &str, content: &impl Serialize) -> Result<()> {
        let fresh = self.file(&format!("{name}.new"));
        let write = || -> Result<()> {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            serde_json::to_writer_pretty(&mut file, content)?;
            file.write_all(b"\n")?;
            Ok(fs::rename(&fresh, self.file(name))?)
        };
        write().with_context(|| format!("writing .dev/{name}"))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where our own servers keep their data.
    pub(crate) fn data(&self) -> Result<PathBuf> {
        chancery_devkit::usable_data_dir(&self.path.join("data"))
    }

    /// Throws everything away but the lock.
    pub(crate) fn clear(&self) -> Result<()> {
        let _lock = self.lock()?;
        self.clear_locked()
    }

    /// The same for the supervisor, who holds the lock.
    pub(crate) fn clear_locked(&self) -> Result<()> {
        remove(&self.data()?)?;
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path != self.file("lock") {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn lock_file(&self) -> Result<File> {
        File::create(self.file("lock")).context("opening .dev/lock")
    }
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.with_context(|| format!("removing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_holds_secrets_is_for_our_eyes_only_even_over_an_older_file() {
        let folder = tempfile::tempdir().unwrap();
        let dev = DevDir { path: folder.path().into() };
        fs::write(dev.file("credentials.json"), "{}").unwrap();
        dev.write_secret("credentials.json", &serde_json::json!({"tokens": {}})).unwrap();
        let mode = fs::metadata(dev.file("credentials.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_state_of_a_supervisor_that_is_gone_is_not_taken_for_a_running_one() {
        let folder = tempfile::tempdir().unwrap();
        let dev = DevDir { path: folder.path().into() };
        let lock = dev.lock().unwrap();
        dev.write_state(&State { pid: 7, postgres_port: Some(16_000), ..State::default() }).unwrap();
        assert_eq!(dev.running().unwrap().map(|state| state.pid), Some(7));
        drop(lock);
        assert!(dev.running().unwrap().is_none());
        assert_eq!(dev.state().postgres_port, Some(16_000));
    }

    #[test]
    fn nothing_is_cleared_under_a_running_supervisor() {
        let folder = tempfile::tempdir().unwrap();
        let dev = DevDir { path: folder.path().into() };
        let _lock = dev.lock().unwrap();
        fs::write(dev.file("credentials.json"), "{}").unwrap();
        assert!(dev.clear().is_err());
        assert!(dev.file("credentials.json").exists());
    }
}
