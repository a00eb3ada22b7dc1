//! Clients and their secrets: who may get a token. Folded from the same events as the gate.
//!
//! What a credential is connected to, and with which scopes, the gate knows; here stands only which tenants to ask it
//! about.

use std::collections::HashMap;

use chancery_gate::ClientId;
use chancery_wire::{Event, v1};
use jiff::Timestamp;
use uuid::Uuid;

use crate::translate::read::{self, Unusable};

/// Whose a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    Tenant(u64),
    /// Shared by its consenting members (rule 26).
    Group(Uuid),
}

/// An app's credential in one environment.
#[derive(Debug, Clone)]
pub struct Credential {
    pub place: Place,
    pub holder: Holder,
    /// The tenants that ever consented through it.
    pub tenants: Vec<u64>,
    /// The newest secret, which has no end, and the one before it (rule 19).
    pub secrets: [Option<Secret>; 2],
}

/// An app in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub app_id: Uuid,
    pub environment: Box<str>,
}

/// What is known of a secret.
#[derive(Debug, Clone, Copy)]
pub struct Secret {
    pub secret_id: Uuid,
    pub sha256: [u8; 32],
    retires_at: Option<Timestamp>,
}

impl Secret {
    pub fn is_live_at(&self, now: Timestamp) -> bool {
        self.retires_at.is_none_or(|retires_at| now < retires_at)
    }
}

/// Every credential.
#[derive(Debug, Default)]
pub struct Credentials {
    by_client: HashMap<ClientId, Credential>,
}

impl Credentials {
    pub fn get(&self, client_id: ClientId) -> Option<&Credential> {
        self.by_client.get(&client_id)
    }

    pub(super) fn apply(&mut self, event: &Event) -> Result<(), Unusable> {
        match event {
            Event::TenantConnected(connected) => self.connect(connected),
            Event::SecretGenerated(generated) => self.generate(generated),
            Event::SecretRevoked(revoked) => {
                let client = client_id(&revoked.client_id)?;
                let secret = read::uuid("secret_id", &revoked.secret_id)?;
                if let Some(credential) = self.by_client.get_mut(&client) {
                    for place in &mut credential.secrets {
                        place.take_if(|known| known.secret_id == secret);
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn connect(&mut self, connected: &v1::TenantConnected) -> Result<(), Unusable> {
        let tenant_id = tenant("tenant_id", connected.tenant_id)?;
        let holder = holder(connected.tenant_id, &connected.group_id)?;
        let place = place(&connected.app_id, &connected.environment)?;
        let credential = self.credential(&connected.client_id, place, holder)?;
        if !credential.tenants.contains(&tenant_id) {
            credential.tenants.push(tenant_id);
        }
        Ok(())
    }

    /// Of the secrets so far the one that the event names retires, no later than it would have; any other has ended.
    fn generate(&mut self, generated: &v1::SecretGenerated) -> Result<(), Unusable> {
        let sha256 = (*generated.sha256).try_into().map_err(|_| Unusable("sha256"))?;
        let secret_id = read::uuid("secret_id", &generated.secret_id)?;
        let secret = Secret { secret_id, sha256, retires_at: None };
        let retires_at = read::time("previous_retires_at", generated.previous_retires_at)?;
        let previous = read::optional_uuid("previous_secret_id", &generated.previous_secret_id)?;
        let place = place(&generated.app_id, &generated.environment)?;
        let holder = holder(generated.tenant_id, &generated.group_id)?;
        let credential = self.credential(&generated.client_id, place, holder)?;
        let retiring = credential.secrets.iter().flatten().find(|known| Some(known.secret_id) == previous);
        let retiring = retiring.map(|known| {
            let end = [known.retires_at, retires_at].into_iter().flatten().min();
            Secret { retires_at: end, ..*known }
        });
        credential.secrets = [Some(secret), retiring];
        Ok(())
    }

    fn credential(
        &mut self,
        client: &str,
        place: Place,
        holder: Holder,
    ) -> Result<&mut Credential, Unusable> {
        let fresh = || Credential { place, holder, tenants: Vec::new(), secrets: [None, None] };
        Ok(self.by_client.entry(client_id(client)?).or_insert_with(fresh))
    }
}

fn client_id(text: &str) -> Result<ClientId, Unusable> {
    ClientId::parse(text).ok_or(Unusable("client_id"))
}

fn place(app_id: &str, environment: &str) -> Result<Place, Unusable> {
    Ok(Place { app_id: read::uuid("app_id", app_id)?, environment: environment.into() })
}

fn holder(tenant_id: i64, group_id: &str) -> Result<Holder, Unusable> {
    match read::optional_uuid("group_id", group_id)? {
        Some(group_id) => Ok(Holder::Group(group_id)),
        None => tenant("tenant_id", tenant_id).map(Holder::Tenant),
    }
}

fn tenant(field: &'static str, number: i64) -> Result<u64, Unusable> {
    u64::try_from(number).ok().filter(|number| *number > 0).ok_or(Unusable(field))
}
