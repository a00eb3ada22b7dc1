//! Who may depend on whom. Layers are worth what their borders are worth: a journal that learns a domain type or an SDK
//! that pulls in Postgres would compile just as well.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata};

const DEVKIT: &str = "chancery-devkit";

/// The crates of the product, and which of them each may reach, directly or through others.
const LAYERS: [(&str, &[&str]); 8] = [
    ("chancery-domain", &[]),
    ("chancery-wire", &[]),
    ("chancery-journal", &["chancery-wire"]),
    ("chancery-gate", &["chancery-wire"]),
    ("chancery-relay", &["chancery-journal", "chancery-wire"]),
    ("chancery-sdk", &["chancery-gate", "chancery-wire"]),
    ("chancery-views", &["chancery-journal", "chancery-wire"]),
    (
        "chancery-service",
        &["chancery-domain", "chancery-gate", "chancery-journal", "chancery-views", "chancery-wire"],
    ),
];

/// Crates from elsewhere that only some of ours may reach, directly or through others.
const RESERVED: [(&str, &[&str], &str); 4] = [
    (
        "async-nats",
        &["chancery-relay", "chancery-sdk", "chancery", "chancery-bench", DEVKIT],
        "a command ends at its commit: what decides and what stores never waits for NATS",
    ),
    (
        "tokio-postgres",
        &[
            "chancery-journal",
            "chancery-relay",
            "chancery-views",
            "chancery-service",
            "chancery",
            "chancery-bench",
            DEVKIT,
            "xtask",
        ],
        "other teams build on the SDK, and the rules and messages under it: they have no database of ours",
    ),
    (
        "postgres",
        &["chancery", DEVKIT, "xtask"],
        "the synchronous client blocks, and must not run inside async code",
    ),
    (
        "tokio",
        &[
            "chancery-journal",
            "chancery-relay",
            "chancery-sdk",
            "chancery-views",
            "chancery-service",
            "chancery",
            "chancery-bench",
            DEVKIT,
            "xtask",
        ],
        "domain, wire and gate are pure: no I/O, nothing to wait for",
    ),
];

/// What tests alone may reach beyond their crate's layer.
const IN_TESTS: [(&str, &[&str]); 1] = [
    // A feed is tested on what the real relay publishes from a real log.
    ("chancery-sdk", &["chancery-journal", "chancery-relay"]),
];

/// Each package and what it depends on.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// What ships: normal and build dependencies.
    shipped: BTreeMap<String, BTreeSet<String>>,
    /// What only tests need.
    tests: BTreeMap<String, BTreeSet<String>>,
    /// The packages of the workspace.
    ours: BTreeSet<String>,
}

impl Graph {
    pub(crate) fn of(metadata: &Metadata) -> Result<Self> {
        let mut graph = Self::default();
        let resolve = metadata.resolve.as_ref().context("cargo metadata resolved nothing")?;
        for node in &resolve.nodes {
            let name = metadata[&node.id].name.to_string();
            if metadata.workspace_members.contains(&node.id) {
                graph.ours.insert(name.clone());
            }
            for dependency in &node.deps {
                let other = metadata[&dependency.pkg].name.to_string();
                for kind in &dependency.dep_kinds {
                    let edges = if kind.kind == DependencyKind::Development {
                        &mut graph.tests
                    } else {
                        &mut graph.shipped
                    };
                    edges.entry(name.clone()).or_default().insert(other.clone());
                }
            }
        }
        Ok(graph)
    }

    /// Everything that `from` reaches over shipped dependencies, each with the way there.
    fn reach(&self, from: &str) -> BTreeMap<&str, Vec<&str>> {
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut open = vec![(from, Vec::new())];
        while let Some((package, way)) = open.pop() {
            for next in self.shipped.get(package).into_iter().flatten() {
                if !found.contains_key(next.as_str()) {
                    let way: Vec<_> = way.iter().copied().chain([next.as_str()]).collect();
                    found.insert(next, way.clone());
                    open.push((next, way));
                }
            }
        }
        found
    }
}

pub(crate) fn violations(graph: &Graph) -> Vec<String> {
    let mut violations = Vec::new();
    for package in &graph.ours {
        let Some(allowed) = allowed(package) else {
            violations
                .push(format!("{package} has no place among the layers (xtask/src/tidy/dependencies.rs)"));
            continue;
        };
        let reach = graph.reach(package);
        for (other, way) in &reach {
            let way = way.join(" → ");
            if graph.ours.contains(*other) && !allowed.contains(other) {
                violations.push(format!("{package} → {way}: {package} may not reach {other}"));
            }
            for (_, _, reason) in reserved(other, package) {
                violations.push(format!("{package} → {way}: {reason}"));
            }
        }
        for other in graph.tests.get(package).into_iter().flatten() {
            let layered = other == DEVKIT || allowed.contains(&other.as_str());
            let excepted =
                IN_TESTS.iter().any(|(name, others)| name == package && others.contains(&other.as_str()));
            if graph.ours.contains(other) && !layered && !excepted {
                violations.push(format!("{package} → {other} (tests): {package} may not reach {other}"));
            }
        }
    }
    violations
}

