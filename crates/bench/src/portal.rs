//! A large portal as a feed of events, made as they are read: the views take any feed, so they are filled by their own
//! apply and nothing else needs a log of millions.
//!
//! Of `n` connections: `n / 100` tenants in two environments, ten apps listed for all of them, and 4,000 for a
//! hundredth each, so that every tenant sees 50 apps; every connection with a secret and an upgrade on offer. They come
//! in an order that mixes apps and tenants, as they would over the years.

mod events;

use anyhow::ensure;
use chancery_views::{BoxFeed, Feed, FeedError, Feeds};
use chancery_wire::{Actor, Event, Position, Recorded};
use futures_util::{FutureExt as _, future::BoxFuture};
use jiff::Timestamp;
use uuid::Uuid;

use events::{
    app_approved, app_created, scopes_edited, secret_generated, tenant_added, tenant_connected,
    tenant_registered,
};

const ENVIRONMENTS: [&str; 2] = ["integration", "production"];
/// Apps that are listed for every tenant.
pub const LARGE_APPS: u64 = 10;
pub const APPS: u64 = LARGE_APPS + 4_000;
const ORGANIZATIONS: u64 = 40;
/// A small app is listed for every one of so many tenants.
const STEP: u64 = 100;
/// A prime far from any number of listings: steps of it reach each listing once.
pub const STRIDE: u64 = 7_368_787;
/// Events in a batch.
const BATCH: usize = 5_000;

#[derive(Debug, Clone, Copy)]
pub struct Portal {
    pub tenants: u64,
}

impl Portal {
    pub fn of(connections: u64) -> anyhow::Result<Self> {
        ensure!(
            connections > 0 && connections.is_multiple_of(10_000),
            "name a multiple of 10,000 connections"
        );
        Ok(Self { tenants: connections / 100 })
    }

    /// The position of its last event.
    pub fn last(self) -> Position {
        Position::new(self.tenants + APPS * 3 + self.listings() + self.connections() * 2)
    }

    pub fn connections(self) -> u64 {
        self.listings() * 2
    }

    pub fn connections_of_small_app(self) -> usize {
        usize::try_from(self.tenants / STEP).unwrap_or(usize::MAX) * ENVIRONMENTS.len()
    }

    fn listings(self) -> u64 {
        self.tenants * LARGE_APPS + self.tenants / STEP * (APPS - LARGE_APPS)
    }

    /// App and tenant of a listing, each pair once.
    pub fn listing(self, number: u64) -> (u64, u64) {
        let number = number * STRIDE % self.listings();
        let large = self.tenants * LARGE_APPS;
        let (app, tenant) = if number < large {
            (number / self.tenants, number % self.tenants)
        } else {
            let (app, turn) =
                ((number - large) / (self.tenants / STEP), (number - large) % (self.tenants / STEP));
            (LARGE_APPS + app, app * 37 % STEP + turn * STEP)
        };
        (app, tenant + 1)
    }

    fn events(self) -> impl Iterator<Item = Event> + Send {
        let tenants = (1..=self.tenants).map(tenant_registered);
        let apps = (0..APPS).flat_map(|app| [app_created(app), app_approved(app), scopes_edited(app)]);
        let listings = (0..self.listings()).map(move |number| tenant_added(self.listing(number)));
        let connections = (0..self.connections()).flat_map(move |number| {
            let (app, tenant) = self.listing(number / 2);
            let environment = ENVIRONMENTS[usize::from(number % 2 == 1)];
            [tenant_connected(app, tenant, environment), secret_generated(app, tenant, environment)]
        });
        tenants.chain(apps).chain(listings).chain(connections)
    }
}

impl Feeds for Portal {
    fn open(&self, after: Position) -> BoxFuture<'_, Result<BoxFeed, FeedError>> {
        let skip = usize::try_from(after.get()).unwrap_or(usize::MAX);
        let events = Box::new(self.events().skip(skip));
        async move { Ok(Box::new(PortalFeed { events, after }) as BoxFeed) }.boxed()
    }
}

struct PortalFeed {
    events: Box<dyn Iterator<Item = Event> + Send>,
    after: Position,
}

impl Feed for PortalFeed {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async move {
            let mut batch = Vec::with_capacity(BATCH);
            for event in self.events.by_ref().take(BATCH) {
                self.after = self.after.next();
                batch.push(recorded(self.after, &event));
            }
            if batch.is_empty() { std::future::pending().await } else { Ok(batch) }
        }
        .boxed()
    }
}

/// Ids of the same form as real ones: later apps have greater ids.
pub fn app_id(app: u64) -> Uuid {
    Uuid::from_u128(0x0190_b5f2_7b1c_7e1a_9c3a_0000_0000_0000 + u128::from(app))
}

pub fn organization_id(app: u64) -> Uuid {
    Uuid::from_u128(0x0190_b5f2_7b1c_7e1a_9c3b_0000_0000_0000 + u128::from(app % ORGANIZATIONS))
}

/// As the log would have it.
pub fn recorded(position: Position, event: &Event) -> Recorded {
    let (key_app, key_tenant) = keys(event);
    let id = Uuid::from_u128(u128::from(position.get()));
    Recorded {
        position,
        event_id: id,
        category: event.category().into(),
        stream: event.category().into(),
        version: 1,
        event_type: event.event_type().into(),
        schema_version: event.schema_version(),
        recorded_at: Timestamp::UNIX_EPOCH,
        key_app: key_app.and_then(|app_id| app_id.parse().ok()),
        key_tenant: key_tenant.map(i64::cast_unsigned),
        actor: Actor { kind: "person".into(), id: format!("person-{}", position.get() % 1_000) },
        command_id: id,
        correlation_id: id,
        causation_id: None,
        traceparent: None,
        data: event.encode().into(),
    }
}

/// The app and the tenant that an event names.
fn keys(event: &Event) -> (Option<&str>, Option<i64>) {
    match event {
        Event::TenantRegistered(event) => (None, Some(event.tenant_id)),
        Event::AppCreated(event) => (Some(&event.app_id), None),
        Event::AppApproved(event) => (Some(&event.app_id), None),
        Event::ScopesEdited(event) => (Some(&event.app_id), None),
        Event::TenantAdded(event) => (Some(&event.app_id), Some(event.tenant_id)),
        Event::TenantConnected(event) => (Some(&event.app_id), Some(event.tenant_id)),
        Event::SecretGenerated(event) => (Some(&event.app_id), Some(event.tenant_id)),
        _ => (None, None),
    }
}
