//! A tenant's consent: allowing, declining, upgrading.

use chancery_domain::{
    AppId, AppVersion, ClientId, Event, Instance, Refusal, StreamName, app,
    connection::{self, Facts},
    credential, listing, tenant,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Answer, Caller, CommandError, Commands,
    apps::unchanged_since,
    fields::Fields,
    plan::{Plan, Stop},
    render,
    secrets::NewSecret,
};
use crate::states::{Missing, Seen};

/// A tenant admin's decision about an app.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideConnection {
    pub app_id: Uuid,
    /// The version that the admin saw; it must be the latest.
    pub version: u64,
    pub decision: Consent,
}

/// A tenant admin's decision about an upgrade offer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideUpgrade {
    /// The version on offer; it must be the latest.
    pub version: u64,
    pub decision: Consent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    Allow,
    Decline,
}

/// A connection, and the secret where allowing issued one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConnectionAnswer {
    #[serde(flatten)]
    pub connection: chancery_views::connections::Connection,
    /// Only where the tenant's admin manages credentials. Shown once; `null` in the answer to a retry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub client_secret: Option<Option<String>>,
    /// True in the answer to a retry: the secret was shown before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret_shown: bool,
}

impl Commands {
    /// `POST /v1/tenants/{tenant}/{environment}/connections`
    pub async fn decide_connection(
        &self,
        caller: &Caller,
        instance: Instance,
        body: DecideConnection,
    ) -> Result<Answer, CommandError> {
        caller.decides_for(&instance)?;
        let version = version(body.version)?;
        let about = About { app_id: AppId(body.app_id), instance, now: self.0.sources.now() };
        let client_id = ClientId::from_entropy(self.0.sources.bytes());
        let secret = NewSecret::draw(&self.0.sources);
        let named = [StreamName::Credential(client_id.clone())];
        let decide = |seen: &Seen| {
            let known = Known::of(seen, &about)?;
            let instance = about.instance.clone();
            let events = match body.decision {
                Consent::Allow => {
                    let (client_id, secret) = (client_id.clone(), secret.kept());
                    let command = connection::Allow { instance, version, client_id, secret };
                    connection::allow(command, &known.connection, &known.facts())
                }
                Consent::Decline => {
                    let command = connection::Decline { instance, version };
                    connection::decline(command, &known.connection, &known.facts())
                }
            }?;
            unchanged_since(caller, seen, &about.stream())?;
            about.answer(seen, 201, events, Some(&secret))
        };
        self.0.executor.execute(caller, &named, decide).await
    }

    /// `POST /v1/tenants/{tenant}/{environment}/connections/{app}/upgrade`
    pub async fn decide_upgrade(
        &self,
        caller: &Caller,
        instance: Instance,
        app_id: AppId,
        body: DecideUpgrade,
    ) -> Result<Answer, CommandError> {
        caller.decides_for(&instance)?;
        let version = version(body.version)?;
        let about = About { app_id, instance, now: self.0.sources.now() };
        let decide = |seen: &Seen| {
            let known = Known::of(seen, &about)?;
            let command = connection::Upgrade { instance: about.instance.clone(), version };
            let events = match body.decision {
                Consent::Allow => connection::upgrade(command, &known.connection, &known.facts()),
                Consent::Decline => connection::decline_upgrade(command, &known.connection, &known.facts()),
            }?;
            unchanged_since(caller, seen, &about.stream())?;
            about.answer(seen, 200, events, None)
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}

/// What deciding about a connection looks at.
struct Known {
    app: app::State,
    listing: listing::State,
    tenant: tenant::State,
    connection: connection::State,
}

impl Known {
    fn of(seen: &Seen, about: &About) -> Result<Self, Missing> {
        let About { app_id, instance, .. } = about;
        seen.need([
            StreamName::App(*app_id),
            StreamName::Listing(*app_id, instance.tenant_id),
            StreamName::Tenant(instance.tenant_id),
            about.stream(),
        ])?;
        Ok(Self {
            app: seen.app(*app_id)?,
            listing: seen.listing(*app_id, instance.tenant_id)?,
            tenant: seen.tenant(instance.tenant_id)?,
            connection: seen.connection(*app_id, instance)?,
        })
    }

    fn facts(&self) -> Facts<'_> {
        Facts { app: &self.app, listing: &self.listing, tenant: &self.tenant }
    }
}

/// Which connection.
struct About {
    app_id: AppId,
    instance: Instance,
    now: jiff::Timestamp,
}

impl About {
    fn stream(&self) -> StreamName {
        let Instance { tenant_id, environment } = self.instance.clone();
        StreamName::Connection(self.app_id, tenant_id, environment)
    }

    /// The connection as it will be; with the secret, where one of the events issues it.
    fn answer(
        &self,
        seen: &Seen,
        status: u16,
        events: Vec<Event>,
        secret: Option<&NewSecret>,
    ) -> Result<Plan, Stop> {
        let after = seen.after(&events);
        let state = after.connection(self.app_id, &self.instance)?;
        let credential = match state.connected() {
            Some(connected) => after.credential(&connected.client_id)?,
            None => credential::State::Absent,
        };
        let app = after.app(self.app_id)?;
        let app = app.live().ok_or(Refusal::AppUnknown)?;
        let connection = render::connection(app, &self.instance, &state, credential.issued(), self.now);
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

fn version(number: u64) -> Result<AppVersion, CommandError> {
    let mut fields = Fields::default();
    let version = fields.read("/version", AppVersion::new(number));
    fields.done(version)
}
