//! On which events a decision rests: of each thing that the gate knows of an app at a tenant, the last that said so.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chancery_gate::{Denial, Granted};
use chancery_wire::{Event, Position, v1};
use uuid::Uuid;

use super::Question;

/// What is known, by the event that says so.
#[derive(Debug, Default)]
pub(super) struct Rests {
    created: Option<Position>,
    /// What each version has.
    versions: BTreeMap<u32, Position>,
    deleted: Option<Position>,
    connected: Option<Position>,
    /// Through which credential.
    pub(super) client_id: String,
    /// Which version is granted.
    granted: Option<Position>,
    /// Whether it stands, is paused or has ended.
    state: Option<Position>,
    generated: HashMap<Uuid, Position>,
    /// Of each credential the secret that was revoked last.
    revoked: HashMap<String, (Uuid, Position)>,
}

impl Rests {
    /// Notes what the event says. Whether it is about what is asked.
    pub(super) fn note(&mut self, question: &Question, message: &Event, position: Position) -> bool {
        let Question { app_id, instance, .. } = question;
        let is_of = |app: &str| Uuid::try_parse(app) == Ok(app_id.0);
        let is_here = |app: &str, tenant_id: i64, environment: &str| {
            is_of(app)
                && u64::try_from(tenant_id) == Ok(instance.tenant_id.get())
                && environment == instance.environment.as_str()
        };
        let here = Some(position);
        match message {
            Event::AppCreated(event) if is_of(&event.app_id) => {
                self.created = here;
                self.versions.insert(1, position);
            }
            Event::ScopesEdited(event) if is_of(&event.app_id) => {
                self.versions.extend(u32::try_from(event.version).map(|version| (version, position)));
            }
            Event::AppDeleted(event) if is_of(&event.app_id) => self.deleted = here,
            Event::TenantConnected(event) if is_here(&event.app_id, event.tenant_id, &event.environment) => {
                (self.connected, self.granted, self.state) = (here, here, here);
                event.client_id.clone_into(&mut self.client_id);
            }
            Event::VersionUpgraded(event) if is_here(&event.app_id, event.tenant_id, &event.environment) => {
                self.granted = here;
            }
            Event::ConnectionDisabled(v1::ConnectionDisabled { app_id, tenant_id, environment })
            | Event::ConnectionRestored(v1::ConnectionRestored { app_id, tenant_id, environment })
            | Event::ConnectionRevoked(v1::ConnectionRevoked { app_id, tenant_id, environment, .. })
                if is_here(app_id, *tenant_id, environment) =>
            {
                self.state = here;
            }
            // A credential is one app's in one environment, and may be several tenants' (rule 26).
            Event::SecretGenerated(event) if is_of(&event.app_id) => {
                self.generated.extend(Uuid::try_parse(&event.secret_id).map(|secret| (secret, position)));
            }
            Event::SecretRevoked(event) if is_of(&event.app_id) => {
                let revoked = Uuid::try_parse(&event.secret_id).map(|secret| (secret, position));
                self.revoked.extend(revoked.map(|revoked| (event.client_id.clone(), revoked)));
            }
            _ => return false,
        }
        true
    }

    /// The secret of the connection's credential that was revoked last.
    pub(super) fn last_revoked(&self) -> Option<Uuid> {
        self.revoked.get(&self.client_id).map(|(secret, _)| *secret)
    }

    /// What the outcome rests on, decided with a token on this secret.
    pub(super) fn of(
        &self,
        outcome: &Result<Granted, Denial>,
        secret_id: Option<Uuid>,
    ) -> BTreeSet<Position> {
        let version = |version: u32| self.versions.get(&version).copied();
        let generated = secret_id.and_then(|secret| self.generated.get(&secret).copied());
        let mut rests = vec![self.created];
        match outcome {
            Ok(granted) => {
                rests.extend([self.connected, self.granted, self.state, generated]);
                rests.push(version(granted.version));
            }
            Err(Denial::ScopeMissing(held)) => {
                rests.extend([self.connected, self.granted, self.state]);
                let versions =
                    [Some(held.granted_version), held.held_from_version, Some(held.latest_version)];
                rests.extend(versions.into_iter().flatten().map(version));
            }
            Err(Denial::Disabled | Denial::NotConnected) => rests.extend([self.connected, self.state]),
            Err(Denial::TokenCutOff) => {
                rests.push(self.connected);
                rests.push(self.revoked.get(&self.client_id).map(|(_, position)| *position));
            }
            Err(Denial::AppDeleted) => rests.push(self.deleted),
            Err(_) => {}
        }
        rests.into_iter().flatten().collect()
    }
}
