//! On which events a decision rests: of each thing that the gate knows of an app at a tenant, the last that said so.

use std::collections::{BTreeMap, BTreeSet};

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
    /// In the order in which they were heard of.
    secrets: Vec<Secret>,
}

/// A secret of any of the app's credentials in the environment.
#[derive(Debug)]
struct Secret {
    client_id: String,
    id: Uuid,
    generated: Option<Position>,
    revoked: Option<Position>,
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
                if let Some(secret) = self.secret(&event.client_id, &event.secret_id) {
                    secret.generated = here;
                }
            }
            Event::SecretRevoked(event) if is_of(&event.app_id) => {
                if let Some(secret) = self.secret(&event.client_id, &event.secret_id) {
                    secret.revoked = here;
                }
            }
            _ => return false,
        }
        true
    }

    /// What is known of the secret, from now on at least that it was there.
    fn secret(&mut self, client_id: &str, secret_id: &str) -> Option<&mut Secret> {
        let secret_id = Uuid::try_parse(secret_id).ok()?;
        let known = self.secrets.iter().position(|secret| secret.id == secret_id);
        let at = known.unwrap_or(self.secrets.len());
        if known.is_none() {
            let client_id = client_id.to_owned();
            self.secrets.push(Secret { client_id, id: secret_id, generated: None, revoked: None });
        }
        self.secrets.get_mut(at)
    }

    /// Of the connection's credential the newest secret that was not revoked, if it retired long ago: nothing cut off what
    /// was issued on it. Otherwise the one that was revoked last.
    pub(super) fn last_secret(&self) -> Option<Uuid> {
        let secrets = || self.secrets.iter().filter(|secret| secret.client_id == self.client_id);
        let standing = secrets().rfind(|secret| secret.revoked.is_none());
        standing.or_else(|| secrets().max_by_key(|secret| secret.revoked)).map(|secret| secret.id)
    }

    /// What the outcome rests on, decided with a token on this secret.
    pub(super) fn of(
        &self,
        outcome: &Result<Granted, Denial>,
        secret_id: Option<Uuid>,
    ) -> BTreeSet<Position> {
        let version = |version: u32| self.versions.get(&version).copied();
        let secret = self.secrets.iter().find(|secret| Some(secret.id) == secret_id);
        let mut rests = vec![self.created];
        match outcome {
            Ok(granted) => {
                rests.extend([self.connected, self.granted, self.state]);
                rests.push(secret.and_then(|secret| secret.generated));
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
                rests.push(secret.and_then(|secret| secret.revoked));
            }
            Err(Denial::AppDeleted) => rests.push(self.deleted),
            Err(_) => {}
        }
        rests.into_iter().flatten().collect()
    }
}
