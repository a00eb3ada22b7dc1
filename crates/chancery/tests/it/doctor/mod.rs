//! `chancery doctor` at the bedside: real servers, well and in each way that they are not.

mod amiss;
mod away;
mod behind;
mod privileges;
mod well;

use std::process::Command;

use serde_json::{Map, Value};

use crate::{eventually, world::World};

/// What a round found, by the checks' ids.
struct Examined {
    verdict: String,
    checks: Map<String, Value>,
}

impl Examined {
    #[track_caller]
    fn check(&self, id: &str) -> &Value {
        self.checks.get(id).unwrap_or_else(|| panic!("no check {id}: {:#?}", self.checks))
    }

    #[track_caller]
    fn verdict(&self, id: &str) -> &str {
        self.check(id)["verdict"].as_str().unwrap()
    }

    #[track_caller]
    fn seen(&self, id: &str) -> &str {
        self.check(id)["seen"].as_str().unwrap()
    }

    #[track_caller]
    fn advice(&self, id: &str) -> &str {
        self.check(id)["advice"].as_str().unwrap_or_else(|| panic!("no advice: {}", self.check(id)))
    }

    /// The check's verdict, and that it saw this.
    #[track_caller]
    fn expect(&self, id: &str, verdict: &str, seen: &str) {
        assert!(self.verdict(id) == verdict && self.seen(id).contains(seen), "{id}: {:#}", self.check(id));
    }

    /// The ids of those that have this verdict.
    fn with(&self, verdict: &str) -> Vec<&str> {
        let found = self.checks.iter().filter(|(_, check)| check["verdict"] == verdict);
        found.map(|(id, _)| id.as_str()).collect()
    }
}

/// One round; its exit code says what its report does, and neither shows a secret.
#[track_caller]
fn examine(world: &World, arrange: impl FnOnce(&mut Command)) -> Examined {
    let mut command = world.command(&["doctor", "--output", "json"]);
    arrange(&mut command);
    let output = command.output().unwrap();
    let (told, complained) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    for secret in secrets(world) {
        assert!(!told.contains(&secret) && !complained.contains(&secret), "{told}\n{complained}");
    }
    let mut report: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}\n{complained}"));
    let verdict = report["verdict"].as_str().unwrap().to_owned();
    let code = match &*verdict {
        "failure" => 3,
        "warning" => 4,
        _ => 0,
    };
    assert_eq!(output.status.code(), Some(code), "{report:#}\n{complained}");
    assert_eq!(complained.is_empty(), code == 0, "{complained}");
    let Value::Array(checks) = report["checks"].take() else { panic!("{report:#}") };
    let checks = checks.into_iter().map(|check| (check["id"].as_str().unwrap().to_owned(), check)).collect();
    Examined { verdict, checks }
}

/// The round at which everything was found as it should be.
#[track_caller]
fn until(
    what: &str,
    world: &World,
    arrange: impl Fn(&mut Command),
    wanted: impl Fn(&Examined) -> bool,
) -> Examined {
    eventually(what, || {
        let examined = examine(world, &arrange);
        wanted(&examined).then_some(examined)
    })
}

/// The passwords in the URLs that it is given.
fn secrets(world: &World) -> Vec<String> {
    let nats = &world.nats;
    let urls = [world.url(), nats.relay_url(), nats.reader_url(), nats.meter_url(), nats.usage_url()];
    let password =
        |url: &String| Some(url.split_once("://")?.1.split_once('@')?.0.split_once(':')?.1.to_owned());
    urls.iter().filter_map(password).collect()
}
