//! `proto/`, linted by buf, and compared with what was released last: `proto/baseline.binpb`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::{contract_tools, packages};
use crate::project::root;
use crate::step::{say, step};

const BASELINE: &str = "baseline.binpb";
/// Set, it lets what is here be the baseline from now on.
const UPDATE: &str = "UPDATE_PROTO_BASELINE";

pub(super) fn check() -> Result<()> {
    let proto = root().join("proto");
    let buf = Buf { program: contract_tools::buf(&contract_tools::install()?) };
    say("using", &format!("buf {}", buf.run(&proto, &["--version"])?.trim()));
    step("linting proto/", |_| buf.run(&proto, &["lint"]))?;
    step("comparing the format of proto/", |_| buf.run(&proto, &["format", "--diff", "--exit-code"]))?;
    step("comparing proto/ with the baseline", |_| buf.run(&proto, &["breaking", "--against", BASELINE]))?;
    finds_what_is_planted(&buf, &proto)?;
    if env::var_os(UPDATE).is_some() {
        buf.run(&proto, &["build", "--exclude-source-info", "--output", BASELINE])?;
        say("updated", &format!("proto/{BASELINE}"));
    }
    Ok(())
}

struct Buf {
    program: PathBuf,
}

impl Buf {
    /// What it prints; an error with what it finds.
    fn run(&self, folder: &Path, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.program).current_dir(folder).args(arguments).output();
        let output = output.with_context(|| format!("starting {}", self.program.display()))?;
        let [printed, said] =
            [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        if !output.status.success() {
            bail!("buf {} finds\n{printed}{said}", arguments.join(" "));
        }
        Ok(printed)
    }
}

/// A check that finds nothing proves nothing: in a copy, a field is renamed and another is gone.
fn finds_what_is_planted(buf: &Buf, proto: &Path) -> Result<()> {
    let copy = packages::folder("contract")?.join("planted");
    let _ = fs::remove_dir_all(&copy);
    copy_folder(proto, &copy)?;
    let listing = copy.join("chancery/v1/listing.proto");
    let planted = [("string app_id = 1;", "string application = 1;"), ("  int64 tenant_id = 2;\n", "")];
    let text =
        planted.iter().fold(fs::read_to_string(&listing)?, |text, (from, to)| text.replacen(from, to, 1));
    fs::write(&listing, text)?;
    let found = buf.run(&copy, &["breaking", "--against", BASELINE]);
    let found = found.err().context("buf finds nothing wrong with a field that is gone")?.to_string();
    for what in ["app_id", "tenant_id"] {
        ensure!(found.contains(what), "buf does not find what was done to {what}:\n{found}");
    }
    say("ok", "buf finds a field that is renamed, and one that is gone");
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
