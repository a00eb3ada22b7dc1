//! Is this token one of ours? As [`chancery_gate::verify`] says, with this process's keys, gate and clock.

use std::sync::Arc;

use chancery_gate::verify::{self, Issuer, Opened, TokenInvalid, Verified};

use super::keys::Keys;
use crate::{gate::GateHouse, sources::Sources};

/// Verifies tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Verifier {
    tokens: Arc<verify::Verifier>,
    house: GateHouse,
    sources: Sources,
}

impl Verifier {
    pub fn new(issuer: &Issuer, keys: &Keys, house: GateHouse, sources: Sources) -> Self {
        Self { tokens: Arc::new(verify::Verifier::new(issuer, keys.trusted().clone())), house, sources }
    }

    /// The token's claims. Where the gate here is behind the token's issuer, it catches up first: else it would not
    /// know what the token stands for.
    pub async fn verify(&self, token: &str) -> Result<Arc<Verified>, TokenInvalid> {
        match self.tokens.open(token, self.sources.now().as_second())? {
            Opened::Known(verified) => Ok(verified),
            Opened::New(authentic) => {
                // If it cannot, it is stale before long, and refuses for itself.
                let _ = self.house.reach(authentic.position()).await;
                Ok(self.tokens.settle(authentic, self.house.view().gate()))
            }
        }
    }
}
