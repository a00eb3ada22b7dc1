//! Secrets of credentials: generating and revoking them.

mod generate;
mod revoke;

use chancery_domain::{Hint, Secret, SecretId, credential};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::sources::Sources;

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

/// A secret that opens nothing any more.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RevokedSecret {
    pub secret_id: Uuid,
    /// Since when: also where it had retired, or was revoked before.
    #[schema(value_type = String, format = DateTime)]
    pub revoked_at: Timestamp,
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
