//! The variable parts of a path. What is malformed names nothing: it is answered like what is absent.

use axum::{
    extract::{FromRequestParts, Path, RawPathParams},
    http::request::Parts,
};
use chancery_domain::{Environment, Instance, PersonId, ProjectionName, ReportId, TenantId};
use chancery_wire::Position;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{problem::Problem, request_error::RequestError};

/// `{id}`, `{app}` and the like.
#[derive(Debug)]
pub(super) struct Id(pub(super) Uuid);

/// `{tenant}/{environment}`
#[derive(Debug)]
pub(super) struct InstanceOf(pub(super) Instance);

/// `{app}/…/{tenant}/{environment}`
#[derive(Debug)]
pub(super) struct AppAndInstance(pub(super) Uuid, pub(super) Instance);

/// `{tenant}/{environment}/…/{app}`
#[derive(Debug)]
pub(super) struct InstanceAndApp(pub(super) Instance, pub(super) Uuid);

/// `{app}/…/{tenant}/{environment}/…/{secret}`
#[derive(Debug)]
pub(super) struct AppInstanceAndSecret(pub(super) Uuid, pub(super) Instance, pub(super) Uuid);

/// `{tenant}/{environment}/…/{app}/…/{secret}`
#[derive(Debug)]
pub(super) struct InstanceAppAndSecret(pub(super) Instance, pub(super) Uuid, pub(super) Uuid);

/// `{tenant}/{environment}/…/{report}`
#[derive(Debug)]
pub(super) struct InstanceAndReport(pub(super) Instance, pub(super) ReportId);

/// `{network}/…/{group}`
#[derive(Debug)]
pub(super) struct GroupOf(pub(super) Uuid, pub(super) Uuid);

/// `{network}/…/{group}/…/{tenant}`
#[derive(Debug)]
pub(super) struct GroupAndTenant(pub(super) Uuid, pub(super) Uuid, pub(super) TenantId);

/// `{network}/…/{group}/…/{app}`
#[derive(Debug)]
pub(super) struct GroupAndApp(pub(super) Uuid, pub(super) Uuid, pub(super) Uuid);

/// `{app}/…/{tenant}`
#[derive(Debug)]
pub(super) struct AppAndTenant(pub(super) Uuid, pub(super) TenantId);

/// `{id}` of a person, as events name it.
#[derive(Debug)]
pub(super) struct Person(pub(super) PersonId);

/// `{position}`
#[derive(Debug)]
pub(super) struct PositionOf(pub(super) Position);

/// `{name}` of a projection.
#[derive(Debug)]
pub(super) struct NameOf(pub(super) ProjectionName);

/// `{name}/…/{id}`
#[derive(Debug)]
pub(super) struct NameAndId(pub(super) ProjectionName, pub(super) Uuid);

/// `{name}/…/{position}`
#[derive(Debug)]
pub(super) struct NameAndPosition(pub(super) ProjectionName, pub(super) Position);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        read(parts, state).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InstanceOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (tenant, environment): (_, String) = read(parts, state).await?;
        Ok(Self(instance(tenant, &environment)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AppAndInstance {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (app, tenant, environment): (_, _, String) = read(parts, state).await?;
        Ok(Self(app, instance(tenant, &environment)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InstanceAndApp {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (tenant, environment, app): (_, String, _) = read(parts, state).await?;
        Ok(Self(instance(tenant, &environment)?, app))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AppInstanceAndSecret {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (app, tenant, environment, secret): (_, _, String, _) = read(parts, state).await?;
        Ok(Self(app, instance(tenant, &environment)?, secret))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InstanceAppAndSecret {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (tenant, environment, app, secret): (_, String, _, _) = read(parts, state).await?;
        Ok(Self(instance(tenant, &environment)?, app, secret))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InstanceAndReport {
    type Rejection = Problem;

    /// A report's id is the platform's own: `077` is not another spelling of `77`.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(u64, String, String)>::from_request_parts(parts, state).await;
        let Path((tenant, environment, report)) = path.map_err(|_| RequestError::NotFound)?;
        let report = ReportId::parse(&report).map_err(|_| RequestError::NotFound)?;
        Ok(Self(instance(tenant, &environment)?, report))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for GroupOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (network, group) = read(parts, state).await?;
        Ok(Self(network, group))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for GroupAndTenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (network, group, number) = read(parts, state).await?;
        Ok(Self(network, group, tenant(number)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for GroupAndApp {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (network, group, app) = read(parts, state).await?;
        Ok(Self(network, group, app))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AppAndTenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (app, number) = read(parts, state).await?;
        Ok(Self(app, tenant(number)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(id) = path.map_err(|_| RequestError::NotFound)?;
        Ok(Self(PersonId::parse(&id).map_err(|_| RequestError::NotFound)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PositionOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(position(read(parts, state).await?)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NameOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let name: String = read(parts, state).await?;
        Ok(Self(projection(&name)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NameAndId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (name, id): (String, _) = read(parts, state).await?;
        Ok(Self(projection(&name)?, id))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NameAndPosition {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (name, number): (String, _) = read(parts, state).await?;
        Ok(Self(projection(&name)?, position(number)?))
    }
}

async fn read<T, S>(parts: &mut Parts, state: &S) -> Result<T, Problem>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    let raw = RawPathParams::from_request_parts(parts, state).await.map_err(|_| RequestError::NotFound)?;
    if raw.iter().any(|(_, value)| is_another_spelling(value)) {
        return Err(RequestError::NotFound.into());
    }
    let path = Path::from_request_parts(parts, state).await;
    path.map(|Path(path)| path).map_err(|_| RequestError::NotFound.into())
}

/// A thing has one path: `0101` and `+101` do not name tenant 101, and an id has its hyphens and nothing around it.
fn is_another_spelling(value: &str) -> bool {
    value.parse().is_ok_and(|number: u64| number.to_string() != value)
        || Uuid::try_parse(value).is_ok_and(|id| !id.to_string().eq_ignore_ascii_case(value))
}

fn instance(number: u64, environment: &str) -> Result<Instance, Problem> {
    let environment = Environment::parse(environment).map_err(|_| RequestError::NotFound)?;
    Ok(Instance { tenant_id: tenant(number)?, environment })
}

fn projection(name: &str) -> Result<ProjectionName, Problem> {
    Ok(ProjectionName::parse(name).map_err(|_| RequestError::NotFound)?)
}

fn position(number: i64) -> Result<Position, Problem> {
    if number < 1 { Err(RequestError::NotFound.into()) } else { Ok(Position::from_i64(number)) }
}

fn tenant(number: u64) -> Result<TenantId, Problem> {
    Ok(TenantId::new(number).map_err(|_| RequestError::NotFound)?)
}
