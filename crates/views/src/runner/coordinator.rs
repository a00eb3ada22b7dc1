//! One process's part in sharing the work: says that it lives, claims what is free and its share, tells the groups.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use deadpool_postgres::ClientWrapper;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Context, RunError, chain,
    connection::{Connection, connect},
    group::Told,
    groups::Groups,
    look::{Look, SeenBuild, known},
    pace::backoff,
    quota::quota,
};
use crate::{BuildError, State, Status, View, build};

const CLAIM: &str = include_str!("sql/claim.sql");
const TROUBLE: &str = include_str!("sql/trouble.sql");
const REGISTER: &str = include_str!("sql/register.sql");
const LEAVE: &str = include_str!("sql/leave.sql");
const SESSION: &str = "SELECT pg_advisory_lock(hashtext('chancery projection worker'), $1::bigint::integer)";
/// Others are told when something changes for them; this is how long they wait if they are not.
const LONGEST_LOOK: Duration = Duration::from_millis(500);

pub(crate) struct Coordinator {
    context: Arc<Context>,
    views: Vec<(&'static dyn View, watch::Sender<Status>)>,
    groups: Groups,
    stop: CancellationToken,
}

impl Coordinator {
    pub(crate) fn new(
        context: Context,
        views: Vec<(&'static dyn View, watch::Sender<Status>)>,
        stop: CancellationToken,
    ) -> Self {
        let context = Arc::new(context);
        Self { groups: Groups::new(context.clone(), stop.clone()), context, views, stop }
    }

    pub(crate) async fn run(mut self) {
        let mut waits = backoff();
        let stop = self.stop.clone();
        let client = loop {
            let mut looked = false;
            let error = match self.session(&mut looked).await {
                Ok(client) => break client,
                Err(error) => error,
            };
            if looked {
                waits = backoff();
            }
            let (line, wait) = (chain(&error), waits.next().unwrap_or_default());
            tracing::warn!(error = line, ?wait, "sharing the views' work was interrupted");
            for (_, status) in &self.views {
                status.send_modify(|status| {
                    status.state = State::Retrying;
                    status.last_error = Some(line.clone());
                });
            }
            if stop.run_until_cancelled(sleep(wait)).await.is_none() {
                break None;
            }
        };
        self.leave(client).await;
    }

    /// Looks again and again until it is told to stop; then the connection is left over, if there is one.
    async fn session(&mut self, looked: &mut bool) -> Result<Option<ClientWrapper>, RunError> {
        let stop = self.stop.clone();
        let opened = async {
            let opened = connect(&self.context.config).await.map_err(RunError::Connect)?;
            self.register(&opened.client).await?;
            Ok::<_, RunError>(opened)
        };
        let Some(opened) = stop.run_until_cancelled(opened).await else { return Ok(None) };
        let Connection { mut client, mut ended, notified } = opened?;
        let pause = LONGEST_LOOK.min(self.context.lease / 5);
        loop {
            let Some(again) = stop.run_until_cancelled(self.look(&mut client)).await else {
                return Ok(Some(client));
            };
            *looked = true;
            if again? {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(Some(client)),
                _ = &mut ended => return Err(RunError::Disconnected),
                _ = timeout(pause, notified.notified()) => {}
            }
        }
    }

    /// Waits for the groups, which were told to stop by the same token: they finish their batches and give up their
    /// shards. Then nobody counts on this worker any more.
    async fn leave(mut self, client: Option<ClientWrapper>) {
        self.groups.end().await;
        for (_, status) in &self.views {
            status.send_modify(|status| {
                status.state = State::Stopped;
                status.whole = false;
            });
        }
        if let Some(client) = client
            && let Err(error) = client.execute(LEAVE, &[&self.context.worker]).await
        {
            // Its session ends all the same, and others see that.
            tracing::debug!(%error, "saying that a worker leaves failed");
        }
    }

    /// Says that it is there and what it can do, in a session that ends with the process.
    async fn register(&self, client: &ClientWrapper) -> Result<(), RunError> {
        let failed = |source| RunError::Coordinate { action: "registering to share", source };
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let pid = std::process::id().cast_signed();
        let knows: Vec<String> = self.views.iter().map(|(view, _)| known(*view)).collect();
        let lease = self.context.lease.as_secs_f64();
        let worker = self.context.worker;
        // A number anew with every session: one that is not gone yet, though nobody uses it, holds the former one.
        client.execute(LEAVE, &[&worker]).await.map_err(failed)?;
        let row = client.query_one(REGISTER, &[&worker, &host.trim(), &pid, &knows, &lease]).await;
        let number: i64 = row.map_err(failed)?.get(0);
        client.execute(SESSION, &[&number]).await.map_err(failed)?;
        client.batch_execute("LISTEN chancery_projections; NOTIFY chancery_projections").await.map_err(failed)
    }

    /// One look, and what follows from it; true where there is more to see at once.
    async fn look(&mut self, client: &mut ClientWrapper) -> Result<bool, RunError> {
        let failed = |source| RunError::Coordinate { action: "looking at", source };
        let look = Look::take(client, self.context.worker, self.context.lease).await.map_err(failed)?;
        if !look.knows(self.context.worker) {
            // It was silent for so long that somebody cleaned up behind it.
            return Err(RunError::Disconnected);
        }
        let mut again = false;
        let mut seen = BTreeSet::new();
        for (view, status) in self.views.clone() {
            let builds: Vec<&SeenBuild> = look.builds.iter().filter(|seen| is_of(seen, view)).collect();
            // Also where there is a build: a rebuild may have been asked for before there was anything to build anew.
            if !builds.iter().any(|seen| seen.build.live) {
                again |= Self::make(client, view, &status).await;
            }
            if builds.is_empty() {
                continue;
            }
            for build in &builds {
                seen.insert(build.build.schema_name.clone());
                self.share(client, &look, build, view, &status).await?;
            }
            self.show(view, &status, &builds);
        }
        self.groups.forget(&seen);
        Ok(again)
    }

    /// Makes a build where there is none; true where there is one now.
    async fn make(
        client: &mut ClientWrapper,
        view: &'static dyn View,
        status: &watch::Sender<Status>,
    ) -> bool {
        let error = match build::ensure(client, view).await {
            Ok(made) => return made,
            Err(error) => error,
        };
        let superseded = matches!(error, BuildError::Superseded { .. });
        let state = if superseded { State::Failed } else { State::Retrying };
        let line = chain(&error);
        status.send_if_modified(|status| {
            let news = status.last_error.as_deref() != Some(&line);
            if news {
                tracing::error!(view = view.name(), error = line, "a view cannot be run");
                status.state = state;
                status.last_error = Some(line.clone());
            }
            news
        });
        false
    }

    /// Claims what is free and this worker's share of a build, gives up what is more, and tells the group.
    async fn share(
        &mut self,
        client: &ClientWrapper,
        look: &Look,
        seen: &SeenBuild,
        view: &'static dyn View,
        status: &watch::Sender<Status>,
    ) -> Result<(), RunError> {
        let worker = self.context.worker;
        let mine = |shard: &super::look::SeenShard| shard.worker == Some(worker);
        let mut claimed: BTreeMap<i32, i64> = seen
            .shards
            .iter()
            .filter(|(_, shard)| mine(shard))
            .map(|(number, shard)| (*number, shard.epoch))
            .collect();
        let (rank, workers) = look.rank(worker, &known(view));
        let share = quota(view.name(), seen.shards.len(), rank, workers);
        if claimed.len() < share {
            let free = seen.shards.iter().filter(|(_, shard)| !mine(shard) && look.is_free(shard));
            let wanted: Vec<(i32, i64)> =
                free.map(|(number, shard)| (*number, shard.epoch)).take(share - claimed.len()).collect();
            if !wanted.is_empty() {
                claimed.extend(self.claim(client, seen, &wanted).await?);
            }
        }
        let more = claimed.len().saturating_sub(share);
        let told = Told {
            release: claimed.keys().rev().take(more).copied().collect(),
            claimed,
            phase: seen.build.phase,
            live: seen.build.live,
            paused: seen.paused,
            events_per_second: seen.events_per_second,
            wanted: seen.wanted,
        };
        self.groups.tell(&seen.build, view, status, told);
        self.tell_trouble(client, seen).await
    }

    async fn claim(
        &self,
        client: &ClientWrapper,
        seen: &SeenBuild,
        wanted: &[(i32, i64)],
    ) -> Result<Vec<(i32, i64)>, RunError> {
        let failed = |source| RunError::Coordinate { action: "claiming", source };
        let (shards, epochs): (Vec<i32>, Vec<i64>) = wanted.iter().copied().unzip();
        let lease = self.context.lease.as_secs_f64();
        let schema_name = &seen.build.schema_name;
        let statement = client.prepare_cached(CLAIM).await.map_err(failed)?;
        let rows = client
            .query(&statement, &[schema_name, &self.context.worker, &shards, &epochs, &lease])
            .await
            .map_err(failed)?;
        let claimed: Vec<(i32, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        tracing::debug!(schema_name, ?claimed, "claimed shards");
        Ok(claimed)
    }

    /// Writes down what goes wrong with a build's shards that this worker holds, or that it does no more.
    async fn tell_trouble(&self, client: &ClientWrapper, seen: &SeenBuild) -> Result<(), RunError> {
        let schema_name = &seen.build.schema_name;
        let trouble = self.groups.trouble(schema_name);
        if trouble.is_some() || seen.troubled {
            let failed = |source| RunError::Coordinate { action: "writing down the troubles of", source };
            client.execute(TROUBLE, &[schema_name, &self.context.worker, &trouble]).await.map_err(failed)?;
        }
        Ok(())
    }

    /// What this process knows of the view, where its group has not told better.
    fn show(&self, view: &dyn View, status: &watch::Sender<Status>, builds: &[&SeenBuild]) {
        let Some(seen) = builds.iter().find(|seen| seen.build.live).or_else(|| builds.last()) else { return };
        let mine = seen.shards.values().filter(|shard| shard.worker == Some(self.context.worker)).count();
        let trouble = self.groups.trouble(&seen.build.schema_name);
        let whole = seen.build.live && mine == seen.shards.len();
        let state = match &trouble {
            Some(_) => State::Retrying,
            None if !seen.build.live => State::Filling,
            None if seen.paused => State::Paused,
            None if mine == 0 => State::Elsewhere,
            None => State::Live,
        };
        tracing::trace!(view = view.name(), ?state, mine, "looked at a view");
        status.send_if_modified(|status| {
            // Whoever holds all shards tells the position as it moves: what was looked at is older.
            let position = if whole { status.position } else { seen.position() };
            let whole = whole && status.whole;
            let state = if mine == seen.shards.len() && !whole && state == State::Live {
                status.state
            } else {
                state
            };
            let now = Status { position, state, whole, last_error: trouble.clone() };
            let news = *status != now;
            *status = now;
            news
        });
    }
}

fn is_of(seen: &SeenBuild, view: &dyn View) -> bool {
    seen.build.projection == view.name() && seen.build.version == view.version()
}
