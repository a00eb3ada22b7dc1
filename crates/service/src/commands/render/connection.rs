//! Connections, with their credentials.

use chancery_domain::{
    ConnectionId, Instance, Stamp,
    app::{self, App},
    connection::{self, Declined, Grant, Status},
    credential::{self, Credential},
    listing,
};
use chancery_views::{ConnectionState, RevocationCause, connections};
use jiff::Timestamp;

use super::{super::words, scopes, who};

/// What a connection is shown from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) app: &'a app::State,
    pub(crate) listing: &'a listing::State,
    pub(crate) instance: &'a Instance,
    pub(crate) connection: &'a connection::State,
    /// The one that the connection names.
    pub(crate) credential: &'a credential::State,
    /// Which secrets have retired by now.
    pub(crate) now: Timestamp,
}

/// The connection; `None` where there never was such an app.
pub(crate) fn connection(shown: &Shown<'_>) -> Option<connections::Connection> {
    let Shown { instance, connection, now, .. } = *shown;
    let (app, deleted) = shown.app.known()?;
    let state = state(shown.app, shown.listing, connection);
    let grant = connection.standing().filter(|_| deleted.is_none());
    // What stood until the end of its app has come to stand as it does with that.
    let updated = deleted.filter(|_| connection.standing().is_some()).or_else(|| connection.updated());
    let declined = connection.declined();
    Some(connections::Connection {
        connection_id: ConnectionId::of(app.app_id, instance.tenant_id, &instance.environment).0,
        app_id: app.app_id.0,
        app_name: app.name.to_string(),
        tenant_id: instance.tenant_id.get(),
        environment: instance.environment.to_string(),
        state,
        revocation_cause: cause(connection, deleted).filter(|_| state == ConnectionState::Revoked),
        group_id: grant.and_then(|grant| grant.group_id).map(|group_id| group_id.0),
        granted_version: grant.map(|grant| grant.granted.get()),
        latest_version: app.history.latest().get(),
        scopes: grant
            .and_then(|grant| app.history.scopes_at(grant.granted))
            .map_or_else(Vec::new, |granted| scopes(&granted)),
        upgrade: grant.and_then(|grant| upgrade(app, grant)),
        declined: declined.map(|declined| connections::Declined {
            version: declined.version.get(),
            at: declined.decided.at,
            by: who(&declined.decided),
        }),
        client_id: grant.map(|grant| grant.client_id.to_string()),
        secrets: grant
            .and_then(|_| shown.credential.issued())
            .map_or_else(Vec::new, |credential| secrets(credential, now)),
        updated_at: updated.map(|stamp| stamp.at),
        updated_by: updated.map(who),
        stream_version: 0,
    })
}

/// The connection's state beside what its app and its listing are now.
pub(crate) fn state(
    app: &app::State,
    listing: &listing::State,
    connection: &connection::State,
) -> ConnectionState {
    match connection.status(app, listing) {
        Status::NotConnected => ConnectionState::NotConnected,
        Status::Connected => ConnectionState::Connected,
        Status::Disabled => ConnectionState::Disabled,
        Status::Revoked => ConnectionState::Revoked,
    }
}

fn cause(connection: &connection::State, deleted: Option<&Stamp>) -> Option<RevocationCause> {
    match connection {
        connection::State::Revoked { cause, .. } => Some(words::revocation_cause(*cause)),
        _ => deleted.map(|_| RevocationCause::AppDeleted),
    }
}

fn upgrade(app: &App, grant: &Grant) -> Option<connections::Upgrade> {
    let (granted, latest) = (grant.granted, app.history.latest());
    let silenced = |declined: &Declined| declined.version == latest;
    let difference = app.history.offer(granted);
    (granted < latest).then(|| connections::Upgrade {
        version: latest.get(),
        added: scopes(&difference.added),
        removed: scopes(&difference.removed),
        declined: grant.declined.as_ref().is_some_and(silenced),
    })
}

/// Those that neither retired nor were revoked, oldest first.
fn secrets(credential: &Credential, now: Timestamp) -> Vec<connections::Secret> {
    let secret = |secret: &credential::IssuedSecret, retires_at| connections::Secret {
        secret_id: secret.secret_id.0,
        hint: secret.hint.to_string(),
        created_at: secret.created.at,
        created_by: who(&secret.created),
        last_used_at: None,
        retires_at,
    };
    let previous = credential.retiring_at(now);
    previous
        .map(|previous| secret(&previous.secret, Some(previous.retires_at)))
        .into_iter()
        .chain(credential.current.iter().map(|current| secret(current, None)))
        .collect()
}
