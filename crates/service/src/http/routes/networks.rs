//! Enterprise Hub: a customer's networks (rule 26).

use axum::{extract::State, response::Response};
use chancery_views::{
    At, Reader,
    networks::{self, Network, Networks},
};
use chancery_wire::Position;
use uuid::Uuid;

use super::super::{
    Service,
    answer::found,
    command::Command,
    list::{List, Listing},
    path::Id,
    problem::Problem,
    reading::Reading,
    request_error::RequestError,
};
use crate::{auth::Principal, commands::CreateNetwork};

/// List the organization's networks.
///
/// For developers.
#[utoipa::path(get, path = "/v1/networks", operation_id = "listNetworks", tag = "networks", params(Listing),
    responses((status = 200, description = "A page of networks, oldest first.", body = List<Network>)))]
pub(super) async fn list(
    State(service): State<Service>,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let organization_id = read.principal.organization_id.ok_or(RequestError::NotFound)?;
    let (after, limit) = (read.query.after("networks")?, read.query.limit()?);
    let reader = service.reach(read.min_position, &[&Networks]).await?;
    let page = networks::of_organization(&reader, organization_id.0, after, limit).await?;
    service.reflected(&List::of("networks", page))
}

/// Create a network.
///
/// For developers of a customer. It is of this customer's tenants.
#[utoipa::path(post, path = "/v1/networks", operation_id = "createNetwork", tag = "networks",
    request_body = CreateNetwork,
    responses((status = 201, description = "It is created.", body = Network)))]
pub(super) async fn create(State(service): State<Service>, command: Command) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    service.answered("create_network", service.commands.create_network(&caller, body).await)
}

/// Read a network.
///
/// For its organization's developers.
#[utoipa::path(get, path = "/v1/networks/{network}", operation_id = "getNetwork", tag = "networks",
    params(("network" = Uuid, Path, description = "The network's id.")),
    responses((status = 200, description = "The network.", body = Network)))]
pub(super) async fn show(
    State(service): State<Service>,
    Id(network_id): Id,
    read: Reading,
) -> Result<Response, Problem> {
    let (network, _) = visible(&service, &read.principal, network_id, read.min_position).await?;
    service.tagged(&network, network.value.stream_version)
}

/// The network, if it is the bearer's organization's; and the reader for more.
pub(super) async fn visible(
    service: &Service,
    principal: &Principal,
    network_id: Uuid,
    wanted: Option<Position>,
) -> Result<(At<Network>, Reader), Problem> {
    let reader = service.reach(wanted, &[&Networks]).await?;
    let network = found(networks::network(&reader, network_id).await?)?;
    let own = principal.organization_id.is_some_and(|own| own.0 == network.value.organization_id);
    if own { Ok((network, reader)) } else { Err(RequestError::NotFound.into()) }
}
