//! Any event of the domain, also with texts that only the log's door lets in.

use std::{fmt, sync::Arc};

use chancery_domain::{
    Access, AccessApproved, AccessRejected, AccessRequestId, AccessRequested, AccessTokenId, ApiTokenIssued,
    ApiTokenRevoked, AppApproved, AppCreated, AppDeleted, AppDetailsEdited, AppId, AppKey, AppRejected,
    AppVersion, CatalogScope, ClientId, ConnectionDeclined, ConnectionDisabled, ConnectionId,
    ConnectionRestored, ConnectionRevoked, CredentialManagement, CredentialManagementChanged, CustomerId,
    Day, Environment, Event, EventsPerSecond, GroupAppOffered, GroupCreated, GroupId, GroupTenantAdded,
    GroupTenantRemoved, Hint, HomepageUrl, Instance, Limited, Name, NetworkCreated, NetworkId, Operation,
    OperationKind, OrganizationId, OrganizationKind, OrganizationRegistered, Period, PersonForgotten,
    PersonId, ProjectionName, ProjectionOperated, ProjectionOperation, Promotion, RateLimit,
    RateLimitOverridden, Reason, RebuildId, ReportId, ReviewRequested, RevocationCause, Role, Scope,
    ScopeCatalogPublished, ScopeSet, ScopesEdited, SecretGenerated, SecretId, SecretRevoked, Sha256,
    TenantAdded, TenantConnected, TenantId, TenantRegistered, TenantRemoved, TokenId, TokenRevoked,
    TunnelingBlocked, UpgradeDeclined, VerificationId, VersionUpgraded, Visibility,
};
use jiff::Timestamp;
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    strategy::{Union, ValueTree},
    test_runner::TestRunner,
};
use uuid::Uuid;

/// An event of any type, each type as likely as another.
pub(super) fn event() -> impl Strategy<Value = Event> {
    Union::new(each())
}

/// The types that [`event`] makes.
pub(super) fn types() -> Vec<&'static str> {
    let mut runner = TestRunner::deterministic();
    each().iter().map(|events| events.new_tree(&mut runner).unwrap().current().event_type()).collect()
}

/// Draws a struct's fields one by one.
macro_rules! any {
    ($name:ident { $($field:ident: $values:expr),+ $(,)? }) => {
        ($($values,)+).prop_map(|($($field,)+)| $name { $($field),+ })
    };
}

fn each() -> Vec<BoxedStrategy<Event>> {
    [owners(), apps(), connections(), endings(), networks()].concat()
}

fn owners() -> Vec<BoxedStrategy<Event>> {
    vec![
        events(any!(AccessRequested {
            request_id: uuid(AccessRequestId),
            requester_id: text(PersonId::recorded),
            company: text(Name::recorded),
        })),
        events(any!(AccessApproved {
            request_id: uuid(AccessRequestId),
            organization_id: uuid(OrganizationId),
            tenant_id: tenant_id(),
            reason: text(Reason::recorded),
        })),
        events(any!(AccessRejected { request_id: uuid(AccessRequestId), reason: text(Reason::recorded) })),
        events(any!(OrganizationRegistered {
            organization_id: uuid(OrganizationId),
            name: text(Name::recorded),
            kind: select(vec![OrganizationKind::ThirdParty, OrganizationKind::Customer]),
            customer_id: text(CustomerId::recorded),
            integration_tenant_id: option::of(tenant_id()),
        })),
        events(any!(TenantRegistered {
            tenant_id: tenant_id(),
            name: text(Name::recorded),
            customer_id: text(CustomerId::recorded),
            environments: vec(text(Environment::recorded), 0..4),
        })),
        events(any!(ScopeCatalogPublished {
            scopes: vec(catalog_scope(), 0..4).prop_map(Arc::from),
            operations: vec(operation(), 0..4).prop_map(Arc::from),
        })),
        events(any!(ApiTokenIssued {
            token_id: uuid(TokenId),
            role: role(),
            name: text(Name::recorded),
            sha256: sha256(),
            organization_id: option::of(uuid(OrganizationId)),
            tenants: vec(instance(), 0..4),
            // Nobody is named by an empty text: proto3 has no other word for nobody.
            subject_id: option::of(".+".prop_map(PersonId::recorded)),
            expires_at: option::of(time()),
        })),
        events(any!(ApiTokenRevoked { token_id: uuid(TokenId) })),
        events(any!(TunnelingBlocked {
            organization_id: uuid(OrganizationId),
            tenant_id: tenant_id(),
            environment: text(Environment::recorded),
            day: time().prop_map(Day::of),
        })),
        events(any!(RateLimitOverridden {
            limited: prop_oneof![
                uuid(AppId).prop_map(Limited::App),
                "(?s).+".prop_map(|text| Limited::Report(ReportId::recorded(text)))
            ],
            tenant_id: tenant_id(),
            environment: text(Environment::recorded),
            limit: (any::<u32>(), select(vec![Period::Second, Period::Minute]))
                .prop_map(|(calls, per)| RateLimit::recorded(calls, per)),
        })),
        events(any!(PersonForgotten { person_id: text(PersonId::recorded) })),
        events(any!(ProjectionOperated {
            projection: text(ProjectionName::recorded),
            operation: projection_operation(),
            reason: text(Reason::recorded),
        })),
    ]
}

