//! A tenant's consent: allowing, declining, upgrading; pausing, resuming, ending.

mod about;
mod pause;

use chancery_domain::{
    AppId, AppVersion, ClientId, GroupId, Instance, StreamName,
    connection::{self, ConsentFacts},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Answer, Caller, CommandError, Commands, apps::unchanged_since, fields::Fields, members::Members,
    secrets::NewSecret,
};
use crate::states::Seen;

use about::About;

/// A tenant admin's decision about an app.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideConnection {
    pub app_id: Uuid,
    /// The version that the admin saw; it must be the latest.
    pub version: u64,
    pub decision: Consent,
    /// The group through which an allow connects, and whose members share the credential; without one the tenant
    /// connects by itself.
    pub group_id: Option<Uuid>,
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
        let group_id = body.group_id.map(GroupId);
        let client_id = ClientId::from_entropy(self.0.sources.bytes());
        let secret = NewSecret::draw(&self.0.sources);
        let named = [StreamName::Credential(client_id.clone())];
        let decide = |seen: &Seen| {
            let known = about.known(seen)?;
            let tenant = seen.tenant(about.instance.tenant_id)?;
            let (app, listing, instance) = (&known.app, &known.listing, about.instance.clone());
            let events = match body.decision {
                Consent::Allow => {
                    let members = |group_id| Members::of_instance(seen, about.app_id, group_id, &instance);
                    let members = group_id.map(members).transpose()?;
                    let through = members.as_ref().map(Members::through);
                    let facts = ConsentFacts { app, listing, tenant: &tenant, through };
                    let (client_id, secret) = (client_id.clone(), secret.kept());
                    let command = connection::Allow { instance, version, client_id, secret };
                    connection::allow(command, &known.connection, &facts)
                }
                Consent::Decline => {
                    let facts = ConsentFacts { app, listing, tenant: &tenant, through: None };
                    let command = connection::Decline { instance, version };
                    connection::decline(command, &known.connection, &facts)
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
            let known = about.known(seen)?;
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

fn version(number: u64) -> Result<AppVersion, CommandError> {
    let mut fields = Fields::default();
    let version = fields.read("/version", AppVersion::new(number));
    fields.done(version)
}
