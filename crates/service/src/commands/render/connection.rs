//! Connections, with their credentials.

use chancery_domain::{AppVersion, ConnectionId, Instance, app::App, connection, credential};
use chancery_views::{ConnectionState, connections};
use jiff::Timestamp;

use super::{super::answer::PENDING, scopes, who};

/// A connection as it stands `now`, beside what is known of its credential.
pub(in super::super) fn connection(
    app: &App,
    instance: &Instance,
    state: &connection::State,
    credential: Option<&credential::Credential>,
    now: Timestamp,
) -> connections::Connection {
    let connected = state.connected();
    let declined = match state {
        connection::State::NotConnected { declined } => declined.as_ref(),
        connection::State::Connected(connected) => connected.declined.as_ref(),
    };
    let granted = connected.map(|connected| connected.granted);
    let updated = declined
        .map(|declined| &declined.decided)
        .into_iter()
        .chain(connected.map(|connected| &connected.updated))
        .max_by_key(|stamp| if stamp.at == PENDING { Timestamp::MAX } else { stamp.at });
    connections::Connection {
        connection_id: ConnectionId::of(app.app_id, instance.tenant_id, &instance.environment).0,
        app_id: app.app_id.0,
        app_name: app.name.to_string(),
        tenant_id: instance.tenant_id.get(),
        environment: instance.environment.to_string(),
        state: if connected.is_some() { ConnectionState::Connected } else { ConnectionState::NotConnected },
        group_id: None,
        granted_version: granted.map(AppVersion::get),
        latest_version: app.history.latest().get(),
        scopes: granted
            .and_then(|version| app.history.scopes_at(version))
            .map_or_else(Vec::new, |s| scopes(&s)),
        upgrade: granted.and_then(|version| upgrade(app, version, declined)),
        declined: declined.map(|declined| connections::Declined {
            version: declined.version.get(),
            at: declined.decided.at,
            by: who(&declined.decided),
        }),
        client_id: connected.map(|connected| connected.client_id.to_string()),
        secrets: credential.map_or_else(Vec::new, |credential| secrets(credential, now)),
        updated_at: updated.map(|stamp| stamp.at),
        updated_by: updated.map(who),
        stream_version: 0,
    }
}

fn upgrade(
    app: &App,
    granted: AppVersion,
    declined: Option<&connection::Declined>,
) -> Option<connections::Upgrade> {
    let latest = app.history.latest();
    let difference = app.history.offer(granted);
    (granted < latest).then(|| connections::Upgrade {
        version: latest.get(),
        added: scopes(&difference.added),
        removed: scopes(&difference.removed),
        declined: declined.is_some_and(|declined| declined.version == latest),
    })
}

/// Those that have not retired, oldest first.
fn secrets(credential: &credential::Credential, now: Timestamp) -> Vec<connections::Secret> {
    let secret = |secret: &credential::IssuedSecret, retires_at| connections::Secret {
        secret_id: secret.secret_id.0,
        hint: secret.hint.to_string(),
        created_at: secret.created.at,
        created_by: who(&secret.created),
        last_used_at: None,
        retires_at,
    };
    let previous = credential.previous.iter().filter(|previous| now < previous.retires_at);
    previous
        .map(|previous| secret(&previous.secret, Some(previous.retires_at)))
        .chain([secret(&credential.current, None)])
        .collect()
}
