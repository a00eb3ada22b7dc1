//! Who sends a command, and what makes it this command and no other.

use std::sync::Arc;

use chancery_domain::{Actor, Instance, OrganizationId, Role};
use uuid::Uuid;

use super::CommandError;
use crate::auth::Principal;

/// A command's sender and identity.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The bearer of the token that it came with. The command line has none, and a stranger neither.
    pub principal: Option<Arc<Principal>>,
    /// Who is stamped on what it does.
    pub actor: Actor,
    /// `UUIDv5` of principal, method, path and `Idempotency-Key`; fresh where there was no key.
    pub command_id: Uuid,
    /// Whether the sender gave a key, and so may send the command again.
    pub keyed: bool,
    /// SHA-256 of the request.
    pub request_hash: [u8; 32],
    /// The stream version that the sender saw (`If-Match`).
    pub if_match: Option<u64>,
    pub correlation_id: Uuid,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

impl Caller {
    /// The organization that a developer acts for.
    pub(super) fn organization(&self) -> Result<OrganizationId, CommandError> {
        self.principal.as_ref().and_then(|bearer| bearer.organization_id).ok_or(CommandError::NotFound)
    }

    /// Refuses a tenant that the bearer does not decide for as if there were none.
    pub(super) fn decides_for(&self, instance: &Instance) -> Result<(), CommandError> {
        let bearer = self.principal.as_ref().ok_or(CommandError::NotFound)?;
        debug_assert_eq!(bearer.role, Role::TenantAdmin, "the route asks for the role");
        if bearer.decides_for(instance.tenant_id, &instance.environment) {
            Ok(())
        } else {
            Err(CommandError::NotFound)
        }
    }
}