fn apps() -> Vec<BoxedStrategy<Event>> {
    vec![
        events(any!(AppCreated {
            app_id: uuid(AppId),
            app_key: text(AppKey::recorded),
            organization_id: uuid(OrganizationId),
            name: text(Name::recorded),
            organization_name: text(Name::recorded),
            homepage_url: text(HomepageUrl::recorded),
            visibility: visibility(),
            credential_management: credential_management(),
            instance_tenant_id: tenant_id(),
            instance_environment: text(Environment::recorded),
            scopes: scopes(),
            review_required: any::<bool>(),
        })),
        events(any!(ScopesEdited {
            app_id: uuid(AppId),
            version: version(),
            scopes: scopes(),
            added: scopes(),
            removed: scopes(),
        })),
        events(any!(AppApproved { app_id: uuid(AppId), reason: text(Reason::recorded) })),
        events(any!(AppRejected { app_id: uuid(AppId), reason: text(Reason::recorded) })),
        events(any!(AppDetailsEdited {
            app_id: uuid(AppId),
            name: text(Name::recorded),
            organization_name: text(Name::recorded),
            homepage_url: text(HomepageUrl::recorded),
            visibility: visibility(),
        })),
        events(any!(CredentialManagementChanged {
            app_id: uuid(AppId),
            credential_management: credential_management(),
        })),
        events(any!(ReviewRequested { app_id: uuid(AppId) })),
        events(any!(AppDeleted { app_id: uuid(AppId) })),
        events(any!(TenantAdded { app_id: uuid(AppId), tenant_id: tenant_id() })),
        events(any!(TenantRemoved { app_id: uuid(AppId), tenant_id: tenant_id() })),
    ]
}

fn connections() -> Vec<BoxedStrategy<Event>> {
    vec![
        events(any!(TenantConnected {
            app_id: uuid(AppId),
            tenant_id: tenant_id(),
            environment: text(Environment::recorded),
            connection_id: uuid(ConnectionId),
            version: version(),
            client_id: text(ClientId::recorded),
            group_id: option::of(uuid(GroupId)),
        })),
        events(any!(ConnectionDeclined {
            app_id: uuid(AppId),
            tenant_id: tenant_id(),
            environment: text(Environment::recorded),
            version: version(),
        })),
        events(any!(SecretGenerated {
            client_id: text(ClientId::recorded),
            app_id: uuid(AppId),
            tenant_id: option::of(tenant_id()),
            environment: text(Environment::recorded),
            secret_id: uuid(SecretId),
            sha256: sha256(),
            hint: text(Hint::recorded),
            previous_secret_id: option::of(uuid(SecretId)),
            previous_retires_at: option::of(time()),
            retired_secret_id: option::of(uuid(SecretId)),
            group_id: option::of(uuid(GroupId)),
        })),
        events(any!(VersionUpgraded {
            app_id: uuid(AppId),
            tenant_id: tenant_id(),
            environment: text(Environment::recorded),
            from_version: version(),
            version: version(),
        })),
        events(any!(UpgradeDeclined {
            app_id: uuid(AppId),
            tenant_id: tenant_id(),
            environment: text(Environment::recorded),
            granted_version: version(),
            version: version(),
        })),
    ]
}

fn endings() -> Vec<BoxedStrategy<Event>> {
    vec![
        events(any!(SecretRevoked {
            client_id: text(ClientId::recorded),
            app_id: uuid(AppId),
            tenant_id: option::of(tenant_id()),
            environment: text(Environment::recorded),
            secret_id: uuid(SecretId),
            group_id: option::of(uuid(GroupId)),
        })),
        events(any!(TokenRevoked {
            client_id: text(ClientId::recorded),
            app_id: uuid(AppId),
            tenant_id: option::of(tenant_id()),
            environment: text(Environment::recorded),
            token_id: uuid(AccessTokenId),
            expires_at: time(),
            group_id: option::of(uuid(GroupId)),
        })),
        events(any!(ConnectionDisabled {
            app_id: uuid(AppId),
            tenant_id: tenant_id(),
            environment: text(Environment::recorded),
        })),
        events(any!(ConnectionRestored {
            app_id: uuid(AppId),
            tenant_id: tenant_id(),
            environment: text(Environment::recorded),
        })),
        events(any!(ConnectionRevoked {
            app_id: uuid(AppId),
            tenant_id: tenant_id(),
            environment: text(Environment::recorded),
            cause: select(vec![
                RevocationCause::Disconnected,
                RevocationCause::TenantRemoved,
                RevocationCause::GroupTenantRemoved,
            ]),
        })),
    ]
}

