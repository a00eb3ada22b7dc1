//! Schemathesis: from PyPI, run for one caller at a time.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use super::callers::Caller;
use super::packages::PythonPackages;
use super::report::Report;
use super::things::{PLACES, SPARE, Things};
use crate::step::say;

/// Every package by name and version: it and all that it needs.
const REQUIREMENTS: &str = include_str!("../../interop/schemathesis/requirements.txt");
/// The same requests every time, as far as the ids in them let.
const SEED: &str = "1";
/// Checks that hold no promise of ours, and why.
const UNSUITABLE: [(&str, &str); 3] = [
    ("positive_data_acceptance", "no schema can say which scopes, versions and states there are"),
    ("use_after_free", "what was deleted can still be read by its owner, marked so"),
    ("ensure_resource_availability", "a read that names no Chancery-Min-Position may be a moment behind"),
];

#[derive(Debug)]
pub(super) struct Schemathesis {
    packages: PythonPackages,
    /// Where it works, and leaves its reports.
    folder: PathBuf,
}

impl Schemathesis {
    pub(super) fn install(folder: &Path) -> Result<Self> {
        let pinned = REQUIREMENTS.lines().find(|line| line.starts_with("schemathesis=="));
        let pinned = pinned.context("its requirements do not name schemathesis")?.trim_end_matches(" \\");
        let packages = PythonPackages::install(folder, REQUIREMENTS)?;
        say("using", pinned);
        for (check, why) in UNSUITABLE {
            say("without", &format!("{check}: {why}"));
        }
        Ok(Self { packages, folder: folder.to_owned() })
    }

    /// Which values its requests name, mostly.
    pub(super) fn configure(&self, Things(things): &Things) -> Result<()> {
        let mut settings = String::from("max-stream-events = 3\nrequest-timeout = 20.0\n\n[dictionaries]\n");
        for (name, values) in things {
            // What JSON can say of texts and numbers, TOML says alike.
            writeln!(settings, "{name} = {{ values = {} }}", serde_json::to_string(values)?)?;
        }
        let named = |place: &str, thing: &str| {
            format!(r#""{place}" = {{ dictionary = "{thing}", probability = 0.9 }}"#)
        };
        settings.push_str("\n[parameters]\n");
        for (place, thing) in PLACES {
            writeln!(settings, "{}", named(place, thing))?;
        }
        let (operation, place, thing) = SPARE;
        let place = named(place, thing);
        writeln!(
            settings,
            "\n[[operations]]\ninclude-operation-id = \"{operation}\"\nparameters = {{ {place} }}"
        )?;
        fs::write(self.settings(), settings).context("writing the settings of schemathesis")
    }

    pub(super) fn run(&self, base_url: &str, caller: &Caller) -> Result<Report> {
        let name = caller.name.replace([' ', '\''], "-");
        let (log, report) =
            (self.folder.join(format!("{name}.log")), self.folder.join(format!("{name}.json")));
        let _ = fs::remove_file(&report);
        let said = File::create(&log).with_context(|| format!("creating {}", log.display()))?;
        let excluded: Vec<_> = UNSUITABLE.iter().map(|(check, _)| *check).collect();
        let mut run = self.packages.python();
        run.args(["-m", "schemathesis.cli", "--config-file"]).arg(self.settings());
        run.args(["run", &format!("{base_url}/openapi.json"), "--no-color", "--continue-on-failure"]);
        run.args([
            "--seed",
            SEED,
            "--max-examples",
            &caller.examples.to_string(),
            "--exclude-checks",
            &excluded.join(","),
        ]);
        run.args(["--report", "json", "--report-json-path"]).arg(&report);
        if let Some(token) = &caller.token {
            run.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        run.args(caller.operations.iter().flat_map(|id| ["--include-operation-id", id]));
        run.current_dir(&self.folder);
        let status = run.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said).status();
        let status = status.context("starting schemathesis")?;
        ensure!(report.exists(), "schemathesis ended with {status} and no report; see {}", log.display());
        Report::read(caller.name, &report, &log)
    }

    fn settings(&self) -> PathBuf {
        self.folder.join("schemathesis.toml")
    }
}
