//! Pages at a million connections, read as the HTTP routes read them: pointer, checkpoint and rows in one snapshot,
//! decoded. The limit beside each is one range of a bare table's primary key with as many rows, on the same server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use chancery_journal::{Journal, migrate};
use chancery_views::{
    Instance, Reader, Runner,
    apps::{self, Apps},
    connections::{self, Connections},
};
use tokio_postgres::{Client, Statement};
use tokio_util::sync::CancellationToken;

use crate::{
    Arguments, load,
    measure::{Run, Window, closed_loop},
    portal::{APPS, LARGE_APPS, Portal, STRIDE, app_id, organization_id},
    report::{Case, Report},
};

const CALLERS: [usize; 2] = [1, 8];
/// Items of a page.
const PAGE: usize = 50;
/// How long the views may take to get there.
const PATIENCE: Duration = Duration::from_mins(30);

#[derive(Debug, Clone, Copy)]
enum Question {
    TenantsApps,
    ConnectionsOfLargeApp,
    ConnectionsOfSmallApp,
    Connection,
    AppsOfOrganization,
}

impl Question {
    const ALL: [Self; 5] = [
        Self::TenantsApps,
        Self::ConnectionsOfLargeApp,
        Self::ConnectionsOfSmallApp,
        Self::Connection,
        Self::AppsOfOrganization,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::TenantsApps => "a tenant's apps",
            Self::ConnectionsOfLargeApp => "connections of an app that every tenant has",
            Self::ConnectionsOfSmallApp => "connections of an app that one in a hundred has",
            Self::Connection => "one connection",
            Self::AppsOfOrganization => "apps of an organization",
        }
    }

    /// Rows that the server is asked for: a page's and one more.
    const fn rows(self) -> usize {
        match self {
            Self::Connection => 1,
            _ => PAGE + 1,
        }
    }
}

pub async fn bench(arguments: &Arguments, window: Window) -> anyhow::Result<Report> {
    let mut report = Report::new("pages", arguments.runs * CALLERS.len() * Question::ALL.len() * 2 + 1);
    let portal = Portal::of(arguments.connections)?;
    let database = load::database(&arguments.database_url, "bench_pages").await?;
    fill(&database, portal).await?;
    report.step();
    for callers in CALLERS {
        for question in Question::ALL {
            let name = format!("{}, {callers} callers", question.name());
            let mut case = Case::new(name, "bare range of a primary key");
            if !case.is(&arguments.only) {
                continue;
            }
            for _ in 0..arguments.runs {
                case.limits.push(bare(&database, portal, question, callers, window).await?);
                report.step();
                case.runs.push(run(&database, portal, question, callers, window).await?);
                report.step();
            }
            report.cases.push(case);
        }
    }
    Ok(report)
}

/// The views by their own apply, then the bare table; both with the statistics that a server has after a while.
async fn fill(url: &str, portal: Portal) -> anyhow::Result<()> {
    migrate(url).await?;
    let runner = Runner::new(url, Journal::open(url, 1)?, Arc::new(portal), vec![&Connections, &Apps])?;
    let statuses = runner.statuses();
    let stop = CancellationToken::new();
    let start = Instant::now();
    let running = tokio::spawn(runner.run(stop.clone()));
    let mut connections = statuses.watch(&Connections).context("the view runs here")?;
    let mut apps = statuses.watch(&Apps).context("the view runs here")?;
    let last = portal.last();
    tokio::time::timeout(PATIENCE, async {
        connections.wait_for(|status| status.position >= last).await?;
        apps.wait_for(|status| status.position >= last).await
    })
    .await
    .context("the views did not get there")??;
    stop.cancel();
    running.await?;
    eprintln!("{} events in two views after {:.0} s", last.get(), start.elapsed().as_secs_f64());

    let client = load::connect(url).await?;
    let people = "INSERT INTO people (person_id, name)
                  SELECT 'person-' || n, 'Somebody ' || n FROM generate_series(0, 999) AS n";
    client.batch_execute(people).await?;
    let bare = "CREATE TABLE bare (key bigint PRIMARY KEY, payload text NOT NULL);
                INSERT INTO bare SELECT n, repeat(md5(n::text), 10)";
    client.batch_execute(&format!("{bare} FROM generate_series(1, {}) AS n", portal.connections())).await?;
    client.batch_execute("VACUUM ANALYZE").await?;
    client.batch_execute("CHECKPOINT").await?;
    Ok(())
}

