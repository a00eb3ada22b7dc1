//! Random sequences of commands: mostly what somebody would do, sometimes what nobody may.

use proptest::{prelude::*, sample::select};

use super::{
    command::{At, By, Command, NEWEST, Named, Pick, Side, Verdict},
    facts::Mode,
    words::{Environment, Place, STRANGER, Scopes},
};

/// A sequence of commands, of which most are about something that is there.
pub fn commands() -> impl Strategy<Value = Vec<Command>> {
    sequence(opening().boxed(), command())
}

/// The same, mostly about a customer's groups and what their members share.
pub fn commands_of_groups() -> impl Strategy<Value = Vec<Command>> {
    let at_groups = prop_oneof![4 => for_groups(), 2 => consent(), 2 => for_secrets(), 4 => command()];
    sequence(hub().boxed(), at_groups.boxed())
}

type Commands = BoxedStrategy<Vec<Command>>;

fn sequence(opening: Commands, command: BoxedStrategy<Command>) -> impl Strategy<Value = Vec<Command>> {
    let openings = prop::collection::vec(opening, 0..=3);
    let consents = prop::collection::vec(consent(), 0..=3);
    let rest = prop::collection::vec(command, 1..=30);
    (openings, consents, rest)
        .prop_map(|(openings, consents, rest)| [openings.concat(), consents, rest].concat())
}

/// What people do before it becomes interesting.
fn opening() -> impl Strategy<Value = Vec<Command>> {
    prop_oneof![
        2 => app_with_tenants().prop_map(|app| vec![app]),
        2 => app_with_tenants().prop_map(|app| {
            let app_of_third_party = matches!(&app, Command::CreateApp { organization, .. } if *organization < 2);
            let approval = Command::Review { app: Pick::Fitting(NEWEST), verdict: Verdict::Yes, reason: true };
            if app_of_third_party { vec![app, approval] } else { vec![app] }
        }),
        3 => hub(),
    ]
}

/// A customer's group with its tenants, and an app that it is offered.
fn hub() -> impl Strategy<Value = Vec<Command>> {
    let app = (any::<bool>(), prop::option::of(mode()), some_scopes()).prop_map(|(public, mode, scopes)| {
        let instance = Some(Place { tenant: 10, environment: Environment::Production });
        Command::CreateApp { organization: 2, public, mode, instance, tenants: vec![], scopes }
    });
    (app, environment(), any::<bool>()).prop_map(|(app, environment, offered_first)| {
        let (by, group) = (By::Owner, NEWEST);
        let offer = Command::Offer { by, group, app: Pick::Fitting(NEWEST) };
        let mut commands = vec![
            app,
            Command::CreateNetwork { organization: 2 },
            Command::CreateGroup { by, network: NEWEST, environment },
            Command::AddToGroup { by, group, tenant: 10 },
            Command::AddToGroup { by, group, tenant: 11 },
        ];
        commands.insert(if offered_first { 3 } else { 5 }, offer);
        commands
    })
}

fn command() -> BoxedStrategy<Command> {
    prop_oneof![
        3 => for_anybody(),
        6 => for_developers(),
        10 => for_admins(),
        4 => for_secrets(),
        3 => for_groups(),
    ]
    .boxed()
}

fn for_anybody() -> BoxedStrategy<Command> {
    let reason = || prop::bool::weighted(0.8);
    let lab = prop::option::weighted(0.7, select(vec![31_u64, 32, 10]));
    prop_oneof![
        4 => select(vec![1_i64, 5, 24, 100]).prop_map(|hours| Command::Wait { hours }),
        1 => some_scopes().prop_map(|scopes| Command::PublishCatalog { scopes }),
        1 => Just(Command::RequestAccess),
        2 => (0..3_usize, verdict(), reason(), lab).prop_map(|(request, verdict, reason, tenant)| {
            Command::DecideAccess { request, verdict, reason, tenant }
        }),
        5 => (app(), select(vec![Verdict::Yes, Verdict::No]), reason())
            .prop_map(|(app, verdict, reason)| Command::Review { app, verdict, reason }),
    ]
    .boxed()
}

fn for_developers() -> BoxedStrategy<Command> {
    let visibility = prop::option::weighted(0.6, any::<bool>());
    prop_oneof![
        4 => create_app(),
        6 => (by(), app(), prop::option::of(0..3_u8), visibility, prop::option::of(mode())).prop_map(
            |(by, app, name, public, mode)| Command::Patch { by, app, name, public, mode }
        ),
        8 => (by(), app(), scopes()).prop_map(|(by, app, scopes)| Command::EditScopes { by, app, scopes }),
        6 => (by(), app(), tenants(0)).prop_map(|(by, app, tenants)| Command::AddTenants { by, app, tenants }),
        5 => (by(), app(), tenant()).prop_map(|(by, app, tenant)| Command::RemoveTenant { by, app, tenant }),
        3 => (by(), app()).prop_map(|(by, app)| Command::RequestReview { by, app }),
        1 => (by(), app()).prop_map(|(by, app)| Command::Delete { by, app }),
    ]
    .boxed()
}

/// An app that anybody would create.
fn app_with_tenants() -> BoxedStrategy<Command> {
    (0..4_usize, any::<bool>(), prop::option::of(mode()), tenants(2), some_scopes())
        .prop_map(|(organization, public, mode, mut tenants, scopes)| {
            let home = [None, None, Some(10), Some(20)][organization];
            let instance = home.map(|tenant| Place { tenant, environment: Environment::Production });
            if !public {
                // It serves one customer.
                tenants.retain(|tenant| (10..20).contains(tenant));
            }
            Command::CreateApp { organization, public, mode, instance, tenants, scopes }
        })
        .boxed()
}

