//! Enterprise Hub: networks, groups, and what their members share.

use chancery_wire::{
    Event,
    v1::{
        GroupAppOffered, GroupCreated, GroupTenantAdded, GroupTenantRemoved, NetworkCreated, SecretGenerated,
        TenantConnected,
    },
};

use super::{connected, id, secret};

pub fn network_created(network: u128, organization: u128) -> NetworkCreated {
    NetworkCreated {
        network_id: id(network).to_string(),
        organization_id: id(organization).to_string(),
        customer_id: "c1".into(),
        name: format!("Network {network}"),
    }
}

pub fn group_created(group: u128, network: u128) -> GroupCreated {
    GroupCreated {
        group_id: id(group).to_string(),
        network_id: id(network).to_string(),
        organization_id: id(1000).to_string(),
        customer_id: "c1".into(),
        name: format!("Group {group}"),
        environment: "production".into(),
    }
}

pub fn group_tenant_added(group: u128, tenant_id: i64) -> Event {
    GroupTenantAdded { group_id: id(group).to_string(), tenant_id }.into()
}

pub fn group_tenant_removed(group: u128, tenant_id: i64) -> Event {
    GroupTenantRemoved { group_id: id(group).to_string(), tenant_id }.into()
}

pub fn group_app_offered(group: u128, app: u128) -> Event {
    GroupAppOffered { group_id: id(group).to_string(), app_id: id(app).to_string() }.into()
}

/// The tenant consented through the group, and shares its credential.
pub fn connected_through(group: u128, app: u128, tenant_id: i64, version: i64) -> TenantConnected {
    TenantConnected {
        client_id: shared_client_id(group, app),
        group_id: id(group).to_string(),
        ..connected(app, tenant_id, "production", version)
    }
}

pub fn shared_client_id(group: u128, app: u128) -> String {
    format!("cid.group-{group}-{app}")
}

/// A secret of the credential that the group's members share.
pub fn shared_secret(group: u128, app: u128, number: u128) -> SecretGenerated {
    SecretGenerated {
        client_id: shared_client_id(group, app),
        group_id: id(group).to_string(),
        tenant_id: 0,
        ..secret(app, 0, "production", number)
    }
}
