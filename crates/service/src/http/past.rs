//! What an app and a connection were at a moment: their streams folded up to then, in the shapes of today's reads.
//! Names of people are those of today, for no others are kept.

use axum::response::Response;
use chancery_domain::{
    AppId, Instance, Stamp, StreamName, app, connection, connection::Status, credential, listing, tenant,
};
use chancery_views::{At, Who};
use chancery_wire::Recorded;

use super::{Service, at::Moment, problem::Problem, request_error::RequestError};
use crate::{
    auth::Principal,
    commands::render,
    events::{Names, is_person},
    states::{Missing, Seen, past},
};

impl Service {
    /// The app as it was.
    pub(super) async fn app_then(
        &self,
        principal: &Principal,
        moment: Moment,
        app_id: AppId,
    ) -> Result<Response, Problem> {
        let Moment { position, time } = moment;
        let look = |seen: &Seen| {
            let state = seen.app(app_id)?;
            let app = state.known().map(|(app, deleted)| render::app(app, deleted, None));
            Ok((app, seen.version(&StreamName::App(app_id))))
        };
        let stamp = Stamp { at: time, by: principal.actor.clone() };
        let ((app, version), events) = past(&self.journal, position, stamp, look).await?;
        let mut app = app.ok_or(RequestError::NotFound)?;
        let people = People::of(self, &events).await?;
        people.name([&mut app.created_by].into_iter().chain(&mut app.deleted_by));
        self.tagged(&At { position, value: app }, version.unwrap_or(0))
    }

    /// The connection as it was, to those `who` saw it then.
    pub(super) async fn connection_then(
        &self,
        principal: &Principal,
        moment: Moment,
        app_id: AppId,
        instance: &Instance,
        who: Side,
    ) -> Result<Response, Problem> {
        let Moment { position, time } = moment;
        let Instance { tenant_id, environment } = instance;
        let stream = StreamName::Connection(app_id, *tenant_id, environment.clone());
        let look = |seen: &Seen| {
            let then = Then::of(seen, app_id, instance)?;
            let shown = render::Shown {
                app: &then.app,
                listing: &then.listing,
                instance,
                connection: &then.connection,
                credential: &then.credential,
                now: time,
            };
            let seen_then = then.is_shown_to(who, instance);
            Ok((render::connection(&shown).filter(|_| seen_then), seen.version(&stream)))
        };
        let stamp = Stamp { at: time, by: principal.actor.clone() };
        let ((connection, version), events) = past(&self.journal, position, stamp, look).await?;
        let mut connection = connection.ok_or(RequestError::NotFound)?;
        let people = People::of(self, &events).await?;
        let declined = connection.declined.iter_mut().map(|declined| &mut declined.by);
        let created = connection.secrets.iter_mut().map(|secret| &mut secret.created_by);
        people.name(connection.updated_by.iter_mut().chain(declined).chain(created));
        self.tagged(&At { position, value: connection }, version.unwrap_or(0))
    }
}

/// From which side a connection is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    App,
    Tenant,
}

/// A connection and what it was shown beside.
struct Then {
    app: app::State,
    tenant: tenant::State,
    listing: listing::State,
    connection: connection::State,
    credential: credential::State,
}

impl Then {
    fn of(seen: &Seen, app_id: AppId, instance: &Instance) -> Result<Self, Missing> {
        let Instance { tenant_id, environment } = instance;
        seen.need([
            StreamName::App(app_id),
            StreamName::Tenant(*tenant_id),
            StreamName::Listing(app_id, *tenant_id),
            StreamName::Connection(app_id, *tenant_id, environment.clone()),
        ])?;
        let connection = seen.connection(app_id, instance)?;
        Ok(Self {
            app: seen.app(app_id)?,
            tenant: seen.tenant(*tenant_id)?,
            listing: seen.listing(app_id, *tenant_id)?,
            credential: match connection.standing() {
                Some(grant) => seen.credential(&grant.client_id)?,
                None => credential::State::Absent,
            },
            connection,
        })
    }

    /// As the view of connections has it. The app's side: where the app is listed for the tenant, and where it was
    /// connected once. The tenant's: what it may connect (rule 13), what stands, and what ended with its app.
    fn is_shown_to(&self, side: Side, instance: &Instance) -> bool {
        let Some((app, deleted)) = self.app.known() else { return false };
        let listed = self.listing.is_listed();
        let here = self.tenant.exists_in(&instance.environment);
        here && match side {
            Side::App => listed || !matches!(self.connection, connection::State::NotConnected { .. }),
            Side::Tenant => {
                let admitted = app.audience.lets_tenants_see() || app.instance == *instance;
                let ended = self.connection.status(&self.app, &self.listing) == Status::Revoked;
                listed && (admitted || self.connection.standing().is_some()) && (deleted.is_none() || ended)
            }
        }
    }
}

/// The people who did what is told, and their names.
struct People<'a> {
    events: &'a [Recorded],
    names: Names,
}

impl<'a> People<'a> {
    async fn of(service: &Service, events: &'a [Recorded]) -> Result<Self, Problem> {
        Ok(Self { events, names: Names::of_actors(&service.journal, events).await? })
    }

    fn name<'w>(&self, everyone: impl IntoIterator<Item = &'w mut Who>) {
        for who in everyone {
            let person = self.events.iter().any(|event| is_person(event) && event.actor.id == who.id);
            let name = || self.names.of_person(&who.id).to_owned();
            who.name = person.then(name);
        }
    }
}
