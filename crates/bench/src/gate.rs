//! Calls that one gate decides a second on one core, at a million connections, beside two look-ups in bare tables of
//! the same size: what a decision cannot do without, the connection and its limiter.
//!
//! Every call is of another connection, at random, so that at a million nothing of it is in the processor's caches; its
//! token's claims are as cold. At ten thousand all of it is: what a decision costs beside memory. The catalog is the
//! real one. Memory is what the process has resident: what a machine must have, also what is torn.

use std::{
    cell::Cell,
    hash::{BuildHasher as _, RandomState},
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use chancery_gate::{Call, Claims, ClientId, Gate, Moment, RawClaims, Settings, TokenState};
use chancery_wire::{Event, Position, v1};
use hashbrown::HashMap;
use hdrhistogram::Histogram;
use uuid::Uuid;

use crate::{
    measure::Run,
    portal::recorded,
    report::{Case, Report},
};

/// Seconds since 1970 at which the bench happens.
const NOW: i64 = 1_800_000_000;
/// Each is connected to as many apps as make the connections.
const TENANTS: u64 = 1000;
const SCOPE: &str = "tn.crm.contacts:r";
/// Calls between two looks at the clock of the run.
const ROUND: usize = 1000;
/// Connections that fit into the processor's caches.
const FEW: u64 = 10_000;
/// Time in which every connection calls once, as the gate is told: two or three calls of each count at any moment.
const PASS: u64 = 400_000_000;
const CATALOG: &str = include_str!("../../../xtask/demo/scope-catalog.json");

/// A gate that was folded, and the tokens of its connections.
struct Portal {
    gate: Gate,
    keys: Vec<String>,
    /// Of connection n: app n / 1000 at tenant n % 1000 + 1.
    claims: Vec<Claims>,
    order: Vec<u32>,
    /// That were decided.
    calls: Cell<u64>,
}

pub fn bench(connections: u64, runs: usize, seconds: f64) -> anyhow::Result<Report> {
    let mut report = Report::new("gate", (runs * 2 + 1) * 2);
    for connections in [connections, FEW.min(connections)] {
        case(connections, runs, seconds, &mut report)?;
    }
    Ok(report)
}

fn case(connections: u64, runs: usize, seconds: f64, report: &mut Report) -> anyhow::Result<()> {
    let before = resident()?;
    let gate = folded(connections)?;
    let bytes = resident()?.saturating_sub(before);
    println!("{connections} connections: {} bytes each, {} MB", bytes / connections.max(1), bytes >> 20);
    let portal = portal(gate, connections)?;
    report.step();

    let mut case = Case::new(
        format!("{connections} connections, another one each call"),
        "two look-ups in bare tables of the same size",
    );
    let table: HashMap<u64, [u64; 6], RandomState> = (0..connections).map(|n| (n, [n; 6])).collect();
    for number in 0..runs {
        case.limits.push(looked_up(&portal, &table, seconds));
        report.step();
        let before = resident()?;
        case.runs.push(checked(&portal, seconds)?);
        if number == 0 {
            let bytes = resident()?.saturating_sub(before);
            println!(
                "limiters of {connections} connections that called: at most {} bytes each",
                bytes / connections
            );
        }
        report.step();
    }
    let (p50, p99) = single(&portal)?;
    println!("one check: p50 {p50} ns, p99 {p99} ns, of which the clock takes {} ns", clock());
    report.cases.push(case);
    Ok(())
}

fn key(app: u64) -> String {
    format!("ak1.{app:025}")
}

fn client_id(connection: u64) -> String {
    format!("cid.{connection:025}")
}

fn app_id(app: u64) -> Uuid {
    Uuid::from_u128(u128::from(app) + 1)
}

/// The log of a portal: a catalog, apps, and every app's consent of every tenant.
fn folded(connections: u64) -> anyhow::Result<Gate> {
    let mut gate = Gate::new(Settings::default());
    apply(&mut gate, &catalog()?.into())?;
    for connection in 0..connections {
        let app = connection / TENANTS;
        let id = app_id(app).to_string();
        if connection % TENANTS == 0 {
            let (app_key, scopes) = (key(app), vec![SCOPE.to_owned()]);
            apply(
                &mut gate,
                &v1::AppCreated { app_id: id.clone(), app_key, scopes, ..Default::default() }.into(),
            )?;
        }
        let connected = v1::TenantConnected {
            app_id: id,
            tenant_id: (connection % TENANTS + 1).cast_signed(),
            environment: "production".into(),
            version: 1,
            client_id: client_id(connection),
            ..Default::default()
        };
        apply(&mut gate, &connected.into())?;
    }
    Ok(gate)
}

fn catalog() -> anyhow::Result<v1::ScopeCatalogPublished> {
    let catalog: serde_json::Value = serde_json::from_str(CATALOG)?;
    let operation = |operation: &serde_json::Value| {
        let text =
            |field: &str| operation[field].as_str().map(str::to_owned).context("a field of an operation");
        let kind = v1::OperationKind::Standard.into();
        Ok(v1::Operation {
            id: text("id")?,
            module: text("module")?,
            method: text("method")?,
            path: text("path")?,
            scope: text("scope")?,
            kind,
        })
    };
    let operations = catalog["operations"].as_array().context("the catalog's operations")?;
    let operations = operations.iter().map(operation).collect::<anyhow::Result<_>>()?;
    Ok(v1::ScopeCatalogPublished { scopes: Vec::new(), operations })
}

fn apply(gate: &mut Gate, event: &Event) -> anyhow::Result<()> {
    Ok(gate.apply(&recorded(gate.position().next(), event))?)
}

fn portal(gate: Gate, connections: u64) -> anyhow::Result<Portal> {
    let claims = |connection: u64| {
        let raw = RawClaims {
            client_id: ClientId::parse(&client_id(connection)).context("a client id")?,
            app_id: app_id(connection / TENANTS),
            environment: "production",
            jti: Uuid::from_u128(u128::from(connection) << 64),
            sid: Uuid::from_u128((u128::from(connection) << 64) + 1),
            pos: Position::new(u64::MAX >> 1),
            expires: NOW + 900,
            scope: SCOPE,
        };
        Ok(gate.claims(&raw))
    };
    let claims = (0..connections).map(claims).collect::<anyhow::Result<_>>()?;
    let mut order: Vec<u32> = (0..u32::try_from(connections)?).collect();
    let hasher = RandomState::new();
    order.sort_by_cached_key(|number| hasher.hash_one(number));
    let keys = (0..=connections / TENANTS).map(key).collect();
    Ok(Portal { gate, keys, claims, order, calls: Cell::new(0) })
}

impl Portal {
    /// One call, from the texts that a door would have.
    fn check(&self, connection: u32, path: &mut Vec<u8>) -> bool {
        let (app, tenant) = (u64::from(connection) / TENANTS, u64::from(connection) % TENANTS + 1);
        path.truncate(PREFIX.len());
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = tenant;
        while rest > 0 {
            at -= 1;
            digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        path.extend_from_slice(&digits[at..]);
        path.extend_from_slice(b"/contacts");
        let app = usize::try_from(app).unwrap_or_default();
        let call = Call {
            method: "GET",
            path: std::str::from_utf8(path).unwrap_or_default(),
            environment: "production",
            app_key: Some(&self.keys[app]),
            token: TokenState::Verified(&self.claims[connection as usize]),
        };
        self.calls.update(|calls| calls + 1);
        let monotonic = Duration::from_nanos(self.calls.get() * (PASS / self.claims.len() as u64));
        let now = Moment { unix: NOW, monotonic };
        black_box(self.gate.check(black_box(&call), now)).is_ok()
    }
}

const PREFIX: &[u8] = b"/crm/v2/tenant/";

fn checked(portal: &Portal, seconds: f64) -> anyhow::Result<Run> {
    let mut path = PREFIX.to_vec();
    let mut passed = 0;
    let run = rounds(&portal.order, seconds, |connection| {
        passed += u64::from(portal.check(connection, &mut path));
    });
    ensure!(passed == run.operations, "{passed} of {} calls passed", run.operations);
    Ok(run)
}

fn looked_up(portal: &Portal, table: &HashMap<u64, [u64; 6], RandomState>, seconds: f64) -> Run {
    let (half, length) = (portal.order.len() / 2, portal.order.len());
    let mut at = 0;
    rounds(&portal.order, seconds, |connection| {
        at = if at + 1 == length { 0 } else { at + 1 };
        let other = portal.order[(at + half) % length];
        black_box((table.get(&u64::from(connection)), table.get(&u64::from(other))));
    })
}

/// All connections in their order, again and again. The clock is read once in a round.
fn rounds(order: &[u32], seconds: f64, mut call: impl FnMut(u32)) -> Run {
    let start = Instant::now();
    let mut run = Run::new(seconds);
    let length = Duration::from_secs_f64(seconds);
    for round in order.chunks(ROUND).cycle() {
        let now = Instant::now();
        if now - start >= length {
            run.seconds = (now - start).as_secs_f64();
            return run;
        }
        for connection in round {
            call(*connection);
        }
        run.operations += round.len() as u64;
    }
    run
}

/// One check at a time, the clock read before and after, in nanoseconds.
fn single(portal: &Portal) -> anyhow::Result<(u64, u64)> {
    let mut times = Histogram::<u64>::new_with_bounds(1, 1_000_000_000, 3)?;
    let mut path = PREFIX.to_vec();
    for connection in portal.order.iter().cycle().take(1_000_000) {
        let start = Instant::now();
        black_box(portal.check(*connection, &mut path));
        times.saturating_record(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    Ok((times.value_at_quantile(0.5), times.value_at_quantile(0.99)))
}

/// What two readings of the clock take, in nanoseconds.
fn clock() -> u128 {
    let start = Instant::now();
    for _ in 0..1_000_000 {
        black_box(Instant::now());
    }
    start.elapsed().as_nanos() / 1_000_000
}

/// Bytes of the process that are in memory.
fn resident() -> anyhow::Result<u64> {
    // What was freed goes back after a moment.
    std::thread::sleep(Duration::from_millis(200));
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS of the process")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? << 10)
}
