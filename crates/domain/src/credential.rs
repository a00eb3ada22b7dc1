//! Credentials: a client id and its secrets, at most two of them live (rules 16 to 20).

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    AppId, ClientId, CredentialManagement, Decision, Environment, Event, GroupId, Hint, Instance,
    OrganizationId, Overlap, Refusal, SecretGenerated, SecretId, Sha256, Stamp, TenantId,
    app::{self, App},
    connection, listing,
};

/// Whether the credential has a secret yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    Issued(Arc<Credential>),
}

/// A credential with its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub client_id: ClientId,
    pub app_id: AppId,
    /// None where a group shares the credential.
    pub tenant_id: Option<TenantId>,
    pub environment: Environment,
    /// The group whose consenting members share it (rule 26).
    pub group_id: Option<GroupId>,
    /// The newest secret: it has no end.
    pub current: IssuedSecret,
    /// The secret before it. Rule 19 leaves room for one.
    pub previous: Option<Retiring>,
}

/// What is kept of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedSecret {
    pub secret_id: SecretId,
    pub sha256: Sha256,
    pub hint: Hint,
    pub created: Stamp,
}

/// A secret that has an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retiring {
    pub secret: IssuedSecret,
    pub retires_at: Timestamp,
}

impl State {
    pub fn issued(&self) -> Option<&Credential> {
        match self {
            Self::Absent => None,
            Self::Issued(credential) => Some(credential),
        }
    }
}

impl Credential {
    /// The secrets that open the door at this time, the newest first.
    pub fn live_at(&self, now: Timestamp) -> impl Iterator<Item = &IssuedSecret> {
        let previous = self.previous.iter().filter(move |previous| now < previous.retires_at);
        std::iter::once(&self.current).chain(previous.map(|previous| &previous.secret))
    }
}

/// Folds one event of the credential's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    let Event::SecretGenerated(event) = event else { return state };
    let secret = IssuedSecret {
        secret_id: event.secret_id,
        sha256: event.sha256,
        hint: event.hint.clone(),
        created: stamp.clone(),
    };
    match state {
        State::Absent => State::Issued(Arc::new(Credential {
            client_id: event.client_id.clone(),
            app_id: event.app_id,
            tenant_id: event.tenant_id,
            environment: event.environment.clone(),
            group_id: event.group_id,
            current: secret,
            previous: None,
        })),
        State::Issued(mut credential) => {
            let changed = Arc::make_mut(&mut credential);
            let replaced = std::mem::replace(&mut changed.current, secret);
            changed.previous =
                event.previous_retires_at.map(|retires_at| Retiring { secret: replaced, retires_at });
            State::Issued(credential)
        }
    }
}

/// What is kept of a secret that was made outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecret {
    pub secret_id: SecretId,
    /// Of its text.
    pub sha256: Sha256,
    pub hint: Hint,
}

/// Who asks for a secret (rule 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A developer, on behalf of this organization.
    Developer(OrganizationId),
    /// The admin of the tenant whose connection it is.
    TenantAdmin,
}

/// Generates a secret, the first or the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generate {
    pub side: Side,
    pub instance: Instance,
    pub secret: NewSecret,
    /// How long the secret before it lives on.
    pub overlap: Overlap,
    pub now: Timestamp,
}

/// What generating looks at.
#[derive(Debug, Clone, Copy)]
pub struct GenerateFacts<'a> {
    pub app: &'a app::State,
    pub listing: &'a listing::State,
    /// The connection of the app with the command's instance.
    pub connection: &'a connection::State,
}

/// Generates the secret beside the one before, which retires after the overlap; a third retires the oldest at
/// once (rule 19). `state` is the credential that the connection names.
pub fn generate(command: Generate, state: &State, facts: &GenerateFacts<'_>) -> Decision {
    let Generate { side, instance, secret, overlap, now } = command;
    let app = seen_from(side, &instance, facts)?;
    match (side, app.credential_management) {
        (Side::Developer(_), CredentialManagement::Developer)
        | (Side::TenantAdmin, CredentialManagement::TenantAdmin) => {}
        (Side::Developer(_), CredentialManagement::TenantAdmin) => {
            return Err(Refusal::CredentialsManagedByTenantAdmin);
        }
        (Side::TenantAdmin, CredentialManagement::Developer) => {
            return Err(Refusal::CredentialsManagedByDeveloper);
        }
    }
    let connection = facts.connection.connected().ok_or(Refusal::NotConnected)?;
    let mut generated = first(connection.client_id.clone(), app.app_id, instance, secret);
    if let State::Issued(credential) = state {
        generated.previous_secret_id = Some(credential.current.secret_id);
        generated.previous_retires_at = Some(overlap.end(now));
        generated.retired_secret_id = credential.live_at(now).nth(1).map(|oldest| oldest.secret_id);
    }
    Ok(vec![generated.into()])
}

/// The first secret of a new credential.
pub(crate) fn first(
    client_id: ClientId,
    app_id: AppId,
    instance: Instance,
    secret: NewSecret,
) -> SecretGenerated {
    SecretGenerated {
        client_id,
        app_id,
        tenant_id: Some(instance.tenant_id),
        environment: instance.environment,
        secret_id: secret.secret_id,
        sha256: secret.sha256,
        hint: secret.hint,
        previous_secret_id: None,
        previous_retires_at: None,
        retired_secret_id: None,
        group_id: None,
    }
}

/// The app as the asking side sees it: its owner always, a tenant where it is connected or may connect.
fn seen_from<'a>(side: Side, instance: &Instance, facts: &GenerateFacts<'a>) -> Result<&'a App, Refusal> {
    match side {
        Side::Developer(organization_id) => facts.app.owned_by(organization_id),
        Side::TenantAdmin if facts.connection.connected().is_some() => {
            facts.app.live().ok_or(Refusal::AppUnknown)
        }
        Side::TenantAdmin => listing::visible(facts.app, facts.listing, instance.tenant_id),
    }
}
