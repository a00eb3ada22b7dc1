//! What reads the contract for strangers: buf and AsyncAPI's parser, from npm.

use std::env::consts::ARCH;
use std::path::PathBuf;

use anyhow::Result;

use super::packages::{self, NodePackages};

const PACKAGE: &str = include_str!("../../interop/contract/package.json");
const LOCK: &str = include_str!("../../interop/contract/package-lock.json");

pub(super) fn install() -> Result<NodePackages> {
    NodePackages::install(&packages::folder("contract")?, PACKAGE, LOCK)
}

/// buf itself. npm's `@bufbuild/buf` holds no more than a way to one of such packages, and asks for those of all platforms,
/// of which not every mirror of the registry has all.
pub(super) fn buf(packages: &NodePackages) -> PathBuf {
    let machine = if ARCH == "x86_64" { "x64" } else { ARCH };
    packages.folder().join(format!("node_modules/@bufbuild/buf-linux-{machine}/bin/buf"))
}
