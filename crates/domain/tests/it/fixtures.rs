//! A small cast and what happened to it, as events.

mod app_events;
mod connection_events;
mod hub_events;

use std::sync::Arc;

use chancery_domain::{
    Access, Actor, ActorKind, AppApproved, AppCreated, AppId, AppKey, AppRejected, AppVersion, CatalogScope,
    ClientId, ConnectionDeclined, ConnectionId, CredentialManagement, CustomerId, Environment, Event,
    GroupId, Hint, HomepageUrl, Instance, Name, Operation, OperationKind, OrganizationId, OrganizationKind,
    OrganizationRegistered, Reason, Scope, ScopeCatalogPublished, ScopeSet, ScopesEdited, SecretGenerated,
    SecretId, Sha256, Stamp, TenantAdded, TenantConnected, TenantId, TenantRegistered, UpgradeDeclined,
    VersionUpgraded, Visibility, app, connection, credential, listing,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::world::World;

pub use app_events::*;
pub use connection_events::*;
pub use hub_events::*;

pub const APP: AppId = AppId(Uuid::from_u128(0xA));
/// A third party.
pub const MAKER: OrganizationId = OrganizationId(Uuid::from_u128(0xB));
/// A customer's own organization.
pub const OWNER: OrganizationId = OrganizationId(Uuid::from_u128(0xC));
/// The third party's own integration instance.
pub const LAB: u64 = 1;
/// Two tenants of the customer `acme`.
pub const NORTH: u64 = 10;
pub const SOUTH: u64 = 11;
/// A tenant of another customer.
pub const RIVAL: u64 = 20;

pub const JOBS: &str = "tn.jpm.jobs:r";
pub const JOBS_EDIT: &str = "tn.jpm.jobs:w";
pub const CONTACTS: &str = "tn.crm.contacts:r";

pub fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub fn hours_later(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

pub fn stamp() -> Stamp {
    Stamp { at: now(), by: Actor { kind: ActorKind::Person, id: "somebody".into() } }
}

pub fn tenant_id(number: u64) -> TenantId {
    TenantId::new(number).unwrap()
}

pub fn version(number: u64) -> AppVersion {
    AppVersion::new(number).unwrap()
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub fn customer(text: &str) -> CustomerId {
    CustomerId::parse(text).unwrap()
}

pub fn scopes(texts: &[&str]) -> ScopeSet {
    texts.iter().map(|text| Scope::parse(text).unwrap()).collect()
}

pub fn reason(text: &str) -> Reason {
    Reason::parse(text).unwrap()
}

pub fn production(tenant: u64) -> Instance {
    Instance { tenant_id: tenant_id(tenant), environment: Environment::production() }
}

pub fn integration(tenant: u64) -> Instance {
    Instance { tenant_id: tenant_id(tenant), environment: Environment::integration() }
}

pub fn app_key() -> AppKey {
    AppKey::from_entropy([1; 32])
}

pub fn client_id(number: u8) -> ClientId {
    ClientId::from_entropy([number; 32])
}

pub fn secret_id(number: u8) -> SecretId {
    SecretId(Uuid::from_u128(number.into()))
}

pub fn new_secret(number: u8) -> credential::NewSecret {
    credential::NewSecret {
        secret_id: secret_id(number),
        sha256: Sha256([number; 32]),
        hint: Hint::recorded("abcd"),
    }
}

// What happened.

pub fn third_party() -> Event {
    OrganizationRegistered {
        organization_id: MAKER,
        name: name("Fieldworks"),
        kind: OrganizationKind::ThirdParty,
        customer_id: MAKER.into(),
        integration_tenant_id: Some(tenant_id(LAB)),
    }
    .into()
}

pub fn customers_organization() -> Event {
    OrganizationRegistered {
        organization_id: OWNER,
        name: name("Acme IT"),
        kind: OrganizationKind::Customer,
        customer_id: customer("acme"),
        integration_tenant_id: None,
    }
    .into()
}

pub fn tenant(number: u64) -> Event {
    let (customer_id, environments) = match number {
        LAB => (MAKER.into(), vec![Environment::integration()]),
        RIVAL => (customer("rival"), vec![Environment::integration(), Environment::production()]),
        _ => (customer("acme"), vec![Environment::integration(), Environment::production()]),
    };
    TenantRegistered { tenant_id: tenant_id(number), name: name("A tenant"), customer_id, environments }
        .into()
}

pub fn catalog_of(texts: &[&str]) -> Event {
    let scopes: Vec<_> = texts
        .iter()
        .map(|text| {
            let scope = Scope::parse(text).unwrap();
            CatalogScope {
                module: scope.module().to_owned(),
                resource: scope.resource().to_owned(),
                access: scope.access(),
                title: format!("Title of {text}"),
                scope,
            }
        })
        .collect();
    let operations: Arc<[_]> = [Operation {
        id: "Jobs_Get".into(),
        module: "jpm".into(),
        method: "GET".into(),
        path: "/jpm/v2/tenant/{tenant}/jobs/{id}".into(),
        scope: scopes[0].scope.clone(),
        kind: OperationKind::Standard,
    }]
    .into();
    assert_eq!(scopes[0].access, Access::View);
    ScopeCatalogPublished { scopes: scopes.into(), operations }.into()
}

pub fn catalog() -> Event {
    catalog_of(&[JOBS, JOBS_EDIT, CONTACTS])
}

/// A third party's public app, waiting for its review.
pub fn public_app() -> AppCreated {
    AppCreated {
        app_id: APP,
        app_key: app_key(),
        organization_id: MAKER,
        name: name("Dispatch Helper"),
        organization_name: name("Fieldworks"),
        homepage_url: HomepageUrl::parse("https://www.fieldworks.example").unwrap(),
        visibility: Visibility::Public,
        credential_management: CredentialManagement::Developer,
        instance_tenant_id: tenant_id(LAB),
        instance_environment: Environment::integration(),
        scopes: scopes(&[JOBS]),
        review_required: true,
    }
}

/// A third party's private app: nobody reviews it.
pub fn private_app() -> AppCreated {
    AppCreated { visibility: Visibility::Private, review_required: false, ..public_app() }
}

/// An app whose secrets the tenants' admins generate.
pub fn admins_app() -> AppCreated {
    AppCreated { credential_management: CredentialManagement::TenantAdmin, ..private_app() }
}

pub fn edited(number: u64, set: &[&str], added: &[&str], removed: &[&str]) -> Event {
    ScopesEdited {
        app_id: APP,
        version: version(number),
        scopes: scopes(set),
        added: scopes(added),
        removed: scopes(removed),
    }
    .into()
}

pub fn listed(tenant: u64) -> Event {
    TenantAdded { app_id: APP, tenant_id: tenant_id(tenant) }.into()
}

pub fn approved() -> Event {
    AppApproved { app_id: APP, reason: reason("Fine.") }.into()
}

pub fn rejected() -> Event {
    AppRejected { app_id: APP, reason: reason("The homepage is empty.") }.into()
}

pub fn connected(instance: &Instance, number: u64) -> Event {
    TenantConnected {
        app_id: APP,
        tenant_id: instance.tenant_id,
        environment: instance.environment.clone(),
        connection_id: ConnectionId::of(APP, instance.tenant_id, &instance.environment),
        version: version(number),
        client_id: client_id(1),
        group_id: None,
    }
    .into()
}

pub fn declined(instance: &Instance, number: u64) -> Event {
    let Instance { tenant_id, environment } = instance.clone();
    ConnectionDeclined { app_id: APP, tenant_id, environment, version: version(number) }.into()
}

pub fn upgraded(instance: &Instance, from: u64, to: u64) -> Event {
    let Instance { tenant_id, environment } = instance.clone();
    let (from_version, version) = (version(from), version(to));
    VersionUpgraded { app_id: APP, tenant_id, environment, from_version, version }.into()
}

pub fn upgrade_declined(instance: &Instance, granted: u64, offer: u64) -> Event {
    let Instance { tenant_id, environment } = instance.clone();
    let (granted_version, version) = (version(granted), version(offer));
    UpgradeDeclined { app_id: APP, tenant_id, environment, granted_version, version }.into()
}

/// The first secret of the credential of `instance`.
pub fn first_secret(instance: &Instance, number: u8) -> SecretGenerated {
    let Instance { tenant_id, environment } = instance.clone();
    let credential::NewSecret { secret_id, sha256, hint } = new_secret(number);
    SecretGenerated {
        client_id: client_id(1),
        app_id: APP,
        tenant_id: Some(tenant_id),
        environment,
        secret_id,
        sha256,
        hint,
        previous_secret_id: None,
        previous_retires_at: None,
        retired_secret_id: None,
        group_id: None,
    }
}

/// A later secret, beside which the one before retires at `end`.
pub fn next_secret(instance: &Instance, number: u8, end: Timestamp) -> SecretGenerated {
    SecretGenerated {
        previous_secret_id: Some(secret_id(number - 1)),
        previous_retires_at: Some(end),
        ..first_secret(instance, number)
    }
}

// What is asked.

/// Decides about a connection on what the world knows.
pub fn with_facts<T>(
    world: &World,
    instance: &Instance,
    decide: impl FnOnce(&connection::State, &connection::Facts<'_>) -> T,
) -> T {
    let facts = connection::Facts { app: &world.app(APP), listing: &world.listing(APP, instance.tenant_id) };
    decide(&world.connection(APP, instance.tenant_id, &instance.environment), &facts)
}

/// Decides about a consent on what the world knows, by itself or through a group.
pub fn with_consent_facts<T>(
    world: &World,
    instance: &Instance,
    group: Option<GroupId>,
    decide: impl FnOnce(&connection::State, &connection::ConsentFacts<'_>) -> T,
) -> T {
    let known = group.map(|group| (world.group(group), members_connections(world, group)));
    let facts = connection::ConsentFacts {
        app: &world.app(APP),
        listing: &world.listing(APP, instance.tenant_id),
        tenant: &world.tenant(instance.tenant_id),
        through: known.as_ref().map(|(group, members)| connection::Through { group, members }),
    };
    decide(&world.connection(APP, instance.tenant_id, &instance.environment), &facts)
}

/// Calls `decide` with the tenants as candidates for a listing of [`APP`].
pub fn with_candidates<T>(
    world: &World,
    tenants: &[u64],
    decide: impl FnOnce(&[listing::Candidate<'_>]) -> T,
) -> T {
    let known: Vec<_> = tenants
        .iter()
        .map(|number| {
            let id = tenant_id(*number);
            (id, world.tenant(id), world.listing(APP, id))
        })
        .collect();
    let candidates: Vec<_> = known
        .iter()
        .map(|(tenant_id, tenant, listing)| listing::Candidate { tenant_id: *tenant_id, tenant, listing })
        .collect();
    decide(&candidates)
}

/// The command that creates [`public_app`].
pub fn create_public() -> app::Create {
    let app = public_app();
    app::Create {
        organization_id: app.organization_id,
        app_id: app.app_id,
        app_key: app.app_key,
        name: app.name,
        organization_name: app.organization_name,
        homepage_url: app.homepage_url,
        visibility: app.visibility,
        credential_management: None,
        instance: None,
        scopes: app.scopes,
    }
}

/// Creates an app on what the world knows, and lists it for the tenants.
pub fn create(world: &World, command: app::Create, tenants: &[u64]) -> chancery_domain::Decision {
    let named = command.instance.as_ref().map_or(tenant_id(LAB), |instance| instance.tenant_id);
    with_candidates(world, tenants, |tenants| {
        let facts = app::CreateFacts {
            organization: &world.organization(command.organization_id),
            instance: &world.tenant(named),
            catalog: &world.catalog,
            tenants,
        };
        app::create(command, &world.app(APP), &facts)
    })
}
