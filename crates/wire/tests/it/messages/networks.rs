//! Networks and their groups.

use chancery_wire::{Event, v1};

use super::{environment, id};

pub fn full() -> Vec<Event> {
    vec![
        v1::NetworkCreated {
            network_id: id(9),
            organization_id: id(1),
            customer_id: "c-1001".into(),
            name: "Northern branches".into(),
        }
        .into(),
        v1::GroupCreated {
            group_id: id(10),
            network_id: id(9),
            organization_id: id(1),
            customer_id: "c-1001".into(),
            name: "Branches of the coast".into(),
            environment: environment(),
        }
        .into(),
        v1::GroupTenantAdded { group_id: id(10), tenant_id: 1001 }.into(),
        v1::GroupTenantRemoved { group_id: id(10), tenant_id: 1001 }.into(),
        v1::GroupAppOffered { group_id: id(10), app_id: id(3) }.into(),
    ]
}
