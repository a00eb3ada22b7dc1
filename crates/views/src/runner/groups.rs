//! The groups of this process, one a build: begun where there is something to do, told what it is, and waited for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    Context,
    group::{Group, Told, Trouble},
};
use crate::{Build, Status, View};

pub(super) struct Groups {
    context: Arc<Context>,
    stop: CancellationToken,
    /// By the schema of their builds.
    running: BTreeMap<String, Running>,
}

/// A group on a task of its own.
struct Running {
    told: watch::Sender<Told>,
    trouble: Trouble,
    task: Task,
}

/// Ends with the coordinator, also where that is dropped.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Groups {
    pub(super) fn new(context: Arc<Context>, stop: CancellationToken) -> Self {
        Self { context, stop, running: BTreeMap::new() }
    }

    /// Tells a build's group what it has to do; where there is something to do and no group, begins one.
    pub(super) fn tell(
        &mut self,
        build: &Build,
        view: &'static dyn View,
        status: &watch::Sender<Status>,
        told: Told,
    ) {
        let running = self.running.get(&build.schema_name);
        if let Some(running) = running.filter(|running| !running.task.0.is_finished()) {
            running.told.send_if_modified(|before| {
                // What is wanted now need not be what was wanted before.
                let news = *before != told || told.wanted;
                if news {
                    *before = told;
                }
                news
            });
            return;
        }
        self.running.remove(&build.schema_name);
        if !told.claimed.is_empty() {
            let (sender, receiver) = watch::channel(told);
            let trouble = Trouble::default();
            let group = Group {
                context: self.context.clone(),
                view,
                build: build.clone(),
                told: receiver,
                status: status.clone(),
                trouble: trouble.clone(),
                stop: self.stop.clone(),
                moved: false,
            };
            let task = Task(tokio::spawn(group.run()));
            self.running.insert(build.schema_name.clone(), Running { told: sender, trouble, task });
        }
    }

    /// What goes wrong with a build in its group.
    pub(super) fn trouble(&self, schema_name: &str) -> Option<String> {
        self.running.get(schema_name).and_then(|running| running.trouble.now())
    }

    /// Tells the groups of other builds than those that were seen to end.
    pub(super) fn forget(&mut self, seen: &BTreeSet<String>) {
        self.running.retain(|schema_name, running| {
            if seen.contains(schema_name) {
                return true;
            }
            running.told.send_modify(|told| told.claimed.clear());
            !running.task.0.is_finished()
        });
    }

    /// Waits for all, which are told to stop by the token.
    pub(super) async fn end(&mut self) {
        for running in self.running.values_mut() {
            if let Err(error) = (&mut running.task.0).await {
                tracing::error!(%error, "a group of shards panicked");
            }
        }
    }
}
