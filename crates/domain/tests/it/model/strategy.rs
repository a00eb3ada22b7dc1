//! Random sequences of commands: mostly what somebody would do, sometimes what nobody may.

use proptest::prelude::*;

use super::{
    command::{By, Command, Named, Side, Verdict},
    facts::Mode,
    words::{Environment, Place, STRANGER, Scopes},
};

/// A sequence of commands, most of them about apps that are there.
pub fn commands() -> impl Strategy<Value = Vec<Command>> {
    let opening = prop::collection::vec(app_with_tenants(), 0..=2);
    (opening, prop::collection::vec(command(), 1..=38)).prop_map(|(mut opening, rest)| {
        opening.extend(rest);
        opening
    })
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => for_anybody(),
        5 => for_developers(),
        8 => for_admins(),
        3 => for_secrets(),
        4 => for_groups(),
    ]
}

fn for_anybody() -> impl Strategy<Value = Command> {
    let reason = || prop::bool::weighted(0.8);
    let lab = prop::option::weighted(0.7, prop::sample::select(vec![31_u64, 32, 10]));
    prop_oneof![
        4 => prop::sample::select(vec![1_i64, 5, 24, 100]).prop_map(|hours| Command::Wait { hours }),
        1 => (1..=Scopes::ALL.0).prop_map(|bits| Command::PublishCatalog { scopes: Scopes(bits | 1) }),
        1 => Just(Command::RequestAccess),
        2 => (0..3_usize, verdict(), reason(), lab).prop_map(|(request, verdict, reason, tenant)| {
            Command::DecideAccess { request, verdict, reason, tenant }
        }),
        5 => (app(), verdict(), reason())
            .prop_map(|(app, verdict, reason)| Command::Review { app, verdict, reason }),
    ]
}

fn for_developers() -> impl Strategy<Value = Command> {
    let visibility = prop::option::weighted(0.6, any::<bool>());
    prop_oneof![
        2 => create_app(),
        3 => (by(), app(), prop::option::of(0..3_u8), visibility, prop::option::of(mode())).prop_map(
            |(by, app, name, public, mode)| Command::Patch { by, app, name, public, mode }
        ),
        4 => (by(), app(), scopes()).prop_map(|(by, app, scopes)| Command::EditScopes { by, app, scopes }),
        4 => (by(), app(), tenants(0)).prop_map(|(by, app, tenants)| Command::AddTenants { by, app, tenants }),
        2 => (by(), app(), tenant()).prop_map(|(by, app, tenant)| Command::RemoveTenant { by, app, tenant }),
        2 => (by(), app()).prop_map(|(by, app)| Command::RequestReview { by, app }),
        1 => (by(), app()).prop_map(|(by, app)| Command::Delete { by, app }),
    ]
}

/// An app that anybody would create.
fn app_with_tenants() -> impl Strategy<Value = Command> {
    (0..4_usize, any::<bool>(), prop::option::of(mode()), tenants(2), 1..=Scopes::ALL.0).prop_map(
        |(organization, public, mode, tenants, bits)| {
            let home = [None, None, Some(10), Some(20)][organization];
            let instance = home.map(|tenant| Place { tenant, environment: Environment::Production });
            // A private app serves one customer.
            let tenants = if public {
                tenants
            } else {
                tenants.into_iter().filter(|id| (10..20).contains(id)).collect()
            };
            Command::CreateApp { organization, public, mode, instance, tenants, scopes: Scopes(bits) }
        },
    )
}

fn create_app() -> impl Strategy<Value = Command> {
    let fields = (
        0..6_usize,
        any::<bool>(),
        prop::option::of(mode()),
        prop::option::of(place()),
        tenants(0),
        scopes(),
    );
    let any = fields.prop_map(|(organization, public, mode, instance, tenants, scopes)| Command::CreateApp {
        organization,
        public,
        mode,
        instance,
        tenants,
        scopes,
    });
    prop_oneof![app_with_tenants(), any]
}

