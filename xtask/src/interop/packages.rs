//! Other people's programs: installed once by name, every file of them pinned by its hash, outside of what git tracks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rustix::process::geteuid;

use crate::project::{output, target};
use crate::step::step;

/// Where the checks work, and leave what they saw.
pub(super) fn folder(name: &str) -> Result<PathBuf> {
    let folder = target().join("interop").join(name);
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    Ok(folder)
}

/// Packages from PyPI, in a folder of their own.
#[derive(Debug)]
pub(super) struct PythonPackages {
    python: &'static str,
    folder: PathBuf,
}

impl PythonPackages {
    /// Installs what `requirements` lists, unless it is there.
    pub(super) fn install(folder: &Path, requirements: &str) -> Result<Self> {
        let python = python_with_pip()?;
        let list = ("requirements.txt", requirements);
        let folder = installed(folder, "python", "PyPI's packages by pip", &[list], |fresh| {
            let mut pip = Command::new(python);
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            pip.args(["--root-user-action=ignore", "--require-hashes", "--no-deps", "--only-binary=:all:"]);
            pip.arg("--target").arg(fresh).arg("-r").arg(fresh.join("requirements.txt"));
            output(&mut pip).map(drop)
        })?;
        Ok(Self { python, folder })
    }

    /// Python, with the packages.
    pub(super) fn python(&self) -> Command {
        let mut python = Command::new(self.python);
        python.env("PYTHONPATH", &self.folder).env("PYTHONDONTWRITEBYTECODE", "1");
        python
    }

    /// A program that is shipped in a package.
    pub(super) fn program(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

/// Packages from npm, in a folder of their own.
#[derive(Debug)]
pub(super) struct NodePackages {
    folder: PathBuf,
}

impl NodePackages {
    /// Installs what `lock` lists, unless it is there.
    pub(super) fn install(folder: &Path, package: &str, lock: &str) -> Result<Self> {
        let version = |program: &str| output(Command::new(program).arg("--version"));
        let node = version("node").and_then(|node| version("npm").map(|_| node));
        let node = node.context("needs node and npm; on Debian: sudo apt-get install nodejs npm")?;
        let major =
            node.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
        ensure!(
            major.is_some_and(|major: u32| major >= 20),
            "needs Node.js 20 or newer; here is {}",
            node.trim()
        );
        let lists = [("package.json", package), ("package-lock.json", lock)];
        let folder = installed(folder, "node", "npm's packages by npm", &lists, |fresh| {
            let mut npm = Command::new("npm");
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(fresh);
            output(&mut npm).map(drop)
        })?;
        Ok(Self { folder })
    }

    /// Where a program must lie to find the packages.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A program of a Debian package: the machine's own, else one unpacked in `folder`. Nothing is installed: the machine
/// would start a server that comes by a package.
pub(super) fn debian(package: &str, program: &str, folder: &Path) -> Result<PathBuf> {
    let own = Path::new("/").join(program);
    if own.exists() {
        return Ok(own);
    }
    let unpacked = folder.join("debian").join(package);
    if !unpacked.join(program).exists() {
        let fetch = |fresh: &Path| -> Result<()> {
            let apt = |arguments: &[&str]| output(Command::new("apt-get").current_dir(fresh).args(arguments));
            if geteuid().is_root() {
                apt(&["update"])?;
            }
            apt(&["download", package])?;
            let mut files = fs::read_dir(fresh)?.filter_map(|file| Some(file.ok()?.path()));
            let file = files.next().context("apt-get left nothing")?;
            output(Command::new("dpkg-deb").arg("--extract").arg(file).arg(fresh))?;
            ensure!(fresh.join(program).exists(), "{package} holds no {program}");
            Ok(())
        };
        step(&format!("fetching Debian's {package} by apt-get"), |_| filled(&unpacked, fetch))
            .with_context(|| format!("needs /{program}; on Debian: sudo apt-get install {package}"))?;
    }
    Ok(unpacked.join(program))
}

/// The folder `name`, which `install` filled by `lists`, and fills again when a list changed.
fn installed(
    parent: &Path,
    name: &str,
    what: &str,
    lists: &[(&str, &str)],
    install: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let folder = parent.join(name);
    let as_listed =
        |(file, list): &(&str, &str)| fs::read_to_string(folder.join(file)).is_ok_and(|is| is == *list);
    if lists.iter().all(as_listed) {
        return Ok(folder);
    }
    step(&format!("installing {what}"), |_| {
        filled(&folder, |fresh| {
            for (file, list) in lists {
                fs::write(fresh.join(file), list)?;
            }
            install(fresh)
        })
    })?;
    Ok(folder)
}

/// Makes `folder` of what `fill` fills: whole, or not at all.
fn filled(folder: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let fresh = folder.with_added_extension("new");
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh)?;
    fill(&fresh)?;
    let _ = fs::remove_dir_all(folder);
    Ok(fs::rename(&fresh, folder)?)
}

fn python_with_pip() -> Result<&'static str> {
    let has_pip = |python: &&str| {
        Command::new(python)
            .args(["-m", "pip", "--version"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let python = ["python3", "/usr/bin/python3"].into_iter().find(has_pip);
    python.context("needs a python3 with pip; on Debian: sudo apt-get install python3-pip")
}