/// Somebody who asks again and again, at places that nobody asked for before.
struct Caller {
    reader: Reader,
    portal: Portal,
    question: Question,
    turn: u64,
}

async fn run(
    url: &str,
    portal: Portal,
    question: Question,
    callers: usize,
    window: Window,
) -> anyhow::Result<Run> {
    let reader = Reader::new(Journal::open(url, callers)?, None);
    let mut states = Vec::new();
    for turn in starts(callers) {
        let mut caller = Caller { reader: reader.clone(), portal, question, turn };
        // What goes wrong later is only counted.
        caller.step().await?;
        states.push(caller);
    }
    let run = closed_loop(window, states, async |mut caller: Caller| {
        let result = caller.step().await;
        (caller, result)
    })
    .await?;
    ensure!(run.errors == 0, "{} reads failed", run.errors);
    Ok(run)
}

impl Caller {
    async fn step(&mut self) -> anyhow::Result<()> {
        self.turn += 1;
        let Self { reader, portal, turn, .. } = self;
        let (app, tenant_id) = portal.listing(*turn);
        let instance = Instance { tenant_id, environment: "production".into() };
        let found = match self.question {
            Question::TenantsApps => {
                connections::for_tenant(reader, &instance, None, PAGE).await?.value.items.len()
            }
            // Somewhere in the first half, so that the page is full.
            Question::ConnectionsOfLargeApp => {
                let after = Instance { tenant_id: tenant_id / 2, ..instance };
                let app_id = app_id(app % LARGE_APPS);
                connections::of_app(reader, app_id, Some(&after), PAGE).await?.value.items.len()
            }
            Question::ConnectionsOfSmallApp => {
                let app_id = app_id(LARGE_APPS + *turn % (APPS - LARGE_APPS));
                connections::of_app(reader, app_id, None, PAGE).await?.value.items.len()
            }
            Question::Connection => {
                let found = connections::connection(reader, app_id(app), &instance).await?.value;
                usize::from(found.is_some_and(|connection| connection.secrets.len() == 1))
            }
            Question::AppsOfOrganization => {
                apps::of_organization(reader, organization_id(app), None, PAGE).await?.value.items.len()
            }
        };
        let expected = match self.question {
            Question::Connection => 1,
            Question::ConnectionsOfSmallApp => portal.connections_of_small_app().min(PAGE),
            _ => PAGE,
        };
        ensure!(found == expected, "{} gave {found} instead of {expected}", self.question.name());
        Ok(())
    }
}

/// The limit: a connection a caller and a prepared statement, nothing decoded but a key.
struct Bare {
    client: Client,
    statement: Statement,
    rows: usize,
    /// The last key of which a whole page follows.
    last: u64,
    turn: u64,
}

async fn bare(
    url: &str,
    portal: Portal,
    question: Question,
    callers: usize,
    window: Window,
) -> anyhow::Result<Run> {
    let mut states = Vec::new();
    for turn in starts(callers) {
        let client = load::connect(url).await?;
        let sql = "SELECT key, payload FROM bare WHERE key >= $1 ORDER BY key LIMIT $2";
        let statement = client.prepare(sql).await?;
        let last = portal.connections() - PAGE as u64;
        states.push(Bare { client, statement, rows: question.rows(), last, turn });
    }
    let run = closed_loop(window, states, async |mut caller: Bare| {
        let result = caller.step().await;
        (caller, result)
    })
    .await?;
    ensure!(run.errors == 0, "{} bare reads failed", run.errors);
    Ok(run)
}

impl Bare {
    async fn step(&mut self) -> anyhow::Result<()> {
        self.turn += 1;
        let key = (self.turn * STRIDE % self.last).cast_signed();
        let found = self.client.query(&self.statement, &[&key, &i64::try_from(self.rows)?]).await?;
        let first: Option<i64> = found.first().map(|row| row.get(0));
        ensure!(found.len() == self.rows && first >= Some(key), "not what was asked for");
        Ok(())
    }
}

/// Where each caller begins, far from the others.
fn starts(callers: usize) -> impl Iterator<Item = u64> {
    (0..callers as u64).map(|caller| caller * 50_000)
}
