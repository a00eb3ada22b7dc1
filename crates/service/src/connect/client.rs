//! Who calls the token endpoint: a client id and a secret.

use std::net::IpAddr;

use chancery_gate::{ClientId, Scopes};
use chancery_wire::Position;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use uuid::Uuid;

use super::{Connect, ConnectError};
use crate::gate::{Holder, Place};

/// A client id and a secret, as somebody presented them.
pub struct Presented {
    pub client_id: String,
    pub client_secret: String,
    /// Where from.
    pub address: IpAddr,
}

/// A client that proved who it is, and is connected.
#[derive(Debug)]
pub struct Client {
    pub client_id: ClientId,
    pub place: Place,
    pub holder: Holder,
    /// The secret that it presented.
    pub secret_id: Uuid,
    /// What tenants granted it.
    pub granted: Scopes,
    /// How far the gate was that says so.
    pub position: Position,
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Presented(not printed)")
    }
}

impl Connect {
    /// The client. One that is refused on what is known here is looked for in the log once, so that a fresh secret
    /// works everywhere; for who guesses, nobody looks, and the answer waits until the log was looked at anyway.
    ///
    /// What is right always passes: a secret is 256 random bits, which nobody guesses, so limits are there to keep
    /// guessers from making work and not to keep anybody out. A fresh secret that others guess at is told from a guess
    /// by what the log says, like any other.
    pub(super) async fn authenticate(&self, presented: &Presented) -> Result<Client, ConnectError> {
        let hash: [u8; 32] = Sha256::digest(&presented.client_secret).into();
        if let Some(client) = self.known(&presented.client_id, &hash) {
            return Ok(client);
        }
        let guess = self.0.guesses.count(&presented.client_id, presented.address);
        let refused = guess.refused();
        if refused.is_some() {
            self.0.house.caught_up().await;
        } else {
            self.0.house.catch_up().await?;
        }
        match self.known(&presented.client_id, &hash) {
            Some(client) => {
                guess.was_right();
                Ok(client)
            }
            None => Err(refused.unwrap_or(ConnectError::InvalidClient)),
        }
    }

    /// One way for all: who is unknown has secrets that nothing equals.
    fn known(&self, client_id: &str, hash: &[u8; 32]) -> Option<Client> {
        let now = self.0.sources.now();
        let view = self.0.house.view();
        let client_id = ClientId::parse(client_id);
        let credential = client_id.and_then(|client_id| view.credentials().get(client_id));
        let mut opened = None;
        let mut opens = Choice::from(0);
        for place in 0..2 {
            let secret = credential.and_then(|credential| credential.secrets[place].as_ref());
            let live = secret.filter(|secret| secret.is_live_at(now));
            let equal = live.map_or(&[0; 32], |secret| &secret.sha256).ct_eq(hash);
            let equal = equal & Choice::from(u8::from(live.is_some()));
            if equal.into() {
                opened = live.map(|secret| secret.secret_id);
            }
            opens |= equal;
        }
        let (client_id, credential, secret_id) = (client_id?, credential?, opened?);
        if !bool::from(opens) {
            return None;
        }
        let place = credential.place.clone();
        let tenants = credential.tenants.iter().copied();
        let granted = view.gate().grant(place.app_id, &place.environment, client_id, tenants)?;
        let (holder, position) = (credential.holder, view.gate().position());
        Some(Client { client_id, place, holder, secret_id, granted, position })
    }
}
