//! Which connection a command is about, and how it answers with it.

use chancery_domain::{
    AppId, Event, Instance, Refusal, StreamName, app,
    connection::{self, Facts},
    credential, listing,
};
use jiff::Timestamp;

use super::{
    super::{
        plan::{Plan, Stop},
        render,
        secrets::NewSecret,
    },
    ConnectionAnswer,
};
use crate::states::{Missing, Seen};

/// Which connection.
pub(super) struct About {
    pub(super) app_id: AppId,
    pub(super) instance: Instance,
    pub(super) now: Timestamp,
}

/// What deciding about a connection looks at.
pub(super) struct Known {
    pub(super) app: app::State,
    pub(super) listing: listing::State,
    pub(super) connection: connection::State,
}

impl Known {
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts { app: &self.app, listing: &self.listing }
    }
}

impl About {
    pub(super) fn stream(&self) -> StreamName {
        let Instance { tenant_id, environment } = self.instance.clone();
        StreamName::Connection(self.app_id, tenant_id, environment)
    }

    pub(super) fn known(&self, seen: &Seen) -> Result<Known, Missing> {
        let Instance { tenant_id, .. } = self.instance;
        seen.need([
            StreamName::App(self.app_id),
            StreamName::Listing(self.app_id, tenant_id),
            StreamName::Tenant(tenant_id),
            self.stream(),
        ])?;
        Ok(Known {
            app: seen.app(self.app_id)?,
            listing: seen.listing(self.app_id, tenant_id)?,
            connection: seen.connection(self.app_id, &self.instance)?,
        })
    }

    /// The connection as it will be; with the secret, where one of the events issues it.
    pub(super) fn answer(
        &self,
        seen: &Seen,
        status: u16,
        events: Vec<Event>,
        secret: Option<&NewSecret>,
    ) -> Result<Plan, Stop> {
        let after = seen.after(&events);
        let Known { app, listing, connection } = self.known(&after)?;
        let credential = match connection.standing() {
            Some(grant) => after.credential(&grant.client_id)?,
            None => credential::State::Absent,
        };
        let connection = render::connection(&render::Shown {
            app: &app,
            listing: &listing,
            instance: &self.instance,
            connection: &connection,
            credential: &credential,
            now: self.now,
        })
        .ok_or(Refusal::AppUnknown)?;
        let issued = events.iter().any(|event| matches!(event, Event::SecretGenerated(_)));
        let kept =
            ConnectionAnswer { connection, client_secret: issued.then_some(None), secret_shown: issued };
        let plan = Plan::new(status, events, &kept).about(self.stream());
        Ok(match secret {
            Some(secret) if issued => {
                let client_secret = Some(Some(secret.text().to_owned()));
                plan.shown(&ConnectionAnswer { client_secret, secret_shown: false, ..kept })
            }
            _ => plan,
        })
    }
}
