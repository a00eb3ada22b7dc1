//! A view rebuilt from nothing equals the live one, row for row, whatever happened on the way.

use std::collections::BTreeMap;

use chancery_views::{Reader, all};
use chancery_wire::{Event, v1};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::{
    events::{
        app_approved, app_created, app_rejected, at, connected, declined, id, organization_registered,
        scopes_edited, secret, tenant_added, tenant_registered, token_issued, token_revoked,
        upgrade_declined, upgraded,
    },
    world::{Running, World, deadline, person},
};

/// What may happen next; numbers choose among what exists.
#[derive(Debug, Clone)]
enum Step {
    Organization,
    Tenant(bool),
    Token,
    RevokeToken(usize),
    App {
        review: bool,
    },
    Scopes(usize, u8),
    Review(usize, bool),
    List(usize, usize),
    Decide(usize, usize, bool),
    Upgrade(usize, bool),
    Secret(usize),
    /// Runs a while in batches of this size, then dies, or stops in good order.
    Run {
        batch: usize,
        die: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let pick = 0..50_usize;
    prop_oneof![
        1 => Just(Step::Organization),
        2 => any::<bool>().prop_map(Step::Tenant),
        1 => Just(Step::Token),
        1 => pick.clone().prop_map(Step::RevokeToken),
        2 => any::<bool>().prop_map(|review| Step::App { review }),
        4 => (pick.clone(), 1..8_u8).prop_map(|(app, scopes)| Step::Scopes(app, scopes)),
        1 => (pick.clone(), any::<bool>()).prop_map(|(app, approve)| Step::Review(app, approve)),
        4 => (pick.clone(), pick.clone()).prop_map(|(app, tenant)| Step::List(app, tenant)),
        4 => (pick.clone(), pick.clone(), any::<bool>()).prop_map(|(l, e, allow)| Step::Decide(l, e, allow)),
        3 => (pick.clone(), any::<bool>()).prop_map(|(connection, accept)| Step::Upgrade(connection, accept)),
        3 => pick.prop_map(Step::Secret),
        2 => (1..6_usize, any::<bool>()).prop_map(|(batch, die)| Step::Run { batch, die }),
    ]
}

/// Just enough of what happened that the next event is one that could happen.
#[derive(Debug, Default)]
struct Story {
    organizations: u128,
    tokens: u128,
    secrets: u128,
    tenants: Vec<Vec<&'static str>>,
    /// Latest version of each app.
    apps: Vec<i64>,
    listings: Vec<(usize, usize)>,
    /// Granted version and last secret of each connection.
    granted: BTreeMap<(usize, usize, &'static str), (i64, Option<u128>)>,
}

const SCOPES: [&str; 3] = ["a.a:r", "b.b:r", "c.c:w"];

impl Story {
    fn next(&mut self, step: &Step) -> Option<Event> {
        match *step {
            Step::Organization => {
                self.organizations += 1;
                Some(organization_registered(self.organizations).into())
            }
            Step::Tenant(both) => {
                self.tenants.push(if both { vec!["integration", "production"] } else { vec!["production"] });
                Some(tenant_registered(tenant_id(self.tenants.len() - 1), self.tenants.last()?))
            }
            Step::Token => {
                self.tokens += 1;
                Some(token_issued(self.tokens, v1::Role::Auditor).into())
            }
            Step::RevokeToken(pick) => {
                let token = u128::try_from(pick).ok()?;
                (token < self.tokens).then(|| token_revoked(token + 1))
            }
            Step::App { review } => {
                self.apps.push(1);
                Some(
                    v1::AppCreated { review_required: review, ..app_created(app_id(self.apps.len() - 1)) }
                        .into(),
                )
            }
            Step::Scopes(pick, bits) => {
                let app = pick.checked_rem(self.apps.len())?;
                self.apps[app] += 1;
                let chosen: Vec<_> = SCOPES
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| bits >> bit & 1 == 1)
                    .map(|(_, s)| *s)
                    .collect();
                Some(scopes_edited(app_id(app), self.apps[app], &chosen, &chosen, &[]))
            }
            Step::Review(pick, approve) => {
                let app = app_id(pick.checked_rem(self.apps.len())?);
                Some(if approve { app_approved(app) } else { app_rejected(app) })
            }
            Step::List(app, tenant) => {
                let listing = (app.checked_rem(self.apps.len())?, tenant.checked_rem(self.tenants.len())?);
                let new = !self.listings.contains(&listing);
                new.then(|| self.listings.push(listing));
                new.then(|| tenant_added(app_id(listing.0), tenant_id(listing.1)))
            }
            Step::Decide(listing, environment, allow) => self.decide(listing, environment, allow),
            Step::Upgrade(pick, accept) => self.upgrade(pick, accept),
            Step::Secret(pick) => self.secret(pick),
            Step::Run { .. } => None,
        }
    }

