//! Access tokens: issued to clients (RFC 6749 §4.4), looked at (7662), revoked (7009), and verified where they are
//! used.
//!
//! Invariants: a client is told the same whether it is unknown, its secret wrong, or it is disabled, revoked or
//! deleted; no secret and no token is logged, counted or stored, only a secret's hash and a token's id.

mod keys;

mod verify;

mod client;
mod guesses;
mod uses;

mod error;
mod introspect;
mod issue;
mod revoke;

use std::{sync::Arc, time::Duration};

use chancery_journal::Journal;

pub use chancery_gate::verify::{
    Algorithm, AlgorithmUnknown, Issuer, TYPE, TokenClaims, TokenInvalid, Verified,
};
pub use client::{Client, Presented};
pub use error::ConnectError;
pub use introspect::{GoodToken, Introspected, Introspector};
pub use issue::IssuedAccess;
pub use keys::{KeyError, KeySet, Keys, KeysError, MasterKey, MasterKeyError, PublishedKey, SigningKey};
pub use uses::{SecretUses, UsesError};
pub use verify::Verifier;

use crate::{commands::Commands, gate::GateHouse, sources::Sources};

/// How long an access token lives (rule 28).
pub const LIFETIME: Duration = Duration::from_mins(15);

/// What the token endpoint is made of. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connect(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    issuer: Issuer,
    keys: Keys,
    house: GateHouse,
    verifier: Verifier,
    commands: Commands,
    sources: Sources,
    guesses: guesses::Guesses,
    uses: SecretUses,
}

impl Connect {
    pub fn new(
        issuer: Issuer,
        keys: Keys,
        house: GateHouse,
        commands: Commands,
        journal: Journal,
        sources: Sources,
    ) -> Self {
        let verifier = Verifier::new(&issuer, &keys, house.clone(), sources.clone());
        let (guesses, uses) = (guesses::Guesses::default(), SecretUses::record(journal));
        Self(Arc::new(Inner { issuer, keys, house, verifier, commands, sources, guesses, uses }))
    }

    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Verifies tokens, for the doors to the gate.
    pub fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    pub fn house(&self) -> &GateHouse {
        &self.0.house
    }

    /// When secrets were used: written down once more before the process ends.
    pub fn uses(&self) -> &SecretUses {
        &self.0.uses
    }

    /// The published keys (RFC 7517).
    pub fn jwks(&self) -> serde_json::Value {
        self.0.keys.set().jwks(self.0.sources.now())
    }
}
