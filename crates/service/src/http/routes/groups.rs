//! Enterprise Hub: the groups of a network, whose tenants share one credential an app (rules 26 and 27).

use axum::{extract::State, response::Response};
use chancery_domain::{AppId, GroupId, NetworkId};
use chancery_views::networks::{self, Group};

use super::{
    super::{
        Service,
        answer::found,
        command::Command,
        list::{List, Listing},
        path::{GroupAndApp, GroupAndTenant, GroupOf, Id},
        problem::Problem,
        reading::Reading,
        request_error::RequestError,
    },
    networks::visible,
};
use crate::commands::{ConnectGroup, CreateGroup, GenerateSecret, GeneratedSecret, GroupConnections};

/// List a network's groups.
///
/// For its organization's developers.
#[utoipa::path(get, path = "/v1/networks/{network}/groups", operation_id = "listGroups", tag = "networks",
    params(("network" = Uuid, Path, description = "The network's id."), Listing),
    responses((status = 200, description = "A page of groups, oldest first.", body = List<Group>)))]
pub(super) async fn list(
    State(service): State<Service>,
    Id(network_id): Id,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let (after, limit) = (read.query.after("groups")?, read.query.limit()?);
    let (_, reader) = visible(&service, &read.principal, network_id, read.min_position).await?;
    service.reflected(&List::of("groups", networks::groups(&reader, network_id, after, limit).await?))
}

/// Create a group.
///
/// For the network's developers, in one environment.
#[utoipa::path(post, path = "/v1/networks/{network}/groups", operation_id = "createGroup", tag = "networks",
    params(("network" = Uuid, Path, description = "The network's id.")),
    request_body = CreateGroup,
    responses((status = 201, description = "It is created.", body = Group)))]
pub(super) async fn create(
    State(service): State<Service>,
    Id(network_id): Id,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    let answer = service.commands.create_group(&caller, NetworkId(network_id), body).await;
    service.answered("create_group", answer)
}

/// Read a group.
///
/// For its organization's developers.
#[utoipa::path(get, path = "/v1/networks/{network}/groups/{group}", operation_id = "getGroup", tag = "networks",
    params(
        ("network" = Uuid, Path, description = "The network's id."),
        ("group" = Uuid, Path, description = "The group's id."),
    ),
    responses((status = 200, description = "The group.", body = Group)))]
pub(super) async fn show(
    State(service): State<Service>,
    GroupOf(network_id, group_id): GroupOf,
    read: Reading,
) -> Result<Response, Problem> {
    let (_, reader) = visible(&service, &read.principal, network_id, read.min_position).await?;
    let group = found(networks::group(&reader, group_id).await?)?;
    if group.value.network_id != network_id {
        return Err(RequestError::NotFound.into());
    }
    service.tagged(&group, group.value.stream_version)
}

/// Add a tenant to a group.
///
/// For the network's developers. Every app that the group is offered is listed for the tenant, whose admin decides.
/// Adding it again changes nothing.
#[utoipa::path(put, path = "/v1/networks/{network}/groups/{group}/tenants/{tenant}",
    operation_id = "addGroupTenant", tag = "networks",
    params(
        ("network" = Uuid, Path, description = "The network's id."),
        ("group" = Uuid, Path, description = "The group's id."),
        ("tenant" = u64, Path, description = "The tenant's id."),
    ),
    responses((status = 200, description = "The group with the tenant in it.", body = Group)))]
pub(super) async fn add_tenant(
    State(service): State<Service>,
    GroupAndTenant(network_id, group_id, tenant_id): GroupAndTenant,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    let (network_id, group_id) = (NetworkId(network_id), GroupId(group_id));
    let answer = service.commands.add_group_tenant(&caller, network_id, group_id, tenant_id).await;
    service.answered("add_group_tenant", answer)
}

/// Remove a tenant from a group.
///
/// For the network's developers. What the tenant connected through the group is revoked at once; the other members'
/// connections go on.
#[utoipa::path(delete, path = "/v1/networks/{network}/groups/{group}/tenants/{tenant}",
    operation_id = "removeGroupTenant", tag = "networks",
    params(
        ("network" = Uuid, Path, description = "The network's id."),
        ("group" = Uuid, Path, description = "The group's id."),
        ("tenant" = u64, Path, description = "The tenant's id."),
    ),
    responses((status = 200, description = "The group without the tenant.", body = Group)))]
pub(super) async fn remove_tenant(
    State(service): State<Service>,
    GroupAndTenant(network_id, group_id, tenant_id): GroupAndTenant,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    let (network_id, group_id) = (NetworkId(network_id), GroupId(group_id));
    let answer = service.commands.remove_group_tenant(&caller, network_id, group_id, tenant_id).await;
    service.answered("remove_group_tenant", answer)
}

/// Offer an app to a group.
///
/// For the network's developers, of an app of their own. It is listed for every tenant of the group, whose admin
/// decides; the first consent mints the credential that all who consent share.
#[utoipa::path(post, path = "/v1/networks/{network}/groups/{group}/connections",
    operation_id = "connectGroup", tag = "networks",
    params(
        ("network" = Uuid, Path, description = "The network's id."),
        ("group" = Uuid, Path, description = "The group's id."),
    ),
    request_body = ConnectGroup,
    responses((status = 201, description = "It is offered.", body = GroupConnections)))]
pub(super) async fn connect(
    State(service): State<Service>,
    GroupOf(network_id, group_id): GroupOf,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    let (network_id, group_id) = (NetworkId(network_id), GroupId(group_id));
    let answer = service.commands.connect_group(&caller, network_id, group_id, body).await;
    service.answered("connect_group", answer)
}

/// Generate a group's secret.
///
/// For the network's developers, where they manage the app's credentials, once a member has consented. The secret is
/// in this answer and nowhere else; the one before goes on working for a while.
#[utoipa::path(post, path = "/v1/networks/{network}/groups/{group}/connections/{app}/secrets",
    operation_id = "generateGroupSecret", tag = "networks",
    params(
        ("network" = Uuid, Path, description = "The network's id."),
        ("group" = Uuid, Path, description = "The group's id."),
        ("app" = Uuid, Path, description = "The app's id."),
    ),
    request_body = GenerateSecret,
    responses((status = 201, description = "It is valid from now on.", body = GeneratedSecret)))]
pub(super) async fn generate_secret(
    State(service): State<Service>,
    GroupAndApp(network_id, group_id, app_id): GroupAndApp,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    let (network_id, group_id) = (NetworkId(network_id), GroupId(group_id));
    let answer =
        service.commands.generate_group_secret(&caller, network_id, group_id, AppId(app_id), body).await;
    service.answered("generate_group_secret", answer)
}