fn networks() -> Vec<BoxedStrategy<Event>> {
    vec![
        events(any!(NetworkCreated {
            network_id: uuid(NetworkId),
            organization_id: uuid(OrganizationId),
            customer_id: text(CustomerId::recorded),
            name: text(Name::recorded),
        })),
        events(any!(GroupCreated {
            group_id: uuid(GroupId),
            network_id: uuid(NetworkId),
            organization_id: uuid(OrganizationId),
            customer_id: text(CustomerId::recorded),
            name: text(Name::recorded),
            environment: text(Environment::recorded),
        })),
        events(any!(GroupTenantAdded { group_id: uuid(GroupId), tenant_id: tenant_id() })),
        events(any!(GroupTenantRemoved { group_id: uuid(GroupId), tenant_id: tenant_id() })),
        events(any!(GroupAppOffered { group_id: uuid(GroupId), app_id: uuid(AppId) })),
    ]
}

fn events<E: Into<Event> + 'static>(
    events: impl Strategy<Value = E> + Send + Sync + 'static,
) -> BoxedStrategy<Event> {
    events.prop_map(Into::into).boxed()
}

fn projection_operation() -> impl Strategy<Value = ProjectionOperation> {
    use ProjectionOperation::{Rebuild, ResumeRebuild};
    let position = || 1..=i64::MAX.cast_unsigned();
    prop_oneof![
        select(vec![
            ProjectionOperation::Pause,
            ProjectionOperation::Resume,
            ProjectionOperation::Rollback,
            ProjectionOperation::DropBuild,
        ]),
        any!(Rebuild {
            rebuild_id: uuid(RebuildId),
            events_per_second: (0..=i64::MAX.cast_unsigned()).prop_map(EventsPerSecond::recorded),
            promote: select(vec![Promotion::IfEqual, Promotion::Manual]),
        }),
        uuid(RebuildId).prop_map(ProjectionOperation::Promote),
        uuid(VerificationId).prop_map(ProjectionOperation::Verify),
        position().prop_map(ProjectionOperation::Retry),
        position().prop_map(ProjectionOperation::Skip),
        uuid(RebuildId).prop_map(ProjectionOperation::CancelRebuild),
        uuid(RebuildId).prop_map(ProjectionOperation::PauseRebuild),
        any!(ResumeRebuild {
            rebuild_id: uuid(RebuildId),
            events_per_second: (0..=i64::MAX.cast_unsigned()).prop_map(EventsPerSecond::recorded),
        }),
    ]
}

fn catalog_scope() -> impl Strategy<Value = CatalogScope> {
    any!(CatalogScope {
        scope: text(Scope::recorded),
        module: any::<String>(),
        resource: any::<String>(),
        access: select(vec![Access::View, Access::Modify]),
        title: any::<String>(),
    })
}

fn operation() -> impl Strategy<Value = Operation> {
    any!(Operation {
        id: any::<String>(),
        module: any::<String>(),
        method: any::<String>(),
        path: any::<String>(),
        scope: text(Scope::recorded),
        kind: select(vec![OperationKind::Standard, OperationKind::Reporting, OperationKind::Export]),
    })
}

fn instance() -> impl Strategy<Value = Instance> {
    any!(Instance { tenant_id: tenant_id(), environment: text(Environment::recorded) })
}

fn role() -> impl Strategy<Value = Role> {
    select(vec![
        Role::Developer,
        Role::TenantAdmin,
        Role::Reviewer,
        Role::Platform,
        Role::Gateway,
        Role::Consumer,
        Role::Auditor,
        Role::Operator,
    ])
}

fn visibility() -> impl Strategy<Value = Visibility> {
    select(vec![Visibility::Public, Visibility::Private])
}

fn credential_management() -> impl Strategy<Value = CredentialManagement> {
    select(vec![CredentialManagement::TenantAdmin, CredentialManagement::Developer])
}

fn scopes() -> impl Strategy<Value = ScopeSet> {
    vec(text(Scope::recorded), 0..4).prop_map(ScopeSet::from_iter)
}

fn uuid<V: fmt::Debug>(id: impl Fn(Uuid) -> V) -> impl Strategy<Value = V> {
    any::<u128>().prop_map(move |number| id(Uuid::from_u128(number)))
}

fn text<V: fmt::Debug>(recorded: impl Fn(String) -> V) -> impl Strategy<Value = V> {
    any::<String>().prop_map(recorded)
}

fn tenant_id() -> impl Strategy<Value = TenantId> {
    prop_oneof![1..1000u64, 1..=TenantId::MAX.get(), Just(TenantId::MAX.get())]
        .prop_map(|number| TenantId::new(number).unwrap())
}

fn version() -> impl Strategy<Value = AppVersion> {
    prop_oneof![1..1000u64, 1..=i64::MAX.cast_unsigned(), Just(i64::MAX.cast_unsigned())]
        .prop_map(|number| AppVersion::new(number).unwrap())
}

fn sha256() -> impl Strategy<Value = Sha256> {
    any::<[u8; 32]>().prop_map(Sha256)
}

/// To the second, the millisecond and the nanosecond, also before the epoch.
fn time() -> impl Strategy<Value = Timestamp> {
    let nanoseconds = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
    (nanoseconds, select(vec![1, 1_000_000, 1_000_000_000]))
        .prop_map(|(nanosecond, unit)| Timestamp::from_nanosecond(nanosecond / unit * unit).unwrap())
}
