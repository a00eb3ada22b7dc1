//! States as the shapes of the contract, the same that the views give. Names of people are joined at read and
//! never kept, so an answer to a command has their ids only.

use chancery_domain::{
    AppVersion, Instance, Scope, ScopeSet, Stamp,
    app::{App, Review},
    connection, credential,
};
use chancery_views::{ConnectionState, Who, apps, connections};
use jiff::Timestamp;

use super::words;

pub(super) fn app(app: &App, tenant_count: Option<u64>) -> apps::App {
    apps::App {
        app_id: app.app_id.0,
        app_key: app.app_key.to_string(),
        organization_id: app.organization_id.0,
        name: app.name.to_string(),
        organization_name: app.organization_name.to_string(),
        homepage_url: app.homepage_url.to_string(),
        visibility: words::visibility(app.visibility),
        credential_management: words::credential_management(app.credential_management),
        tenant_count,
        version: app.history.latest().get(),
        scopes: scopes(app.history.scopes()),
        review: match app.review {
            Review::NotRequired => chancery_views::Review::NotRequired,
            Review::Pending => chancery_views::Review::Pending,
            Review::Approved { .. } => chancery_views::Review::Approved,
            Review::Rejected { .. } => chancery_views::Review::Rejected,
        },
        created_at: app.created.at,
        created_by: who(&app.created),
        deleted_at: None,
        stream_version: 0,
    }
}

/// A connection as it stands `now`, beside what is known of its credential.
pub(super) fn connection(
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
        .max_by_key(|stamp| if stamp.at == super::answer::PENDING { Timestamp::MAX } else { stamp.at });
    connections::Connection {
        connection_id: chancery_domain::ConnectionId::of(
            app.app_id,
            instance.tenant_id,
            &instance.environment,
        )
        .0,
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

pub(super) fn who(stamp: &Stamp) -> Who {
    Who { id: stamp.by.id.to_string(), name: None }
}

pub(super) fn scopes(scopes: &ScopeSet) -> Vec<String> {
    scopes.iter().map(Scope::to_string).collect()
}
