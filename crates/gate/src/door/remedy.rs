//! Who must do what about a refusal.

use uuid::Uuid;

use super::DoorAnswer;
use crate::Denial;

/// Who must act, as a role, and which request of Chancery's does it, where one does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    pub who: &'static str,
    pub place: Option<String>,
}

impl DoorAnswer<'_> {
    /// Of a refusal, once the token verified: who did not show one of ours learns the code and nothing more.
    pub fn remedy(&self) -> Option<Remedy> {
        let (denial, app) = (self.outcome.as_ref().err()?, self.vouched()?.app_id);
        Some(denial.remedy(app, self.tenant_called().zip(self.environment())))
    }
}

impl Denial {
    /// Of a call by this app, at this tenant in this environment, where one was named.
    pub fn remedy(&self, app: Uuid, instance: Option<(u64, &str)>) -> Remedy {
        let connections = instance
            .map(|(tenant, environment)| format!("POST /v1/tenants/{tenant}/{environment}/connections"));
        let connection = |what: &str| connections.as_ref().map(|path| format!("{path}/{app}/{what}"));
        let (who, place) = match self {
            Self::TokenExpired | Self::TokenCutOff => ("developer", Some("POST /connect/token".to_owned())),
            Self::NotConnected => ("tenant_admin", connections),
            Self::Disabled => ("tenant_admin", connection("restore")),
            Self::ScopeMissing(held) if held.granted => ("developer", Some("POST /connect/token".to_owned())),
            Self::ScopeMissing(held) if held.held_from_version.is_some() => {
                ("tenant_admin", connection("upgrade"))
            }
            Self::ScopeMissing(_) => ("developer", Some(format!("PUT /v1/apps/{app}/scopes"))),
            _ => ("developer", None),
        };
        Remedy { who, place }
    }
}