fn create_app() -> BoxedStrategy<Command> {
    let mode = || prop::option::of(mode());
    let fields = (0..6_usize, any::<bool>(), mode(), prop::option::of(place()), tenants(0), scopes());
    let any = fields.prop_map(|(organization, public, mode, instance, tenants, scopes)| Command::CreateApp {
        organization,
        public,
        mode,
        instance,
        tenants,
        scopes,
    });
    prop_oneof![app_with_tenants(), any].boxed()
}

fn for_admins() -> BoxedStrategy<Command> {
    prop_oneof![
        6 => consent(),
        4 => (at(), version(), verdict())
            .prop_map(|(at, version, verdict)| Command::Upgrade { at, version, verdict }),
        2 => at().prop_map(|at| Command::Disable { at }),
        2 => at().prop_map(|at| Command::Restore { at }),
        1 => at().prop_map(|at| Command::Disconnect { at }),
    ]
    .boxed()
}

/// Where there may be one, alone or through a group.
fn consent() -> BoxedStrategy<Command> {
    let at = prop_oneof![
        6 => (0..20_usize).prop_map(At::Listed),
        6 => (0..20_usize).prop_map(At::Offered),
        1 => at(),
    ];
    let group = prop_oneof![5 => (0..3_usize).prop_map(Pick::Fitting), 1 => (0..3_usize).prop_map(Pick::Any)];
    (at, version(), verdict(), prop::option::weighted(0.6, group))
        .prop_map(|(at, version, verdict, group)| Command::Consent { at, version, verdict, group })
        .boxed()
}

fn for_secrets() -> BoxedStrategy<Command> {
    let side = || {
        prop_oneof![
            8 => Just(Side::Managing),
            1 => by().prop_map(Side::Developer),
            1 => Just(Side::TenantAdmin),
        ]
    };
    prop_oneof![
        3 => (side(), at(), overlap())
            .prop_map(|(side, at, overlap)| Command::Generate { side, at, overlap }),
        2 => (side(), at(), 0..4_usize)
            .prop_map(|(side, at, secret)| Command::RevokeSecret { side, at, secret }),
    ]
    .boxed()
}

fn for_groups() -> BoxedStrategy<Command> {
    let group = || 0..4_usize;
    prop_oneof![
        1 => prop_oneof![3 => Just(2_usize), 1 => 0..5_usize]
            .prop_map(|organization| Command::CreateNetwork { organization }),
        1 => (by(), 0..2_usize, environment())
            .prop_map(|(by, network, environment)| Command::CreateGroup { by, network, environment }),
        4 => (by(), group(), tenant())
            .prop_map(|(by, group, tenant)| Command::AddToGroup { by, group, tenant }),
        2 => (by(), group(), tenant())
            .prop_map(|(by, group, tenant)| Command::RemoveFromGroup { by, group, tenant }),
        2 => (by(), group(), app()).prop_map(|(by, group, app)| Command::Offer { by, group, app }),
        3 => (by(), group(), app(), overlap())
            .prop_map(|(by, group, app, overlap)| Command::GenerateForGroup { by, group, app, overlap }),
    ]
    .boxed()
}

fn app() -> impl Strategy<Value = Pick> {
    prop_oneof![8 => (0..4_usize).prop_map(Pick::Fitting), 1 => (0..4_usize).prop_map(Pick::Any)]
}

fn at() -> impl Strategy<Value = At> {
    prop_oneof![
        8 => (0..8_usize).prop_map(At::Standing),
        1 => (0..20_usize).prop_map(At::Listed),
        1 => (0..4_usize, place()).prop_map(|(app, place)| At::Anywhere(app, place)),
    ]
}

fn version() -> impl Strategy<Value = Named> {
    prop_oneof![9 => Just(Named::Latest), 1 => (1..4_u64).prop_map(Named::Number)]
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![15 => Just(By::Owner), 1 => (0..6_usize).prop_map(By::Organization)]
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
        9 => select(vec![10_u64, 11]),
        3 => select(vec![1_u64, 2, 12, 20, 31]),
        1 => Just(STRANGER),
    ]
}

fn tenants(at_least: usize) -> impl Strategy<Value = Vec<u64>> {
    let sample = prop::sample::subsequence::<u64>;
    prop_oneof![
        4 => sample(vec![10, 11, 12, 20, 1, 2], at_least..=4),
        4 => sample(vec![10, 11], at_least.max(1)..=2),
        1 => sample(vec![10, 11, STRANGER], at_least..=3),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    let tenant = prop_oneof![2 => select(vec![10_u64, 11]), 1 => select(vec![1_u64, 2, 12, 20])];
    (tenant, environment()).prop_map(|(tenant, environment)| Place { tenant, environment })
}

fn scopes() -> impl Strategy<Value = Scopes> {
    prop_oneof![15 => some_scopes(), 1 => Just(Scopes::default())]
}

fn some_scopes() -> impl Strategy<Value = Scopes> {
    (1..=Scopes::ALL.0).prop_map(Scopes)
}

fn overlap() -> impl Strategy<Value = i64> {
    select(vec![24_i64, 0, 3, 720])
}