fn for_admins() -> impl Strategy<Value = Command> {
    let version = || prop_oneof![9 => Just(Named::Latest), 1 => (1..4_u64).prop_map(Named::Number)];
    let group = prop::option::weighted(0.4, 0..3_usize);
    prop_oneof![
        8 => (place(), app(), version(), verdict(), group).prop_map(|(place, app, version, verdict, group)| {
            Command::Consent { place, app, version, verdict, group }
        }),
        4 => (place(), app(), version(), verdict())
            .prop_map(|(place, app, version, verdict)| Command::Upgrade { place, app, version, verdict }),
        2 => (place(), app()).prop_map(|(place, app)| Command::Disable { place, app }),
        2 => (place(), app()).prop_map(|(place, app)| Command::Restore { place, app }),
        1 => (place(), app()).prop_map(|(place, app)| Command::Disconnect { place, app }),
    ]
}

fn for_secrets() -> impl Strategy<Value = Command> {
    let side = || prop_oneof![by().prop_map(Side::Developer), Just(Side::TenantAdmin)];
    prop_oneof![
        3 => (side(), app(), place(), overlap())
            .prop_map(|(side, app, place, overlap)| Command::Generate { side, app, place, overlap }),
        1 => (side(), app(), place(), 0..4_usize)
            .prop_map(|(side, app, place, secret)| Command::RevokeSecret { side, app, place, secret }),
    ]
}

fn for_groups() -> impl Strategy<Value = Command> {
    let group = || 0..2_usize;
    prop_oneof![
        2 => prop_oneof![3 => Just(2_usize), 1 => 0..5_usize]
            .prop_map(|organization| Command::CreateNetwork { organization }),
        3 => (by(), 0..2_usize, environment())
            .prop_map(|(by, network, environment)| Command::CreateGroup { by, network, environment }),
        5 => (by(), group(), tenant())
            .prop_map(|(by, group, tenant)| Command::AddToGroup { by, group, tenant }),
        1 => (by(), group(), tenant())
            .prop_map(|(by, group, tenant)| Command::RemoveFromGroup { by, group, tenant }),
        4 => (by(), group(), app()).prop_map(|(by, group, app)| Command::Offer { by, group, app }),
        2 => (by(), group(), app(), overlap())
            .prop_map(|(by, group, app, overlap)| Command::GenerateForGroup { by, group, app, overlap }),
    ]
}

fn app() -> impl Strategy<Value = usize> {
    0..4_usize
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![12 => Just(By::Owner), 1 => (0..6_usize).prop_map(By::Organization)]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![3 => Just(Verdict::Yes), 1 => Just(Verdict::No)]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Developer), Just(Mode::TenantAdmin)]
}

fn environment() -> impl Strategy<Value = Environment> {
    prop_oneof![2 => Just(Environment::Production), 1 => Just(Environment::Integration)]
}

fn tenant() -> impl Strategy<Value = u64> {
    prop_oneof![
        9 => prop::sample::select(vec![10_u64, 11]),
        3 => prop::sample::select(vec![1_u64, 2, 20, 31]),
        1 => Just(STRANGER),
    ]
}

fn tenants(at_least: usize) -> impl Strategy<Value = Vec<u64>> {
    let all = vec![10_u64, 11, 20, 1, 2];
    prop_oneof![
        9 => prop::sample::subsequence(all, at_least..=4),
        1 => prop::sample::subsequence(vec![10, 11, STRANGER], at_least..=3),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    let tenant = prop_oneof![9 => prop::sample::select(vec![10_u64, 11]), 3 => prop::sample::select(vec![1_u64, 2, 20])];
    (tenant, environment()).prop_map(|(tenant, environment)| {
        // Labs are in integration, and an admin of any other place of theirs is rare.
        Place { tenant, environment: if tenant < 10 { Environment::Integration } else { environment } }
    })
}

fn scopes() -> impl Strategy<Value = Scopes> {
    (0..=Scopes::ALL.0).prop_map(Scopes)
}

fn overlap() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![24_i64, 0, 3, 720])
}
