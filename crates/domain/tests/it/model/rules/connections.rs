//! A tenant's consent (rules 13 to 15, 17 and 21 to 24, and 26 for what a group shares).

use super::{
    super::{
        command::Verdict,
        facts::{Consent, Facts, Mode, Pair, Secret},
    },
    Answer, Expected, Objections, app_unknown, changes_if,
};

impl Facts {
    pub(super) fn consent(
        &mut self,
        pair: Pair,
        version: u64,
        verdict: Verdict,
        group: Option<usize>,
        fresh: usize,
    ) -> Answer {
        let (app, place) = pair;
        let latest = self.live(app).ok_or_else(app_unknown)?.latest();
        let visible = self.is_visible(app, place);
        let group_unknown =
            verdict == Verdict::Yes && group.is_some_and(|group| !self.is_offered(group, pair));
        let mut objections = Objections::default();
        objections.when(!visible, "app_unknown");
        objections.when(group_unknown, "group_unknown");
        objections.when(!self.is_place(place), "environment_unknown");
        let standing = self.consents.get(&pair).copied();
        if standing.is_none() && !visible {
            return Err(objections.0);
        }
        objections.when(version != latest, "version_stale");
        if let Some(standing) = standing {
            return consent_again(standing, objections, verdict, version, group);
        }
        objections.none()?;
        if verdict == Verdict::Yes {
            self.connect(pair, version, group, fresh);
            Ok(Expected::Changes)
        } else {
            let known = self.declined.insert(pair, Some(version)) == Some(Some(version));
            let ended = self.ended.remove(&pair);
            self.renewed.remove(&pair);
            Ok(changes_if(ended || !known))
        }
    }

    /// Mints the credential, and in mode `tenant_admin` the first secret, unless a group's members have one.
    fn connect(&mut self, pair: Pair, version: u64, group: Option<usize>, fresh: usize) {
        let (app, place) = pair;
        let shared = group.and_then(|group| {
            let same = |(other, consent): &(&Pair, &Consent)| {
                other.0 == app && other.1.environment == place.environment && consent.group == Some(group)
            };
            self.consents.iter().find(same).map(|(_, consent)| consent.credential)
        });
        if shared.is_none() && self.apps[app].mode == Mode::TenantAdmin {
            self.secrets.insert(fresh, vec![Secret { number: fresh, end: None }]);
        }
        let credential = shared.unwrap_or(fresh);
        self.consents.insert(pair, Consent { version, credential, group, disabled: false });
        self.ended.remove(&pair);
        self.renewed.remove(&pair);
    }

    pub(super) fn upgrade(&mut self, pair: Pair, version: u64, verdict: Verdict) -> Answer {
        let standing = self.seen_from(pair)?;
        let latest = self.apps[pair.0].latest();
        let mut objections = Objections::default();
        objections.when(!self.is_place(pair.1), "environment_unknown");
        objections.when(standing.is_none(), "not_connected");
        objections.when(standing.is_some_and(|standing| standing.disabled), "connection_disabled");
        objections.when(version != latest, "version_stale");
        let at_latest = standing.is_some_and(|standing| standing.version == latest);
        objections.when(verdict == Verdict::No && at_latest, "upgrade_not_offered");
        objections.none()?;
        match verdict {
            Verdict::Yes => {
                if let Some(consent) = self.consents.get_mut(&pair) {
                    consent.version = latest;
                }
                Ok(changes_if(!at_latest))
            }
            Verdict::No => {
                let known = self.declined.insert(pair, Some(latest)) == Some(Some(latest));
                Ok(changes_if(!known))
            }
        }
    }

    pub(super) fn pause(&mut self, pair: Pair, disable: bool) -> Answer {
        let standing = self.seen_from(pair)?;
        let mut objections = Objections::default();
        objections.when(!self.is_place(pair.1), "environment_unknown");
        objections.when(standing.is_none(), "not_connected");
        objections.none()?;
        if let Some(consent) = self.consents.get_mut(&pair) {
            consent.disabled = disable;
        }
        Ok(changes_if(standing.is_some_and(|standing| standing.disabled != disable)))
    }

    pub(super) fn disconnect(&mut self, pair: Pair) -> Answer {
        let standing = self.seen_from(pair)?;
        let mut objections = Objections::default();
        objections.when(!self.is_place(pair.1), "environment_unknown");
        objections.when(standing.is_none(), "not_connected");
        objections.none()?;
        self.end(pair);
        Ok(Expected::Changes)
    }

    /// The consent, if there is one, of a tenant that sees the app or a connection that stands.
    pub(super) fn seen_from(&self, pair: Pair) -> Result<Option<Consent>, Vec<&'static str>> {
        let standing = self.consents.get(&pair).copied().filter(|_| self.live(pair.0).is_some());
        if standing.is_some() || self.is_visible(pair.0, pair.1) {
            Ok(standing)
        } else if self.is_place(pair.1) {
            Err(app_unknown())
        } else {
            Err(vec!["app_unknown", "environment_unknown"])
        }
    }

    /// Ends the consent, if there is one.
    pub(super) fn end(&mut self, pair: Pair) {
        if self.consents.remove(&pair).is_some() {
            self.ended.insert(pair);
            self.declined.insert(pair, None);
        }
    }
}

/// A decision about what stands: it is upgraded, disabled or restored instead.
fn consent_again(
    standing: Consent,
    mut objections: Objections,
    verdict: Verdict,
    version: u64,
    group: Option<usize>,
) -> Answer {
    let allowed_again = verdict == Verdict::Yes && standing.version == version && !standing.disabled;
    let objected = !objections.0.is_empty();
    objections.when(standing.disabled, "connection_disabled");
    objections.when(!standing.disabled || verdict == Verdict::No, "already_connected");
    if !allowed_again || objections.0.contains(&"version_stale") {
        Err(objections.0)
    } else if objected || group.is_some() || standing.group.is_some() {
        Ok(Expected::NothingOrRefused(objections.0))
    } else {
        Ok(Expected::Nothing)
    }
}
