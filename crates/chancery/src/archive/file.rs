//! Files of an export: compressed and hashed as they are written and read.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use anyhow::{Context as _, anyhow, ensure};
use sha2::{Digest as _, Sha256};

use super::{
    hex,
    manifest::{Compression, File},
};

/// Blocks that wait to be written. With their size, this is what an export has in memory.
const WAITING: usize = 4;
/// Fast, and a tenth of the size: a line has much in common with its neighbours.
const LEVEL: i32 = 1;

/// A file that is being written, on a thread of its own: while a block is compressed and hashed, the next is made.
#[derive(Debug)]
pub(crate) struct Sink {
    path: PathBuf,
    blocks: SyncSender<Vec<u8>>,
    writer: JoinHandle<anyhow::Result<(u64, String)>>,
}

impl Sink {
    /// Begins `name` in `folder`. Until it is finished it has another name.
    pub(crate) fn begin(folder: &Path, name: &str, compression: Compression) -> anyhow::Result<Self> {
        let path = folder.join(name);
        let part = partial(&path);
        let file = fs::File::create(&part).with_context(|| format!("writing {}", part.display()))?;
        let (blocks, waiting) = sync_channel::<Vec<u8>>(WAITING);
        let writer = thread::spawn(move || {
            let mut hashing = Hashing { inner: file, hash: Sha256::new(), bytes: 0 };
            let mut write = || {
                match compression {
                    Compression::None => waiting.iter().try_for_each(|block| hashing.write_all(&block))?,
                    Compression::Zstd => {
                        let mut encoder = zstd::Encoder::new(&mut hashing, LEVEL)?;
                        encoder.include_checksum(true)?;
                        waiting.iter().try_for_each(|block| encoder.write_all(&block))?;
                        encoder.finish()?;
                    }
                }
                hashing.inner.sync_all()
            };
            write().with_context(|| format!("writing {}", part.display()))?;
            Ok((hashing.bytes, hashing.hex()))
        });
        Ok(Self { path, blocks, writer })
    }

    pub(crate) fn write(&self, block: Vec<u8>) -> anyhow::Result<()> {
        // It fails only where the writer has ended before its time: `finish` says why.
        self.blocks.send(block).map_err(|_| anyhow!("{} cannot be written", self.path.display()))
    }

    /// The file, whole and durable.
    pub(crate) fn finish(self, rows: u64) -> anyhow::Result<File> {
        let path = self.path.clone();
        let (bytes, sha256) = self.end()?;
        fs::rename(partial(&path), &path).with_context(|| format!("naming {}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(File { name, rows, bytes, sha256 })
    }

    /// Ends a file that will not be whole: it keeps its other name. An error where it could not be written either.
    pub(crate) fn give_up(self) -> anyhow::Result<()> {
        self.end().map(drop)
    }

    fn end(self) -> anyhow::Result<(u64, String)> {
        drop(self.blocks);
        self.writer.join().map_err(|_| anyhow!("writing {} panicked", self.path.display()))?
    }
}

impl File {
    /// Whether it is in `folder` as it was written, byte for byte.
    pub(crate) fn is_whole(&self, folder: &Path) -> anyhow::Result<bool> {
        let path = folder.join(&self.name);
        let size = fs::metadata(&path).with_context(|| format!("looking at {}", path.display()))?.len();
        if size != self.bytes {
            return Ok(false);
        }
        let mut hashing = Hashing { inner: io::sink(), hash: Sha256::new(), bytes: 0 };
        fs::File::open(&path)
            .and_then(|mut file| io::copy(&mut file, &mut hashing))
            .with_context(|| format!("reading {}", path.display()))?;
        Ok(hashing.hex() == self.sha256)
    }
}

fn partial(path: &Path) -> PathBuf {
    path.with_added_extension("part")
}

/// A file that is read, and compared with what the manifest says of it when it ends.
pub(crate) struct Source {
    path: PathBuf,
    lines: Box<dyn BufRead>,
}

impl Source {
    pub(crate) fn open(folder: &Path, file: &File, compression: Compression) -> anyhow::Result<Self> {
        let path = folder.join(&file.name);
        let opened = fs::File::open(&path).with_context(|| format!("reading {}", path.display()))?;
        let hashing = Hashing { inner: opened, hash: Sha256::new(), bytes: 0 };
        let checked = Checked { hashing, expected: file.clone(), ended: false };
        let lines: Box<dyn BufRead> = match compression {
            Compression::None => Box::new(BufReader::with_capacity(1 << 17, checked)),
            Compression::Zstd => Box::new(BufReader::with_capacity(1 << 17, zstd::Decoder::new(checked)?)),
        };
        Ok(Self { path, lines })
    }

    /// Appends the next line with its end; false where the file ends, and is what the manifest says.
    pub(crate) fn line(&mut self, line: &mut Vec<u8>) -> anyhow::Result<bool> {
        // Far more than an event or an answer has: whoever wrote this did not write an export.
        const MOST: u64 = 1 << 24;
        let read = (&mut self.lines).take(MOST).read_until(b'\n', line);
        let read = read.with_context(|| format!("reading {}", self.path.display()))?;
        ensure!(read == 0 || line.ends_with(b"\n"), "{} breaks off within a line", self.path.display());
        Ok(read > 0)
    }
}

/// Hashes what goes through it.
#[derive(Debug)]
struct Hashing<Inner> {
    inner: Inner,
    hash: Sha256,
    bytes: u64,
}

impl<Inner> Hashing<Inner> {
    fn through(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    fn hex(&mut self) -> String {
        hex(&self.hash.finalize_reset())
    }
}

impl<Inner: Write> Write for Hashing<Inner> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.through(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Fails at its end where it is not the file that the manifest knows.
#[derive(Debug)]
struct Checked {
    hashing: Hashing<fs::File>,
    expected: File,
    ended: bool,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.hashing.inner.read(buffer)?;
        self.hashing.through(&buffer[..read]);
        if read == 0 && !buffer.is_empty() && !self.ended {
            self.ended = true;
            let (bytes, sha256) = (self.hashing.bytes, self.hashing.hex());
            if (bytes, &sha256) != (self.expected.bytes, &self.expected.sha256) {
                return Err(io::Error::other("its hash is not the one in the manifest"));
            }
        }
        Ok(read)
    }
}
