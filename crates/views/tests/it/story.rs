//! A story at random: just enough is remembered of what happened that what happens next could.

mod connections;
mod hub;

use std::collections::{BTreeMap, BTreeSet};

use chancery_wire::{Event, v1};
use proptest::prelude::*;

use crate::events::{
    access_approved, access_rejected, access_requested, app_approved, app_created, app_deleted, app_rejected,
    credentials_managed_by, details_edited, organization_registered, person_forgotten, review_requested,
    scopes_edited, tenant_added, tenant_registered, tenant_removed, token_issued, token_revoked,
    tunneling_blocked,
};
use connections::Standing;
use hub::Group;

/// What may happen next; numbers choose among what exists.
#[derive(Debug, Clone)]
pub enum Step {
    Organization,
    Tenant(bool),
    Token,
    RevokeToken(usize),
    Ask,
    DecideAccess(usize, bool),
    Forget(usize),
    Tunnel,
    App { review: bool },
    Details(usize, bool),
    Mode(usize, bool),
    Scopes(usize, u8),
    Review(usize, bool),
    Resubmit(usize),
    DeleteApp(usize),
    List(usize, usize),
    Unlist(usize),
    Decide { listing: usize, environment: usize, allow: bool },
    Upgrade(usize, bool),
    Turn(usize),
    Disconnect(usize),
    Secret(usize),
    RevokeSecret(usize),
    Network,
    Group(usize),
    Join(usize, usize),
    Leave(usize, usize),
    Offer(usize, usize),
    ConnectThrough(usize, usize),
}

pub fn step() -> impl Strategy<Value = Step> {
    let pick = || 0..50_usize;
    let two = || (pick(), pick());
    let choice = || (pick(), any::<bool>());
    let coming = prop_oneof![
        1 => Just(Step::Organization),
        3 => any::<bool>().prop_map(Step::Tenant),
        1 => Just(Step::Token),
        1 => pick().prop_map(Step::RevokeToken),
        1 => Just(Step::Ask),
        1 => choice().prop_map(|(request, approve)| Step::DecideAccess(request, approve)),
        1 => pick().prop_map(Step::Forget),
        1 => Just(Step::Tunnel),
    ];
    let apps = prop_oneof![
        3 => any::<bool>().prop_map(|review| Step::App { review }),
        1 => choice().prop_map(|(app, private)| Step::Details(app, private)),
        1 => choice().prop_map(|(app, developer)| Step::Mode(app, developer)),
        4 => (pick(), 1..8_u8).prop_map(|(app, scopes)| Step::Scopes(app, scopes)),
        2 => choice().prop_map(|(app, approve)| Step::Review(app, approve)),
        1 => pick().prop_map(Step::Resubmit),
        1 => pick().prop_map(Step::DeleteApp),
        6 => two().prop_map(|(app, tenant)| Step::List(app, tenant)),
        2 => pick().prop_map(Step::Unlist),
    ];
    let connections = prop_oneof![
        6 => (pick(), pick(), any::<bool>())
            .prop_map(|(listing, environment, allow)| Step::Decide { listing, environment, allow }),
        3 => choice().prop_map(|(connection, accept)| Step::Upgrade(connection, accept)),
        2 => pick().prop_map(Step::Turn),
        2 => pick().prop_map(Step::Disconnect),
        3 => pick().prop_map(Step::Secret),
        1 => pick().prop_map(Step::RevokeSecret),
    ];
    let hub = prop_oneof![
        1 => Just(Step::Network),
        2 => pick().prop_map(Step::Group),
        4 => two().prop_map(|(group, tenant)| Step::Join(group, tenant)),
        1 => two().prop_map(|(group, tenant)| Step::Leave(group, tenant)),
        3 => two().prop_map(|(group, app)| Step::Offer(group, app)),
        4 => two().prop_map(|(group, member)| Step::ConnectThrough(group, member)),
    ];
    prop_oneof![2 => coming, 4 => apps, 4 => connections, 3 => hub]
}

