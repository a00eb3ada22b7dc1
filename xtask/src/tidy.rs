//! `tidy`: the rules that the compiler does not know, each with its reason. All of them are checked before it fails.

mod dependencies;
mod paths;
mod rules;
mod shown;
mod sources;

use anyhow::{Result, bail};
use cargo_metadata::MetadataCommand;

use crate::project::root;
use crate::step::say;

pub(crate) fn tidy() -> Result<()> {
    let metadata = MetadataCommand::new().current_dir(root()).exec()?;
    let mut violations = dependencies::violations(&dependencies::Graph::of(&metadata)?);
    violations.extend(sources::violations(&root())?);
    violations.extend(shown::violations(&root())?);
    violations.extend(rules::violations(&root())?);
    violations.extend(paths::violations(&root())?);
    if violations.is_empty() {
        say("ok", "tidy");
        return Ok(());
    }
    for violation in &violations {
        eprintln!("{violation}");
    }
    bail!("{} violations", violations.len());
}
