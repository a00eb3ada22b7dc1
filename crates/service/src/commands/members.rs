//! A group and its members' connections of one app, as decisions about the credential that they share look at them
//! (rule 26).

use chancery_domain::{
    AppId, GroupId, Instance, StreamName, TenantId,
    connection::{self, Through},
    group::{self, Group},
};

use crate::states::{Missing, Seen};

/// Members looked at together.
const TOGETHER: usize = 100;

/// The group, and its members' connections as far as the first that shares the credential: the one says what all
/// share, and as long as it stands, nobody else mints another. Where none shares one yet, these are all members', so
/// that of two first consents one loses.
pub(super) struct Members {
    pub(super) group: group::State,
    pub(super) connections: Vec<connection::State>,
}

impl Members {
    /// As the developer of the group's organization looks.
    pub(super) fn of(seen: &Seen, app_id: AppId, group_id: GroupId) -> Result<Self, Missing> {
        let group = seen.group(group_id)?;
        let connections = match group.created() {
            Some(group) if group.apps.contains(&app_id) => sharing(seen, app_id, group)?,
            _ => Vec::new(),
        };
        Ok(Self { group, connections })
    }

    /// As the admin of one instance looks; nothing is looked at where the group does not offer it the app.
    pub(super) fn of_instance(
        seen: &Seen,
        app_id: AppId,
        group_id: GroupId,
        instance: &Instance,
    ) -> Result<Self, Missing> {
        let group = seen.group(group_id)?;
        let connections = match group.offers(app_id, instance) {
            Ok(group) => sharing(seen, app_id, group)?,
            Err(_) => Vec::new(),
        };
        Ok(Self { group, connections })
    }

    pub(super) fn through(&self) -> Through<'_> {
        Through { group: &self.group, members: &self.connections }
    }
}

/// The members' connections as far as the first that shares the credential.
fn sharing(seen: &Seen, app_id: AppId, group: &Group) -> Result<Vec<connection::State>, Missing> {
    let tenant_ids: Vec<TenantId> = group.tenants.iter().copied().collect();
    let stream = |tenant_id: &TenantId| StreamName::Connection(app_id, *tenant_id, group.environment.clone());
    let mut connections = Vec::new();
    for together in tenant_ids.chunks(TOGETHER) {
        seen.need(together.iter().map(stream))?;
        for tenant_id in together {
            let instance = Instance { tenant_id: *tenant_id, environment: group.environment.clone() };
            connections.push(seen.connection(app_id, &instance)?);
        }
        if connection::shared_client(group.group_id, &connections).is_some() {
            break;
        }
    }
    Ok(connections)
}
