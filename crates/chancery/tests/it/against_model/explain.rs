//! What `GET /v1/explain/access` says, beside the model.

use proptest::test_runner::TestCaseError;

use crate::{
    call::Call,
    model::{Facts, Pair, SCOPES, Scopes},
};

use super::stage::Stage;

impl Stage<'_> {
    /// Asks about a scope at one place of each app, where it was ever connected if there is one.
    pub(super) fn compare_explanations(&self, facts: &Facts) -> Result<(), TestCaseError> {
        for app in 0..facts.apps.len() {
            let pairs = || facts.places().map(move |place| (app, place));
            let was_connected = |pair: &Pair| facts.consents.contains_key(pair) || facts.ended.contains(pair);
            // Another scope in each sequence, as these have other lengths.
            let scope = usize::try_from(self.head).unwrap_or_default() % SCOPES.len();
            if let Some(pair) = pairs().find(was_connected).or_else(|| pairs().next()) {
                self.compare_explanation(facts, pair, scope)?;
            }
        }
        Ok(())
    }

    fn compare_explanation(&self, facts: &Facts, pair: Pair, scope: usize) -> Result<(), TestCaseError> {
        let (app, place) = pair;
        let (id, tenant) = (self.names.app(app), self.names.tenant(place.tenant));
        let asked = format!(
            "app_id={id}&tenant_id={tenant}&environment={}&scope={}",
            place.environment.as_str(),
            SCOPES[scope]
        );
        let call = Call::get(format!("/v1/explain/access?{asked}&at={}", self.head));
        let told = self.system.server.send(&call.by(&self.system.auditor)).expect(200).json();
        let code = told["code"].as_str().unwrap_or("allowed");
        let expected = expected(facts, pair, scope);
        let says_so = told["allowed"] == (code == "allowed") && told["position"] == self.head;
        if says_so && expected.contains(&code) {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("{pair:?}: {told}, but the model says {expected:?}")))
    }
}

/// What the rules lead to; several, where the model has forgotten through which credential it once was.
fn expected(facts: &Facts, pair: Pair, scope: usize) -> Vec<&'static str> {
    let Some(app) = facts.live(pair.0) else { return vec!["app_deleted", "token_cut_off"] };
    let Some(consent) = facts.consents.get(&pair) else {
        return vec!["tenant_mismatch", "not_connected", "token_cut_off"];
    };
    let mut secrets = facts.secrets.get(&consent.credential).into_iter().flatten().peekable();
    if secrets.peek().is_some() && !secrets.any(|secret| secret.is_live(facts.now)) {
        return vec!["token_cut_off"];
    }
    if consent.disabled {
        return vec!["disabled"];
    }
    let has = |scopes: Scopes| scopes.numbers().any(|number| number == scope);
    match (has(app.scopes(consent.version)), has(facts.catalog)) {
        (false, _) => vec!["scope_missing"],
        (true, true) => vec!["allowed"],
        // Granted, and nothing to call with it.
        (true, false) => vec!["allowed", "operation_unknown"],
    }
}
