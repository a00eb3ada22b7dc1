//! What a credential may ask for: for whoever issues tokens.

use uuid::Uuid;

use crate::{
    Claims, ClientId, Gate, Scopes,
    apps::AppIndex,
    connections::{Connection, Place, State},
};

impl Gate {
    /// The scopes in play at any of these tenants through this credential (rules 21 and 26). `None` where it is
    /// connected to none of them, or the app was deleted.
    pub fn grant(
        &self,
        app_id: Uuid,
        environment: &str,
        client_id: ClientId,
        tenants: impl IntoIterator<Item = u64>,
    ) -> Option<Scopes> {
        let index = self.apps.index(app_id)?;
        let app = self.apps.get(index).filter(|app| !app.deleted)?;
        let environment = self.names.known_environment(environment)?;
        let mut granted = None;
        for tenant_id in tenants {
            let connection = self.connections.get(Place { tenant_id, app: index, environment });
            let standing = |connection: &&Connection| {
                connection.client_id == client_id && connection.state == State::Connected
            };
            if let Some(scopes) =
                connection.filter(standing).and_then(|connection| app.scopes(connection.granted))
            {
                granted.get_or_insert_with(Scopes::default).extend(scopes);
            }
        }
        granted
    }

    /// Whether a token with these claims opens anything at any of these tenants. Its expiry is looked at with each call.
    pub fn stands(&self, claims: &Claims, tenants: impl IntoIterator<Item = u64>) -> bool {
        let ended = self.cuts.has(claims.sid) || self.cuts.has(claims.jti);
        let live = |index: &AppIndex| self.apps.get(*index).is_some_and(|app| !app.deleted);
        let app = self.apps.index(claims.app_id).filter(live);
        let (Some(app), Some(environment), false) = (app, claims.environment, ended) else { return false };
        tenants.into_iter().any(|tenant_id| {
            self.connections.get(Place { tenant_id, app, environment }).is_some_and(|connection| {
                connection.client_id == claims.client_id
                    && connection.state == State::Connected
                    && claims.pos > connection.cut_off
            })
        })
    }

    /// Those of the scopes that the text asks for; all of them, where it asks for none.
    pub fn asked(&self, granted: Scopes, requested: Option<&str>) -> Scopes {
        match requested {
            Some(requested) => granted.and(&self.names.known(requested.split(' '))),
            None => granted,
        }
    }

    /// The scopes as a token says them: separated by spaces, each once, in the order of the alphabet.
    pub fn scope_text(&self, scopes: &Scopes) -> String {
        let mut texts: Vec<&str> = scopes.iter().map(|scope| self.names.text(scope)).collect();
        texts.sort_unstable();
        texts.join(" ")
    }
}
