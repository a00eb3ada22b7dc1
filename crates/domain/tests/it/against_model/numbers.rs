//! The model's numbers, as the domain's ids and times, and back.

use std::{collections::HashMap, sync::LazyLock};

use chancery_domain::{
    AccessRequestId, AppId, AppVersion, ClientId, CustomerId, Environment, GroupId, Hint, Instance,
    NetworkId, OrganizationId, Scope, ScopeSet, SecretId, Sha256, Stamp, TenantId, credential,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    fixtures,
    model::{self, Facts, SCOPES, Scopes},
};

/// How many commands a sequence may have: whatever a command brings about is numbered by it.
const MOST: u8 = 100;

pub fn organization(number: usize) -> OrganizationId {
    OrganizationId(Uuid::from_u128(0xC000 + number as u128))
}

pub fn request(number: usize) -> AccessRequestId {
    AccessRequestId(Uuid::from_u128(0xE000 + number as u128))
}

pub fn app(number: usize) -> AppId {
    AppId(Uuid::from_u128(0xA000 + number as u128))
}

pub fn network(number: usize) -> NetworkId {
    NetworkId(Uuid::from_u128(0xD000 + number as u128))
}

pub fn group(number: usize) -> GroupId {
    GroupId(Uuid::from_u128(0xF000 + number as u128))
}

pub fn group_number(id: GroupId) -> usize {
    usize::try_from(id.0.as_u128() - 0xF000).unwrap()
}

/// A third party is its own customer (rule 1).
pub fn customer(organization_number: usize) -> CustomerId {
    match organization_number {
        2 => fixtures::customer("acme"),
        3 => fixtures::customer("rival"),
        third_party => organization(third_party).into(),
    }
}

pub fn tenant(number: u64) -> TenantId {
    TenantId::new(number).unwrap()
}

pub fn version(number: u64) -> AppVersion {
    AppVersion::new(number).unwrap()
}

pub fn environment(environment: model::Environment) -> Environment {
    Environment::parse(environment.as_str()).unwrap()
}

pub fn instance(place: model::Place) -> Instance {
    Instance { tenant_id: tenant(place.tenant), environment: environment(place.environment) }
}

pub fn at(hour: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
}

pub fn hour(time: Timestamp) -> i64 {
    time.duration_since(at(0)).as_hours()
}

/// Of what a command of this number records in this hour: no two commands record at the same time.
pub fn stamp(hour: i64, number: usize) -> Stamp {
    let moment = SignedDuration::from_secs(i64::try_from(number).unwrap());
    Stamp { at: at(hour) + moment, ..fixtures::stamp() }
}

/// The values of the small world's scopes, made once.
static KNOWN: LazyLock<Vec<Scope>> =
    LazyLock::new(|| SCOPES.iter().map(|text| Scope::parse(text).unwrap()).collect());

pub fn scope_set(scopes: Scopes) -> ScopeSet {
    scopes.numbers().map(|number| KNOWN[number].clone()).collect()
}

pub fn scopes(set: &ScopeSet) -> Scopes {
    Scopes::of(set.iter().map(Scope::as_str))
}

/// The client ids that commands mint, made once.
static CLIENTS: LazyLock<Vec<ClientId>> =
    LazyLock::new(|| (0..MOST).map(|number| ClientId::from_entropy([number; 32])).collect());

static CLIENT_NUMBERS: LazyLock<HashMap<ClientId, usize>> =
    LazyLock::new(|| CLIENTS.iter().cloned().enumerate().map(|(number, id)| (id, number)).collect());

pub fn client(number: usize) -> ClientId {
    CLIENTS[number].clone()
}

pub fn client_number(id: &ClientId) -> usize {
    CLIENT_NUMBERS[id]
}

/// A number of no secret is an id of none.
pub fn secret(number: usize) -> SecretId {
    SecretId(Uuid::from_u128(number as u128))
}

pub fn secret_number(id: SecretId) -> usize {
    usize::try_from(id.0.as_u128()).unwrap()
}

pub fn new_secret(number: usize) -> credential::NewSecret {
    let byte = u8::try_from(number).unwrap();
    credential::NewSecret {
        secret_id: secret(number),
        sha256: Sha256([byte; 32]),
        hint: Hint::recorded("abcd"),
    }
}

/// Where the group of this number is looked for. A group that is nowhere is looked for in the first network.
pub fn whose(facts: &Facts, number: usize) -> (NetworkId, GroupId) {
    let found_in = facts.groups.get(number).map_or(0, |group| group.network);
    (network(found_in), group(number))
}

pub fn organization_number(id: OrganizationId) -> usize {
    usize::try_from(id.0.as_u128() - 0xC000).unwrap()
}

pub fn app_number(id: AppId) -> usize {
    usize::try_from(id.0.as_u128() - 0xA000).unwrap()
}
