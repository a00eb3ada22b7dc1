//! What is fetched or made once per machine: the pinned servers, and an empty Postgres cluster to copy.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::account::create_passable;
use crate::token;

/// The folder `name` of the cache. If it is missing, `make` fills a folder that becomes it whole, or not at all.
pub(crate) fn folder(name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let root = root()?;
    let folder = root.join(name);
    if folder.exists() {
        return Ok(folder);
    }
    let lock = File::create(root.join("lock"))?;
    lock.lock().with_context(|| format!("locking {}", root.display()))?;
    if !folder.exists() {
        let fresh = root.join(format!("{name}.{}", token()));
        create_passable(&fresh)?;
        let filled = make(&fresh).and_then(|()| Ok(fs::rename(&fresh, &folder)?));
        if filled.is_err() {
            let _ = fs::remove_dir_all(&fresh);
        }
        filled.with_context(|| format!("making {}", folder.display()))?;
    }
    Ok(folder)
}

/// Root's home is closed to the account that runs root's servers, so root uses the system's cache.
fn root() -> Result<PathBuf> {
    let parent = if rustix::process::geteuid().is_root() {
        PathBuf::from("/var/cache")
    } else {
        let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        cache
            .or_else(|| env::home_dir().map(|home| home.join(".cache")))
            .context("neither XDG_CACHE_HOME nor HOME is set")?
    };
    let root = parent.join("chancery-devkit");
    if !root.exists() {
        fs::create_dir_all(&parent).and_then(|()| create_passable(&root)).or_else(|error| {
            // Another process may have been quicker.
            if root.exists() {
                Ok(())
            } else {
                Err(error).with_context(|| format!("creating {}", root.display()))
            }
        })?;
    }
    Ok(root)
}
