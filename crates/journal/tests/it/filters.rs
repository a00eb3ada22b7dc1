//! A filter selects what a scan of the whole log would.

use anyhow::Result;
use chancery_journal::Filter;
use chancery_wire::{Actor, Position, Recorded};
use proptest::{option::weighted, prelude::*, sample::select, test_runner::TestRunner};
use uuid::Uuid;

use crate::{
    commands::{command, event},
    world::World,
};

const CATEGORIES: [&str; 3] = ["app", "connection", "tenant"];
const TYPES: [&str; 5] = ["AppCreated", "ScopesEdited", "TenantAdded", "TenantConnected", "AppDeleted"];

fn app(number: usize) -> Option<Uuid> {
    (!number.is_multiple_of(4)).then(|| Uuid::from_u128(number as u128 % 4))
}

fn tenant(number: usize) -> Option<u64> {
    (!number.is_multiple_of(3)).then_some(number as u64 % 7)
}

/// A log in which the columns take every combination of neighbours.
pub(crate) async fn fill(world: &World, events: usize) -> Result<()> {
    let mut batch = Vec::new();
    for number in 0..events {
        let (stream, version) = (format!("s-{}", number % 11), number as u64 / 11);
        let mut one = command();
        one.actor = Actor { kind: "person".into(), id: format!("p{}", number % 2) };
        one.touches.push(chancery_journal::Touch { stream: stream.clone(), version });
        one.events.push(event(&stream, "{}".into()));
        one.events[0].category = CATEGORIES[number % 3];
        one.events[0].event_type = TYPES[number % 5];
        one.events[0].key_app = app(number);
        one.events[0].key_tenant = tenant(number);
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
}

/// Filters by any columns, now and then by what no event has.
fn filters() -> impl Strategy<Value = Filter> {
    let text = |values: Vec<String>| weighted(0.3, select(values));
    let owned = |values: &[&str]| values.iter().map(ToString::to_string).chain(["none".into()]).collect();
    (
        text((0..12).map(|number| format!("s-{number}")).collect()),
        text(owned(&CATEGORIES)),
        text(owned(&TYPES)),
        weighted(0.3, (0..6_u128).prop_map(Uuid::from_u128)),
        weighted(0.3, 0..8_i64),
        text(owned(&["p0", "p1"])),
    )
        .prop_map(|(stream, category, event_type, app, tenant, actor)| Filter {
            stream,
            category,
            event_type,
            app,
            tenant,
            actor,
        })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_selects_what_a_full_scan_would() -> Result<()> {
    let world = World::new()?;
    fill(&world, 330).await?;
    let log = world.log().await?;
    let cases = (filters(), 0..340_u64, prop_oneof![1..20_usize, Just(usize::MAX)]);
    let runtime = tokio::runtime::Handle::current();
    let selects_them = |(filter, after, limit): (Filter, u64, usize)| {
        let wanted = log.iter().filter(|event| event.position.get() > after && matches(&filter, event));
        let wanted: Vec<_> = wanted.take(limit).cloned().collect();
        let found = runtime.block_on(world.journal.select(&filter, Position::new(after), limit));
        let found = found.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(found, wanted);
        Ok(())
    };
    let run = || TestRunner::deterministic().run(&cases, selects_them).map_err(Box::new);
    tokio::task::block_in_place(run)?;
    Ok(())
}

#[tokio::test]
async fn each_column_filters_by_itself() -> Result<()> {
    let world = World::new()?;
    fill(&world, 120).await?;
    let log = world.log().await?;
    for filter in alone() {
        let found = world.journal.select(&filter, Position::START, usize::MAX).await?;
        let wanted: Vec<_> = log.iter().filter(|event| matches(&filter, event)).cloned().collect();
        assert!(!wanted.is_empty() && wanted.len() < log.len(), "{filter:?} filters nothing");
        assert_eq!(found, wanted, "{filter:?}");
    }
    Ok(())
}

/// A filter by each column that there is.
pub(crate) fn alone() -> [Filter; 6] {
    let none = Filter::default;
    [
        Filter { stream: Some("s-3".into()), ..none() },
        Filter { category: Some("tenant".into()), ..none() },
        Filter { event_type: Some("AppDeleted".into()), ..none() },
        Filter { app: Some(Uuid::from_u128(2)), ..none() },
        Filter { tenant: Some(5), ..none() },
        Filter { actor: Some("p1".into()), ..none() },
    ]
}