#[derive(Debug, Default)]
pub struct Story {
    organizations: u128,
    tokens: u128,
    secrets: u128,
    credentials: u128,
    networks: u128,
    /// Who asked for access; true where it was decided.
    requests: Vec<bool>,
    forgotten: u128,
    /// The environments of each tenant.
    tenants: Vec<Vec<&'static str>>,
    /// Latest version of each app; none where it is deleted.
    apps: Vec<Option<i64>>,
    listings: BTreeSet<(usize, usize)>,
    /// By app, tenant and environment.
    standing: BTreeMap<(usize, usize, &'static str), Standing>,
    /// The last secret of each client id that has one.
    last_secrets: BTreeMap<String, v1::SecretGenerated>,
    groups: Vec<Group>,
}

const SCOPES: [&str; 3] = ["a.a:r", "b.b:r", "c.c:w"];

impl Story {
    /// The events of one command; none where nothing like it can happen now.
    pub fn next(&mut self, step: &Step) -> Option<Vec<Event>> {
        match *step {
            Step::Organization => Some(vec![self.organization()]),
            Step::Tenant(both) => {
                self.tenants.push(if both { vec!["integration", "production"] } else { vec!["production"] });
                Some(vec![tenant_registered(tenant_id(self.tenants.len() - 1), self.tenants.last()?)])
            }
            Step::Token => {
                self.tokens += 1;
                Some(vec![token_issued(self.tokens, v1::Role::Auditor).into()])
            }
            Step::RevokeToken(pick) => {
                let token = u128::try_from(pick).ok()?;
                (token < self.tokens).then(|| vec![token_revoked(token + 1)])
            }
            Step::Ask => {
                self.requests.push(false);
                Some(vec![access_requested(request_id(self.requests.len() - 1), "someone")])
            }
            Step::DecideAccess(request, approve) => self.decide_access(request, approve),
            Step::Forget(pick) => {
                self.forgotten += 1;
                Some(vec![person_forgotten(&format!("person-{pick}-{}", self.forgotten))])
            }
            Step::Tunnel => Some(vec![tunneling_blocked(1, 5, "2026-03-01")]),
            Step::App { review } => {
                self.apps.push(Some(1));
                let app = app_created(app_id(self.apps.len() - 1));
                Some(vec![v1::AppCreated { review_required: review, ..app }.into()])
            }
            Step::Details(app, private) => {
                let to = if private { v1::Visibility::Private } else { v1::Visibility::Public };
                self.of_app(app, |app| details_edited(app, "Renamed", to))
            }
            Step::Mode(app, developer) => {
                use v1::CredentialManagement::{Developer, TenantAdmin};
                self.of_app(app, |app| {
                    credentials_managed_by(app, if developer { Developer } else { TenantAdmin })
                })
            }
            Step::Scopes(app, bits) => self.edit_scopes(app, bits),
            Step::Review(app, true) => self.of_app(app, app_approved),
            Step::Review(app, false) => self.of_app(app, app_rejected),
            Step::Resubmit(app) => self.of_app(app, review_requested),
            Step::DeleteApp(app) => self.delete_app(app),
            Step::List(app, tenant) => self.list(app, tenant),
            Step::Unlist(listing) => self.unlist(listing),
            Step::Decide { listing, environment, allow } => self.decide(listing, environment, allow),
            Step::Upgrade(connection, accept) => self.upgrade(connection, accept),
            Step::Turn(connection) => self.turn(connection),
            Step::Disconnect(connection) => self.disconnect(connection),
            Step::Secret(connection) => self.secret(connection),
            Step::RevokeSecret(credential) => self.revoke_secret(credential),
            Step::Network => Some(vec![self.network()]),
            Step::Group(network) => self.group(network),
            Step::Join(group, tenant) => self.join(group, tenant),
            Step::Leave(group, member) => self.leave(group, member),
            Step::Offer(group, app) => self.offer(group, app),
            Step::ConnectThrough(group, member) => self.connect_through(group, member),
        }
    }

    fn organization(&mut self) -> Event {
        self.organizations += 1;
        organization_registered(self.organizations).into()
    }

    fn decide_access(&mut self, pick: usize, approve: bool) -> Option<Vec<Event>> {
        let request = pick.checked_rem(self.requests.len())?;
        if std::mem::replace(&mut self.requests[request], true) {
            return None;
        }
        if !approve {
            return Some(vec![access_rejected(request_id(request), "no")]);
        }
        self.tenants.push(vec!["integration"]);
        let tenant = tenant_id(self.tenants.len() - 1);
        let organization = self.organization();
        Some(vec![
            access_approved(request_id(request), self.organizations, tenant),
            organization,
            tenant_registered(tenant, &["integration"]),
        ])
    }

    /// What happens to an app that is there.
    fn of_app(&self, pick: usize, event: impl FnOnce(u128) -> Event) -> Option<Vec<Event>> {
        let app = pick.checked_rem(self.apps.len())?;
        self.apps[app].map(|_| vec![event(app_id(app))])
    }

    fn edit_scopes(&mut self, pick: usize, bits: u8) -> Option<Vec<Event>> {
        let app = pick.checked_rem(self.apps.len())?;
        let version = self.apps[app].as_mut()?;
        *version += 1;
        let chosen = SCOPES.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
        let chosen: Vec<_> = chosen.map(|(_, scope)| *scope).collect();
        Some(vec![scopes_edited(app_id(app), *version, &chosen, &chosen, &[])])
    }

    fn delete_app(&mut self, pick: usize) -> Option<Vec<Event>> {
        let app = pick.checked_rem(self.apps.len())?;
        self.apps[app].take()?;
        self.standing.retain(|at, _| at.0 != app);
        self.listings.retain(|at| at.0 != app);
        Some(vec![app_deleted(app_id(app))])
    }

    fn list(&mut self, app: usize, tenant: usize) -> Option<Vec<Event>> {
        let listing = (app.checked_rem(self.apps.len())?, tenant.checked_rem(self.tenants.len())?);
        self.apps[listing.0]?;
        self.listings.insert(listing).then(|| vec![tenant_added(app_id(listing.0), tenant_id(listing.1))])
    }

    fn unlist(&mut self, pick: usize) -> Option<Vec<Event>> {
        let (app, tenant) = *self.listings.iter().nth(pick.checked_rem(self.listings.len())?)?;
        self.listings.remove(&(app, tenant));
        let mut events = vec![tenant_removed(app_id(app), tenant_id(tenant))];
        events.extend(self.end(v1::RevocationCause::TenantRemoved, |at, _| (at.0, at.1) == (app, tenant)));
        Some(events)
    }
}

fn request_id(index: usize) -> u128 {
    9_000 + index as u128
}

fn app_id(index: usize) -> u128 {
    5_000 + index as u128
}

fn tenant_id(index: usize) -> i64 {
    i64::try_from(index).unwrap() + 1
}
