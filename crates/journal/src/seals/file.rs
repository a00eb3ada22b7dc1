//! A witness in a file: everything that it was told, one after the other, and so a proof by itself.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use chancery_wire::audit::{Checkpoint, Submission, VerifyingKey, verify_consistency};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::task::spawn_blocking;

use super::{Witness, WitnessError};

/// Appends to a file what it was told, and takes nothing that does not begin with what it has.
///
/// It protects as far as the file does: let it stand where whoever can write the database cannot.
#[derive(Debug, Clone)]
pub struct FileWitness {
    path: PathBuf,
    key: VerifyingKey,
    known: Arc<Mutex<Known>>,
}

/// What the file held when it was looked at last.
#[derive(Debug, Default)]
struct Known {
    length: u64,
    last: Option<Checkpoint>,
}

/// Reads what a witness's file holds, in order.
#[derive(Debug)]
pub struct WitnessRecords<R> {
    reader: R,
    /// Where the last whole record ends.
    end: u64,
}

impl FileWitness {
    /// Of the log that has this key.
    pub fn new(path: impl Into<PathBuf>, key: VerifyingKey) -> Self {
        Self { path: path.into(), key, known: Arc::default() }
    }

    fn take(&self, submission: &Submission) -> Result<(), WitnessError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let checkpoint = Checkpoint::open(&submission.note, &self.key).map_err(|error| refused(&error))?;
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        // Another sealer may be told at the same moment.
        file.lock()?;
        if file.metadata()?.len() != known.length || known.length == 0 {
            *known = self.read(&file)?;
        }
        let size = known.last.as_ref().map_or(0, |last| last.size);
        if submission.old != size {
            return Err(WitnessError::At { size });
        }
        if let Some(last) = &known.last {
            let same = checkpoint.size == last.size;
            let holds =
                verify_consistency(last.size, last.root, checkpoint.size, checkpoint.root, &submission.proof);
            match (holds, same) {
                (true, true) => return Ok(()),
                (true, false) => {}
                (false, true) => return Err(WitnessError::At { size }),
                (false, false) => {
                    return Err(WitnessError::Refused("this log does not begin with what it saw".into()));
                }
            }
        }
        let record = format!("{submission}\n");
        // What a crash left of a record that was never acknowledged.
        file.set_len(known.length)?;
        file.seek(SeekFrom::Start(known.length))?;
        file.write_all(record.as_bytes())?;
        file.sync_data()?;
        if known.length == 0 {
            // A new file is safe when its folder knows of it.
            let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        *known = Known { length: known.length + record.len() as u64, last: Some(checkpoint) };
        Ok(())
    }

    fn read(&self, file: &File) -> Result<Known, WitnessError> {
        let (mut records, mut last) = (WitnessRecords::new(BufReader::new(file)), None);
        while let Some(record) = records.next_record()? {
            // Another log's checkpoints may stand between.
            if Checkpoint::read(&record.note).is_ok_and(|checkpoint| checkpoint.origin == self.key.name()) {
                let checkpoint = Checkpoint::open(&record.note, &self.key);
                last = Some(checkpoint.map_err(|error| refused(&error))?);
            }
        }
        Ok(Known { length: records.end, last })
    }
}

fn refused(error: &dyn std::error::Error) -> WitnessError {
    WitnessError::Refused(error.to_string())
}

impl From<io::Error> for WitnessError {
    fn from(error: io::Error) -> Self {
        Self::Away(error.into())
    }
}

impl Witness for FileWitness {
    fn add<'a>(&'a mut self, submission: &'a Submission) -> BoxFuture<'a, Result<(), WitnessError>> {
        let (witness, submission) = (self.clone(), submission.clone());
        let taken = spawn_blocking(move || witness.take(&submission));
        async move { taken.await.unwrap_or_else(|error| Err(WitnessError::Away(error.into()))) }.boxed()
    }
}

impl fmt::Display for FileWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file:{}", self.path.display())
    }
}

impl<R: BufRead> WitnessRecords<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, end: 0 }
    }

    /// The next record; `None` at the end, also where the last one is not whole.
    pub fn next_record(&mut self) -> io::Result<Option<Submission>> {
        let mut record = String::new();
        // The proof, the checkpoint's text and its signatures, each with an empty line behind it.
        for _ in 0..3 {
            loop {
                let before = record.len();
                if self.reader.read_line(&mut record)? == 0 || !record.ends_with('\n') {
                    return Ok(None);
                }
                if &record[before..] == "\n" {
                    break;
                }
            }
        }
        let whole = record.strip_suffix('\n').and_then(|record| record.parse().ok());
        let submission = whole.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("not a checkpoint: {record}"))
        })?;
        self.end += record.len() as u64;
        Ok(Some(submission))
    }
}
