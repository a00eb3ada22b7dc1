//! Secrets (rules 16 to 19).

use super::{
    super::{
        command::{By, Side},
        facts::{Consent, Facts, Mode, Pair, Secret},
    },
    Answer, Expected, Objections,
};

impl Facts {
    pub(super) fn generate(&mut self, side: Side, pair: Pair, overlap: i64, fresh: usize) -> Answer {
        let (standing, objections) = self.managed(side, pair)?;
        objections.none()?;
        if let Some(standing) = standing {
            self.rotate(standing.credential, overlap, fresh);
        }
        Ok(Expected::Changes)
    }

    pub(super) fn revoke_secret(&mut self, side: Side, pair: Pair, number: usize) -> Answer {
        let (standing, mut objections) = self.managed(side, pair)?;
        let now = self.now;
        let secret = standing
            .and_then(|standing| self.secrets.get_mut(&standing.credential))
            .and_then(|secrets| secrets.iter_mut().find(|secret| secret.number == number));
        objections.when(secret.is_none(), "secret_unknown");
        objections.none()?;
        Ok(match secret {
            Some(secret) if secret.is_live(now) => {
                secret.end = Some(now);
                Expected::Changes
            }
            _ => Expected::Nothing,
        })
    }

    /// A new secret beside the old: never more than two are live, and an end is never moved later (rule 19).
    pub(super) fn rotate(&mut self, credential: usize, overlap: i64, fresh: usize) {
        let now = self.now;
        let secrets = self.secrets.entry(credential).or_default();
        let mut later = false;
        for secret in secrets.iter_mut().rev().filter(|secret| secret.is_live(now)) {
            // The newest lives on for the overlap at most, and what is older makes room.
            let limit = if later { now } else { now + overlap };
            secret.end = Some(secret.end.map_or(limit, |end| end.min(limit)));
            later = true;
        }
        secrets.push(Secret { number: fresh, end: None });
    }

    /// The consent that a side asks about, and what is to be said against its managing the secrets.
    fn managed(&self, side: Side, pair: Pair) -> Result<(Option<Consent>, Objections), Vec<&'static str>> {
        let standing = match side.developer() {
            Some(organization) => {
                self.own(By::Organization(organization), pair.0)?;
                self.consents.get(&pair).copied()
            }
            None => self.seen_from(pair)?,
        };
        let mode = self.apps[pair.0].mode;
        let mut objections = Objections::default();
        objections.when(!self.is_place(pair.1), "environment_unknown");
        objections.when(standing.is_none(), "not_connected");
        match (side.developer(), mode) {
            (Some(_), Mode::TenantAdmin) => objections.when(true, "credentials_managed_by_tenant_admin"),
            (None, Mode::Developer) => objections.when(true, "credentials_managed_by_developer"),
            _ => {}
        }
        Ok((standing, objections))
    }
}