/// What `package` may reach of the workspace.
fn allowed(package: &str) -> Option<Vec<&'static str>> {
    let product = || LAYERS.iter().map(|(name, _)| *name);
    match package {
        "chancery" => Some(product().collect()),
        // Drives the product like a stranger, on servers of its own.
        "chancery-bench" => Some(product().chain([DEVKIT]).collect()),
        DEVKIT => Some(Vec::new()),
        "xtask" => Some(vec![DEVKIT]),
        _ => LAYERS.iter().find(|(name, _)| *name == package).map(|(_, allowed)| allowed.to_vec()),
    }
}

fn reserved<'a>(
    other: &'a str,
    package: &'a str,
) -> impl Iterator<Item = (&'static str, &'static [&'static str], &'static str)> {
    RESERVED.into_iter().filter(move |(name, holders, _)| *name == other && !holders.contains(&package))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(shipped: &[(&str, &str)], tests: &[(&str, &str)]) -> Graph {
        let edges = |pairs: &[(&str, &str)]| {
            let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (from, to) in pairs {
                edges.entry((*from).into()).or_default().insert((*to).into());
            }
            edges
        };
        let named = shipped.iter().chain(tests).flat_map(|(from, to)| [*from, *to]);
        let ours =
            named.filter(|name| name.starts_with("chancery") || *name == "xtask").map(String::from).collect();
        Graph { shipped: edges(shipped), tests: edges(tests), ours }
    }

    #[track_caller]
    fn check(shipped: &[(&str, &str)], tests: &[(&str, &str)], expected: &[&str]) {
        let found = violations(&graph(shipped, tests));
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found} does not say {expected}");
        }
    }

    #[test]
    fn the_layers_of_the_design_pass() {
        check(
            &[
                ("chancery-journal", "chancery-wire"),
                ("chancery-journal", "tokio-postgres"),
                ("chancery-relay", "chancery-journal"),
                ("chancery-relay", "async-nats"),
                ("chancery-service", "chancery-domain"),
                ("chancery-service", "chancery-views"),
                ("chancery-views", "chancery-journal"),
                ("chancery", "chancery-service"),
                ("chancery", "chancery-relay"),
                ("chancery-devkit", "postgres"),
                ("xtask", "chancery-devkit"),
                ("xtask", "postgres"),
            ],
            &[("chancery-journal", "chancery-devkit"), ("chancery", "chancery-devkit")],
            &[],
        );
    }

    #[test]
    fn a_direct_step_over_a_layer_is_told() {
        check(
            &[("chancery-journal", "chancery-domain")],
            &[],
            &["chancery-journal may not reach chancery-domain"],
        );
        check(&[("chancery-domain", "chancery-wire")], &[], &["chancery-domain may not reach chancery-wire"]);
    }

    #[test]
    fn a_step_over_a_layer_through_a_stranger_is_told_with_the_way() {
        check(
            &[("chancery-views", "some-helper"), ("some-helper", "chancery-relay")],
            &[],
            &["chancery-views → some-helper → chancery-relay"],
        );
    }

    #[test]
    fn nats_under_the_service_is_told_even_through_a_stranger() {
        check(
            &[("chancery-service", "some-queue"), ("some-queue", "async-nats")],
            &[],
            &["chancery-service → some-queue → async-nats: a command ends at its commit"],
        );
    }

    #[test]
    fn postgres_under_the_sdk_is_told() {
        check(&[("chancery-sdk", "tokio-postgres")], &[], &["they have no database of ours"]);
    }

    #[test]
    fn the_blocking_client_under_a_server_crate_is_told() {
        check(&[("chancery-views", "postgres")], &[], &["must not run inside async code"]);
    }

    #[test]
    fn shipping_the_devkit_is_told_and_testing_with_it_is_not() {
        check(&[("chancery", "chancery-devkit")], &[], &["chancery may not reach chancery-devkit"]);
        check(&[], &[("chancery-sdk", "chancery-devkit")], &[]);
    }

    #[test]
    fn a_test_that_steps_over_a_layer_is_told() {
        check(&[], &[("chancery-journal", "chancery-relay")], &["chancery-relay (tests)"]);
    }

    #[test]
    fn a_crate_without_a_place_is_told() {
        check(&[("chancery-utils", "serde")], &[], &["chancery-utils has no place"]);
    }
}
