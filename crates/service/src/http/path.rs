//! The variable parts of a path. What is malformed names nothing: it is answered like what is absent.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use chancery_domain::{Environment, Instance, TenantId};
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

/// `{position}`
#[derive(Debug)]
pub(super) struct PositionOf(pub(super) Position);

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

impl<S: Send + Sync> FromRequestParts<S> for PositionOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let number: i64 = read(parts, state).await?;
        if number < 1 {
            return Err(RequestError::NotFound.into());
        }
        Ok(Self(Position::from_i64(number)))
    }
}

async fn read<T, S>(parts: &mut Parts, state: &S) -> Result<T, Problem>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    let path = Path::from_request_parts(parts, state).await;
    path.map(|Path(path)| path).map_err(|_| RequestError::NotFound.into())
}

fn instance(tenant: u64, environment: &str) -> Result<Instance, Problem> {
    let not_found = |_| RequestError::NotFound;
    Ok(Instance {
        tenant_id: TenantId::new(tenant).map_err(not_found)?,
        environment: Environment::parse(environment).map_err(not_found)?,
    })
}
