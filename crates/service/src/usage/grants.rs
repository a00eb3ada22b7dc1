//! When what was granted was used: a scope, a secret.

use chancery_wire::usage::ALLOWED;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Usage, UsageError};

/// An app at a tenant, in one environment.
pub type Grantee = (Uuid, u64, String);

/// When something was used, to the minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use<T> {
    pub of: Grantee,
    /// Which scope or secret.
    pub what: T,
    pub first: Timestamp,
    /// The minute of the last use began then.
    pub last: Timestamp,
}

/// What was used by calls that passed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    pub scopes: Vec<Use<String>>,
    pub secrets: Vec<Use<Uuid>>,
}

impl Usage {
    /// Which scopes and secrets were used there, and when.
    pub async fn uses(&self, of: &[Grantee]) -> Result<Uses, UsageError> {
        let failed = UsageError::query("reading what was used");
        let apps: Vec<Uuid> = of.iter().map(|(app, ..)| *app).collect();
        let tenants: Vec<i64> = of.iter().map(|(_, tenant, _)| tenant.cast_signed()).collect();
        let environments: Vec<&str> = of.iter().map(|(.., environment)| &**environment).collect();
        let connection = self.connection().await?;
        let statement = connection.prepare_cached(include_str!("sql/uses.sql")).await.map_err(&failed)?;
        let rows = connection
            .query(&statement, &[&apps, &tenants, &environments, &ALLOWED])
            .await
            .map_err(&failed)?;
        let mut uses = Uses::default();
        for row in rows {
            let tenant: i64 = row.get("tenant_id");
            let of = (row.get("app_id"), tenant.cast_unsigned(), row.get("environment"));
            let (first, last) = (row.get("first_at"), row.get("last_at"));
            if let Some(scope) = row.get("scope") {
                uses.scopes.push(Use { of, what: scope, first, last });
            } else if let Some(secret) = row.get("secret_id") {
                uses.secrets.push(Use { of, what: secret, first, last });
            }
        }
        Ok(uses)
    }
}
