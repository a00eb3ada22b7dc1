//! Passwords of private servers. They listen on loopback, where every user of the machine can knock.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};

/// The secret in the file at `path`, made at the first call: 128 bits in hexadecimal, readable by its owner only.
pub(crate) fn secret(path: &Path) -> Result<String> {
    if let Ok(known) = fs::read_to_string(path) {
        return Ok(known);
    }
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes).context("reading /dev/urandom")?;
    let mut fresh = String::with_capacity(32);
    for byte in bytes {
        write!(fresh, "{byte:02x}")?;
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(fresh.as_bytes()))
        .with_context(|| format!("creating {}", path.display()))?;
    Ok(fresh)
}