    fn decide(&mut self, listing: usize, environment: usize, allow: bool) -> Option<Event> {
        let (app, tenant) = self.listings[listing.checked_rem(self.listings.len())?];
        let environment = self.tenants[tenant][environment % self.tenants[tenant].len()];
        let version = self.apps[app];
        if self.granted.contains_key(&(app, tenant, environment)) {
            return None;
        }
        if !allow {
            return Some(declined(app_id(app), tenant_id(tenant), environment, version));
        }
        self.granted.insert((app, tenant, environment), (version, None));
        Some(connected(app_id(app), tenant_id(tenant), environment, version))
    }

    fn upgrade(&mut self, pick: usize, accept: bool) -> Option<Event> {
        let index = pick.checked_rem(self.granted.len())?;
        let (&(app, tenant, environment), (granted, _)) = self.granted.iter_mut().nth(index)?;
        let (from, latest) = (*granted, self.apps[app]);
        if from == latest {
            return None;
        }
        if !accept {
            return Some(upgrade_declined(app_id(app), tenant_id(tenant), environment, from, latest));
        }
        *granted = latest;
        Some(upgraded(app_id(app), tenant_id(tenant), environment, from, latest))
    }

    fn secret(&mut self, pick: usize) -> Option<Event> {
        let index = pick.checked_rem(self.granted.len())?;
        self.secrets += 1;
        let (&(app, tenant, environment), (_, last)) = self.granted.iter_mut().nth(index)?;
        let previous = last.replace(self.secrets);
        let retires = at(4_000_000_000);
        Some(
            v1::SecretGenerated {
                previous_secret_id: previous.map(|secret| id(secret).to_string()).unwrap_or_default(),
                previous_retires_at: previous.map(|_| retires),
                ..secret(app_id(app), tenant_id(tenant), environment, self.secrets)
            }
            .into(),
        )
    }
}

fn app_id(index: usize) -> u128 {
    5_000 + index as u128
}

fn tenant_id(index: usize) -> i64 {
    i64::try_from(index).unwrap() + 1
}

async fn check(steps: Vec<Step>) {
    let world = World::new();
    let mut story = Story::default();
    for step in &steps {
        if let Step::Run { batch, die } = *step {
            let running = Running::start(world.runner(all(), batch));
            if die {
                // Wherever it happens to be.
                tokio::task::yield_now().await;
                running.kill().await;
            } else {
                follow(&world, &running).await;
                running.stop().await;
            }
        } else if let Some(event) = story.next(step) {
            world.done_by(person("ann"), [event]).await;
        }
    }
    world.caught_up().await;
    for view in all() {
        assert_eq!(world.live(view).await, world.rebuilt(view).await, "{}", view.name());
    }
}

async fn follow(world: &World, running: &Running) {
    let reader = Reader::new(world.journal.clone(), Some(running.statuses.clone()));
    let head = world.journal.head().await.unwrap().position;
    for view in all() {
        reader.wait_for(view, head, deadline()).await.unwrap();
    }
}

#[test]
fn a_view_rebuilt_from_nothing_equals_the_live_one_row_for_row() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases: 12, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&prop::collection::vec(step(), 20..120), |steps| {
            runtime.block_on(check(steps));
            Ok(())
        })
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_edit_touches_no_listing_and_no_connection() {
    let world = World::new();
    world.happened(app_created(1)).await;
    for tenant in 1..=5 {
        world.happened(tenant_registered(tenant, &["production"])).await;
        world.happened(tenant_added(1, tenant)).await;
        world.happened(connected(1, tenant, "production", 1)).await;
    }
    world.caught_up().await;
    let versions = "SELECT xmin::text FROM view_connections_v1_b1.listing UNION ALL \
                    SELECT xmin::text FROM view_connections_v1_b1.connection";
    let client = world.client(chancery_journal::Role::App).await;
    let touched = async || {
        let rows = client.query(versions, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    let before = touched().await;
    world.happened(scopes_edited(1, 2, &["a:r"], &["a:r"], &["crm.contacts:r"])).await;
    world.caught_up().await;
    assert_eq!(touched().await, before);
}
