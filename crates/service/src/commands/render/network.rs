//! Networks and their groups.

use chancery_domain::{group::Group, network::Network};
use chancery_views::networks;

use super::who;

pub(in super::super) fn network(network: &Network) -> networks::Network {
    networks::Network {
        network_id: network.network_id.0,
        organization_id: network.organization_id.0,
        customer_id: network.customer_id.to_string(),
        name: network.name.to_string(),
        created_at: network.created.at,
        created_by: who(&network.created),
        stream_version: 0,
    }
}

pub(in super::super) fn group(group: &Group) -> networks::Group {
    networks::Group {
        group_id: group.group_id.0,
        network_id: group.network_id.0,
        name: group.name.to_string(),
        environment: group.environment.to_string(),
        tenants: group.tenants.iter().map(|tenant_id| tenant_id.get()).collect(),
        apps: group.apps.iter().map(|app_id| app_id.0).collect(),
        created_at: group.created.at,
        created_by: who(&group.created),
        organization_id: group.organization_id.0,
        stream_version: 0,
    }
}
