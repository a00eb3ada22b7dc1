//! Generating a credential's secrets.

use chancery_domain::{
    AppId, Event, Hint, Instance, Overlap, Secret, SecretId, StreamName,
    credential::{self, Side},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Answer, Caller, CommandError, Commands, apps::unchanged_since, fields::Fields, plan::Plan};
use crate::{sources::Sources, states::Seen};

/// A secret to generate.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateSecret {
    /// ISO 8601 duration from `PT0S` (a leak) to `P30D`; by default `PT24H`.
    pub retire_previous_after: Option<String>,
}

/// A secret that was generated.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GeneratedSecret {
    pub client_id: String,
    /// Shown once; `null` in the answer to a retry.
    pub client_secret: Option<String>,
    pub secret_id: Uuid,
    /// The secret's last four characters.
    pub hint: String,
    /// When the secret before it stops working; `null` for the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub previous_retires_at: Option<Timestamp>,
    /// True in the answer to a retry: the secret was shown before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret_shown: bool,
}

impl Commands {
    /// `POST /v1/tenants/{tenant}/{environment}/connections/{app}/secrets`
    pub async fn generate_secret_for_tenant(
        &self,
        caller: &Caller,
        instance: Instance,
        app_id: AppId,
        body: GenerateSecret,
    ) -> Result<Answer, CommandError> {
        caller.decides_for(&instance)?;
        self.generate_secret(caller, Side::TenantAdmin, app_id, instance, &body).await
    }

    /// `POST /v1/apps/{app}/connections/{tenant}/{environment}/secrets`
    pub async fn generate_secret_for_developer(
        &self,
        caller: &Caller,
        app_id: AppId,
        instance: Instance,
        body: GenerateSecret,
    ) -> Result<Answer, CommandError> {
        let side = Side::Developer(caller.organization()?);
        self.generate_secret(caller, side, app_id, instance, &body).await
    }

    async fn generate_secret(
        &self,
        caller: &Caller,
        side: Side,
        app_id: AppId,
        instance: Instance,
        body: &GenerateSecret,
    ) -> Result<Answer, CommandError> {
        let mut fields = Fields::default();
        let overlap = body.retire_previous_after.as_deref().map(|text| {
            let overlap = text.parse::<Overlap>();
            fields.read("/retire_previous_after", overlap)
        });
        let overlap = fields.done(overlap.unwrap_or_else(|| Some(Overlap::default())))?;
        let secret = NewSecret::draw(&self.0.sources);
        let now = self.0.sources.now();
        let Instance { tenant_id, environment } = &instance;
        let stream = StreamName::Connection(app_id, *tenant_id, environment.clone());
        let decide = |seen: &Seen| {
            seen.need([StreamName::App(app_id), StreamName::Listing(app_id, *tenant_id), stream.clone()])?;
            let connection = seen.connection(app_id, &instance)?;
            let state = match connection.connected() {
                Some(connected) => seen.credential(&connected.client_id)?,
                None => credential::State::Absent,
            };
            let facts = credential::GenerateFacts {
                app: &seen.app(app_id)?,
                listing: &seen.listing(app_id, *tenant_id)?,
                connection: &connection,
            };
            let command = credential::Generate {
                side,
                instance: instance.clone(),
                secret: secret.kept(),
                overlap,
                now,
            };
            let events = credential::generate(command, &state, &facts)?;
            unchanged_since(caller, seen, &stream)?;
            Ok(answer(events, &secret).about(stream.clone()))
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}

fn answer(events: Vec<Event>, secret: &NewSecret) -> Plan {
    let Some(Event::SecretGenerated(generated)) = events.first() else {
        unreachable!("generating decides one event, or refuses")
    };
    let kept = GeneratedSecret {
        client_id: generated.client_id.to_string(),
        client_secret: None,
        secret_id: generated.secret_id.0,
        hint: generated.hint.to_string(),
        previous_retires_at: generated.previous_retires_at,
        secret_shown: true,
    };
    let shown = GeneratedSecret {
        client_secret: Some(secret.text().to_owned()),
        secret_shown: false,
        ..kept.clone()
    };
    Plan::new(201, events, &kept).shown(&shown)
}

/// A secret that was drawn and not yet issued.
pub(super) struct NewSecret {
    secret: Secret,
    id: SecretId,
    sha256: chancery_domain::Sha256,
    hint: Hint,
}

impl NewSecret {
    pub(super) fn draw(sources: &Sources) -> Self {
        let secret = Secret::from_entropy(sources.bytes());
        let sha256 = chancery_domain::Sha256(Sha256::digest(secret.expose()).into());
        Self { id: SecretId(sources.uuid()), sha256, hint: secret.hint(), secret }
    }

    /// What the log keeps of it.
    pub(super) fn kept(&self) -> credential::NewSecret {
        credential::NewSecret { secret_id: self.id, sha256: self.sha256, hint: self.hint.clone() }
    }

    /// The secret itself, to show it once.
    pub(super) fn text(&self) -> &str {
        self.secret.expose()
    }
}
