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
        let found = match self.there() {
            Err(why) => Err(why),
            Ok(it) => self.wait(look(it)).await.unwrap_or_else(Err),
        };
        Target::new(self.name, found)
    }

    /// Both of them, where both are there.
    pub(super) fn and<'a, U>(&'a self, other: &'a Target<U>) -> Target<(&'a T, &'a U)> {
        let found = self.there().and_then(|one| Ok((one, other.there()?)));
        Target::new(other.name, found)
    }

    async fn ask(&self, look: impl AsyncFnOnce(&T) -> anyhow::Result<Finding>) -> Finding {
        let it = match self.there() {
            Err(why) => return Finding::left_out(&why),
            Ok(it) => it,
        };
        match self.wait(look(it)).await {
            Ok(Ok(finding)) => finding,
            Ok(Err(error)) => {
                let advice = format!("it could not be asked of {}: see why", self.name);
                Finding::unknown(format!("{error:#}"), advice)
            }
            Err(why) => Finding::unknown(why, "see whether its machine is overloaded, or stands still"),
        }
    }

    /// It, or why it need not be asked.
    fn there(&self) -> Result<&T, String> {
        match &self.found {
            Ok(_) if self.silent.get() => Err(format!("{} does not answer", self.name)),
            Ok(it) => Ok(it),
            Err(why) => Err(why.clone()),
        }
    }

    async fn wait<V>(&self, answer: impl Future<Output = V>) -> Result<V, String> {
        timeout(PATIENCE, answer).await.map_err(|_| {
            self.silent.set(true);
            format!("{} did not answer within {} s", self.name, PATIENCE.as_secs())
        })
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
