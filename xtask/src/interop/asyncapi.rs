//! `docs/asyncapi.json`, read by AsyncAPI's own parser; its examples, by ajv.

use std::fs::{self, File};
use std::process::Command;

use anyhow::{Context, Result};

use super::contract_tools;
use crate::project::{output, root};
use crate::step::{say, step};

const PROGRAM: &str = include_str!("../../interop/contract/asyncapi.mjs");

pub(super) fn check() -> Result<()> {
    let node = contract_tools::install()?;
    // Beside the packages, so that node finds them.
    let program = node.folder().join("asyncapi.mjs");
    fs::write(&program, PROGRAM).with_context(|| format!("writing {}", program.display()))?;
    let document = root().join("docs/asyncapi.json");
    let document = File::open(&document).with_context(|| format!("opening {}", document.display()))?;
    let told =
        step("reading docs/asyncapi.json", |_| output(Command::new("node").arg(program).stdin(document)))?;
    say("ok", told.trim());
    Ok(())
}
