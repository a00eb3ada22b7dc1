//! A checkpoint in a file.

use std::{
    io::{ErrorKind, Write as _},
    path::PathBuf,
};

use tokio::task::spawn_blocking;

use super::{Checkpoint, Checkpoints, Failure};

/// Keeps a checkpoint in a file: a line of JSON, replaced as a whole.
#[derive(Debug, Clone)]
pub struct FileCheckpoints {
    path: PathBuf,
}

impl FileCheckpoints {
    /// The file need not be there yet, but its folder must. One consumer a file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl Checkpoints for FileCheckpoints {
    async fn load(&mut self) -> Result<Option<Checkpoint>, Failure> {
        match tokio::fs::read(&self.path).await {
            // A file that says something else is nobody's to overwrite.
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(Failure::stop),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn store(&mut self, checkpoint: Checkpoint) -> Result<(), Failure> {
        let path = self.path.clone();
        let write = move || -> std::io::Result<()> {
            let mut beside = path.clone().into_os_string();
            beside.push(".new");
            let mut file = std::fs::File::create(&beside)?;
            serde_json::to_writer(&mut file, &checkpoint)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(&beside, &path)
        };
        Ok(spawn_blocking(write).await??)
    }
}
