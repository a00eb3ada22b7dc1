//! Whether a scope is open to an app at a tenant, whatever call would need it: for whoever has to explain decisions.

use uuid::Uuid;

use crate::{Claims, ClientId, Denial, Gate, connections::Place, scopes::ScopeId};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    pub app_id: Uuid,
    pub tenant_id: u64,
    pub environment: &'a str,
    pub scope: &'a str,
    /// The secret that the token would be issued on; `None` where no secret ends it.
    pub secret_id: Option<Uuid>,
}

/// It is open, by this grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub client_id: ClientId,
    /// The version that the tenant granted.
    pub version: u32,
    /// Through which it is connected.
    pub group_id: Option<Uuid>,
}

impl Gate {
    /// What [`Self::check`] says, but for the limit, to a call that needs the scope and is right in all that who calls
    /// decides: it has the app's key, goes to the environment's host, and has a token of the tenant's credential for the
    /// scope, issued after everything that is folded.
    pub fn access(&self, access: &Access<'_>) -> Result<Granted, Denial> {
        let Access { app_id, tenant_id, environment, scope, secret_id } = *access;
        let index = self.apps.index(app_id).ok_or(Denial::AppUnknown)?;
        let app = self.apps.get(index).ok_or(Denial::AppUnknown)?;
        let environment = self.names.known_environment(environment);
        let place = environment.map(|environment| Place { tenant_id, app: index, environment });
        let slot = place.and_then(|place| self.connections.slot(place));
        let claims = Claims {
            client_id: slot.map_or(ClientId::NOBODY, |slot| slot.connection.client_id),
            app_id,
            environment,
            jti: Uuid::nil(),
            sid: secret_id.unwrap_or_default(),
            pos: self.position.next(),
            expires: i64::MAX,
            scopes: self.names.known([scope].into_iter()),
        };
        self.lives(app, &claims, slot)?;
        let named = self.names.known_scope(scope).unwrap_or(ScopeId::UNNAMED);
        let slot = self.opens(app, &claims, slot, named).map_err(|mut denial| {
            if let Denial::ScopeMissing(held) = &mut denial {
                scope.clone_into(&mut held.scope);
            }
            denial
        })?;
        let connection = &slot.connection;
        Ok(Granted {
            client_id: connection.client_id,
            version: connection.granted,
            group_id: self.connections.groups().of(connection),
        })
    }
}
