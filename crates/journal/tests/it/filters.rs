//! A filter selects what a scan of the whole log would.

use anyhow::Result;
use chancery_journal::Filter;
use chancery_wire::{Actor, Position, Recorded};
use proptest::{
    option::weighted,
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    commands::{Compose, command},
    world::World,
};

const CATEGORIES: [&str; 3] = ["app", "connection", "tenant"];
const TYPES: [&str; 5] = ["AppCreated", "ScopesEdited", "TenantAdded", "TenantConnected", "AppDeleted"];

/// One of `of` values, some far more often than others; the same for the same log, event and column.
fn pick(log: u64, event: u64, column: u64, of: usize) -> usize {
    let mut bits = (log << 40 ^ event << 8 ^ column).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let (one, other) = (bits >> 40, bits >> 16 & 0xff_ffff);
    (usize::try_from(one.min(other)).unwrap_or_default() * of) >> 24
}

/// A log whose columns take their values without regard to one another.
pub(crate) async fn fill(world: &World, log: u64, events: u64) -> Result<()> {
    let (mut batch, mut versions) = (Vec::new(), [0; 11]);
    for event in 0..events {
        let pick = |column, of| pick(log, event, column, of);
        let stream = pick(0, versions.len());
        let mut one = command().writes(&format!("s-{stream}"), versions[stream], 1);
        versions[stream] += 1;
        one.actor = Actor { kind: "person".into(), id: format!("p{}", pick(1, 2)) };
        one.correlation_id = Uuid::from_u128(pick(2, 9) as u128);
        one.events[0].category = CATEGORIES[pick(3, 3)];
        one.events[0].event_type = TYPES[pick(4, 5)];
        one.events[0].key_app = (pick(5, 5) > 0).then(|| Uuid::from_u128(pick(6, 4) as u128));
        one.events[0].key_tenant = (pick(7, 3) > 0).then(|| pick(8, 7) as u64);
        batch.push(one);
    }
    for answer in world.together(batch).await? {
        answer?;
    }
    Ok(())
}

fn matches(filter: &Filter, event: &Recorded) -> bool {
    let text = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    text(&filter.stream, &event.stream)
        && text(&filter.category, &event.category)
        && text(&filter.event_type, &event.event_type)
        && text(&filter.actor, &event.actor.id)
        && filter.app.is_none_or(|app| event.key_app == Some(app))
        && filter.tenant.is_none_or(|tenant| event.key_tenant == Some(tenant.cast_unsigned()))
        && filter.correlation.is_none_or(|correlation| event.correlation_id == correlation)
        && filter.through.is_none_or(|through| event.position <= through)
}

/// Filters by any columns, now and then by what no event has.
fn filters() -> impl Strategy<Value = Filter> {
    let text = |values: Vec<String>| weighted(0.3, select(values));
    let owned = |values: &[&str]| values.iter().map(ToString::to_string).chain(["none".into()]).collect();
    (
        weighted(0.1, (0..12).prop_map(|number| format!("s-{number}"))),
        text(owned(&CATEGORIES)),
        text(owned(&TYPES)),
        weighted(0.3, (0..6_u128).prop_map(Uuid::from_u128)),
        weighted(0.3, 0..8_i64),
        text(owned(&["p0", "p1"])),
        weighted(0.2, (0..10_u128).prop_map(Uuid::from_u128)),
        weighted(0.3, (0..400_u64).prop_map(Position::new)),
    )
        .prop_map(|(stream, category, event_type, app, tenant, actor, correlation, through)| Filter {
            stream,
            category,
            event_type,
            app,
            tenant,
            actor,
            correlation,
            through,
        })
}

/// Keys up to that position and no further.
async fn index(client: &Client, position: u64) -> Result<()> {
    client.batch_execute(&format!("SELECT forget_event_keys(); SELECT index_events({position})")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_selects_what_a_full_scan_would_wherever_the_keys_end() -> Result<()> {
    for seed in 1..=4 {
        let world = World::new()?;
        fill(&world, seed, 330).await?;
        let (log, client) = (world.log().await?, world.superuser().await?);
        let limits = prop_oneof![1..20_usize, Just(usize::MAX)];
        let cases = (filters(), prop_oneof![0..340_u64, Just(0), Just(i64::MAX as u64)], limits, 0..340_u64);
        let runtime = tokio::runtime::Handle::current();
        let selects_them = |(filter, after, limit, indexed): (Filter, u64, usize, u64)| {
            let wanted = log.iter().filter(|event| event.position.get() > after && matches(&filter, event));
            let wanted: Vec<_> = wanted.take(limit).cloned().collect();
            let found = runtime.block_on(async {
                index(&client, indexed).await?;
                anyhow::Ok(world.journal.select(&filter, Position::new(after), limit).await?)
            });
            let found = found.map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
            prop_assert_eq!(found, wanted);
            Ok(())
        };
        let config = Config { cases: 64, ..Config::default() };
        let mut runner =
            TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::default()));
        let run = || runner.run(&cases, selects_them).map_err(Box::new);
        tokio::task::block_in_place(run)?;
    }
    Ok(())
}

#[tokio::test]
async fn each_column_filters_by_itself() -> Result<()> {
    let world = World::new()?;
    fill(&world, 1, 120).await?;
    let log = world.log().await?;
    for indexed in [0, 60, 120] {
        index(&world.superuser().await?, indexed).await?;
        for filter in alone() {
            let found = world.journal.select(&filter, Position::START, usize::MAX).await?;
            let wanted: Vec<_> = log.iter().filter(|event| matches(&filter, event)).cloned().collect();
            assert!(!wanted.is_empty() && wanted.len() < log.len(), "{filter:?} filters nothing");
            assert_eq!(found, wanted, "{filter:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_event_that_only_shares_the_key_is_not_selected() -> Result<()> {
    let world = World::new()?;
    fill(&world, 1, 120).await?;
    let (log, client) = (world.log().await?, world.superuser().await?);
    index(&client, 100).await?;
    // Every event has every key, as if all values had the same one.
    let collide = "INSERT INTO event_keys SELECT DISTINCT k.key, e.position FROM event_keys k, events e
        WHERE e.position <= 100 ON CONFLICT DO NOTHING";
    client.batch_execute(collide).await?;
    let two = Filter { category: Some("tenant".into()), actor: Some("p1".into()), ..Filter::default() };
    for filter in alone().into_iter().chain([two]) {
        for limit in [1, 7, usize::MAX] {
            let found = world.journal.select(&filter, Position::START, limit).await?;
            let wanted = log.iter().filter(|event| matches(&filter, event)).take(limit);
            assert_eq!(found, wanted.cloned().collect::<Vec<_>>(), "{filter:?}");
        }
    }
    Ok(())
}

/// A filter by each column that there is.
pub(crate) fn alone() -> [Filter; 7] {
    let none = Filter::default;
    [
        Filter { stream: Some("s-3".into()), ..none() },
        Filter { category: Some("tenant".into()), ..none() },
        Filter { event_type: Some("AppDeleted".into()), ..none() },
        Filter { app: Some(Uuid::from_u128(2)), ..none() },
        Filter { tenant: Some(5), ..none() },
        Filter { actor: Some("p1".into()), ..none() },
        Filter { correlation: Some(Uuid::from_u128(2)), ..none() },
    ]
}
