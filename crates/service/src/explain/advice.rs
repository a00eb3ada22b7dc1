//! What must be done, and by whom.

use chancery_gate::{Denial, Granted, door::Remedy};
use chancery_wire::{
    Event,
    v1::{CredentialManagement, Operation},
};

use super::{Question, case::Decided};

/// A sentence, and where it is done.
#[derive(Debug)]
pub(super) struct Advice {
    pub(super) detail: String,
    pub(super) who: Option<&'static str>,
    pub(super) place: Option<String>,
}

/// What says who generates secrets (rules 17 and 26).
#[derive(Debug, Default)]
pub(super) struct Facts {
    by_tenant: bool,
    in_group: bool,
}

impl Facts {
    /// Notes what an event says, which is about the app or its connection.
    pub(super) fn note(&mut self, message: &Event) {
        let managed = match message {
            Event::AppCreated(event) => event.credential_management(),
            Event::CredentialManagementChanged(event) => event.credential_management(),
            Event::TenantConnected(event) => {
                self.in_group = !event.group_id.is_empty();
                return;
            }
            _ => return,
        };
        self.by_tenant = managed == CredentialManagement::TenantAdmin;
    }

    /// Who generates the connection's secrets, and where.
    fn generating(&self, question: &Question) -> (&'static str, Option<String>) {
        let Question { app_id, instance, .. } = question;
        let (tenant, environment) = (instance.tenant_id, &instance.environment);
        if self.in_group {
            // At the group, which the log names elsewhere.
            ("developer", None)
        } else if self.by_tenant {
            let path = format!("POST /v1/tenants/{tenant}/{environment}/connections/{app_id}/secrets");
            ("tenant_admin", Some(path))
        } else {
            ("developer", Some(format!("POST /v1/apps/{app_id}/connections/{tenant}/{environment}/secrets")))
        }
    }
}

impl Advice {
    /// `operations` are those that the scope opens.
    pub(super) fn of(
        decided: &Decided,
        question: &Question,
        facts: &Facts,
        operations: &[Operation],
    ) -> Self {
        match &decided.outcome {
            Ok(Granted { .. }) if operations.is_empty() => {
                let detail = "Publish a catalog with an operation that needs the scope: it is granted, and there is nothing to \
                              call with it.";
                let place = Some("PUT /v1/scope-catalog".to_owned());
                Self { detail: detail.to_owned(), who: Some("platform"), place }
            }
            Ok(Granted { .. }) if decided.is_live => {
                Self { detail: "Nothing: it is granted.".to_owned(), who: None, place: None }
            }
            Ok(Granted { .. }) => {
                let (who, place) = facts.generating(question);
                let detail = match decided.secret_id {
                    None => "Generate a secret: it is granted, and there is none yet to get a token with.",
                    Some(_) => {
                        "Generate a secret: it is granted, and the last one has retired. A token that was issued on \
                         it opens until it expires."
                    }
                };
                Self { detail: detail.to_owned(), who: Some(who), place }
            }
            Err(denial) => Self::against(denial, question, facts),
        }
    }

    /// Where nobody called yet, some of what a caller is told says too little.
    fn against(denial: &Denial, question: &Question, facts: &Facts) -> Self {
        let instance = &question.instance;
        let instance = (instance.tenant_id.get(), instance.environment.as_str());
        let (detail, who, place) = match denial {
            Denial::AppUnknown => {
                ("Ask for a later moment: there was no such app yet.".to_owned(), None, None)
            }
            Denial::TenantMismatch => {
                let detail = "Ask the tenant's admin to connect the app: it had never been connected there.";
                let Remedy { who, place } = Denial::NotConnected.remedy(question.app_id.0, Some(instance));
                (detail.to_owned(), Some(who), place)
            }
            Denial::TokenCutOff => {
                let detail =
                    "Generate a secret: every one that there was has been revoked, and the tokens with them.";
                let (who, place) = facts.generating(question);
                (detail.to_owned(), Some(who), place)
            }
            denial => {
                let Remedy { who, place } = denial.remedy(question.app_id.0, Some(instance));
                (denial.to_string(), Some(who), place)
            }
        };
        Self { detail, who, place }
    }
}
