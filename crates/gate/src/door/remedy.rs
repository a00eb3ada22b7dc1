//! Who must do what about a refusal.

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
        let connections = self
            .tenant_called()
            .zip(self.environment())
            .map(|(tenant, environment)| format!("POST /v1/tenants/{tenant}/{environment}/connections"));
        let connection = |what: &str| connections.as_ref().map(|path| format!("{path}/{app}/{what}"));
        let (who, place) = match denial {
            Denial::TokenExpired | Denial::TokenCutOff => {
                ("developer", Some("POST /connect/token".to_owned()))
            }
            Denial::NotConnected => ("tenant_admin", connections),
            Denial::Disabled => ("tenant_admin", connection("restore")),
            Denial::ScopeMissing(held) if held.granted => {
                ("developer", Some("POST /connect/token".to_owned()))
            }
            Denial::ScopeMissing(held) if held.held_from_version.is_some() => {
                ("tenant_admin", connection("upgrade"))
            }
            Denial::ScopeMissing(_) => ("developer", Some(format!("PUT /v1/apps/{app}/scopes"))),
            _ => ("developer", None),
        };
        Some(Remedy { who, place })
    }
}
