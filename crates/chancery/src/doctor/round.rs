//! Asking: each check by itself, so that what fails or is away keeps no other from being looked at.

use std::{cell::Cell, time::Duration};

use tokio::time::timeout;

use super::report::{Check, Finding};

/// How long a check may take; a little more than the clients' own patience, whose errors say more.
const PATIENCE: Duration = Duration::from_secs(7);

/// Something to ask, if it is there.
pub(super) struct Target<T> {
    name: &'static str,
    found: Result<T, String>,
    /// It did not answer once: nobody waits for it again.
    silent: Cell<bool>,
}

/// The checks so far.
#[derive(Default)]
pub(super) struct Round(Vec<Check>);

impl<T> Target<T> {
    /// `found`, or why it is not there.
    pub(super) fn new(name: &'static str, found: Result<T, String>) -> Self {
        Self { name, found, silent: Cell::new(false) }
    }

    pub(super) fn get(&self) -> Result<&T, &String> {
        self.found.as_ref()
    }

    /// What is found out of it, for several checks.
    pub(super) async fn then<U>(&self, look: impl AsyncFnOnce(&T) -> Result<U, String>) -> Target<U> {
        let found = match &self.found {
            Err(why) => Err(why.clone()),
            Ok(it) => match timeout(PATIENCE, look(it)).await {
                Ok(found) => found,
                Err(_) => Err(format!("{} did not answer within {} s", self.name, PATIENCE.as_secs())),
            },
        };
        Target::new(self.name, found)
    }

    /// Both of them, where both are there.
    pub(super) fn and<'a, U>(&'a self, other: &'a Target<U>) -> Target<(&'a T, &'a U)> {
        let silent = |name| Err(format!("{name} does not answer"));
        let found = match (&self.found, &other.found) {
            (Err(why), _) | (_, Err(why)) => Err(why.clone()),
            _ if self.silent.get() => silent(self.name),
            _ if other.silent.get() => silent(other.name),
            (Ok(one), Ok(two)) => Ok((one, two)),
        };
        Target::new(other.name, found)
    }

    async fn ask(&self, look: impl AsyncFnOnce(&T) -> anyhow::Result<Finding>) -> Finding {
        let it = match &self.found {
            Err(why) => return Finding::left_out(why),
            Ok(_) if self.silent.get() => {
                return Finding::left_out(&format!("{} does not answer", self.name));
            }
            Ok(it) => it,
        };
        match timeout(PATIENCE, look(it)).await {
            Ok(Ok(finding)) => finding,
            Ok(Err(error)) => Finding::unknown(
                format!("{error:#}"),
                format!("it could not be asked of {}: see why", self.name),
            ),
            Err(_) => {
                self.silent.set(true);
                let seen = format!("{} did not answer within {} s", self.name, PATIENCE.as_secs());
                Finding::unknown(seen, "see whether its machine is overloaded, or stands still")
            }
        }
    }
}

impl Round {
    pub(super) fn add(&mut self, id: impl Into<String>, finding: Finding) {
        self.0.push(Check { id: id.into(), finding });
    }

    pub(super) async fn ask<T>(
        &mut self,
        id: impl Into<String>,
        of: &Target<T>,
        look: impl AsyncFnOnce(&T) -> anyhow::Result<Finding>,
    ) {
        self.add(id, of.ask(look).await);
    }

    pub(super) fn finish(self) -> Vec<Check> {
        self.0
    }
}
