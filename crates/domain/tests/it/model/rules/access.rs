//! Catalog and access requests (rules 1 and 6).

use super::{
    super::{
        command::Verdict,
        facts::{Facts, Organization, Tenant},
        words::Scopes,
    },
    Answer, Expected, Objections, changes_if,
};

impl Facts {
    pub(super) fn publish_catalog(&mut self, scopes: Scopes) -> Expected {
        changes_if(std::mem::replace(&mut self.catalog, scopes) != scopes)
    }

    pub(super) fn request_access(&mut self) -> Expected {
        self.requests.push(None);
        Expected::Changes
    }

    /// Decided once. An approval registers the organization and its integration instance.
    pub(super) fn decide_access(
        &mut self,
        request: usize,
        verdict: Verdict,
        reason: bool,
        tenant: Option<u64>,
    ) -> Answer {
        let approve = verdict == Verdict::Yes;
        let decided = self.requests.get(request).ok_or_else(|| vec!["access_request_unknown"])?;
        let mut objections = Objections::default();
        objections.when(decided.is_some(), "access_request_decided");
        objections.when(approve && tenant.is_none(), "tenant_missing");
        objections.when(
            approve && tenant.is_some_and(|tenant| self.tenants.contains_key(&tenant)),
            "tenant_exists",
        );
        objections.when(!approve && tenant.is_some(), "tenant_unexpected");
        objections.when(!approve && !reason, "reason_missing");
        objections.none()?;
        self.requests[request] = Some(approve);
        if let (true, Some(tenant)) = (approve, tenant) {
            let customer = self.organizations.len();
            self.organizations.push(Organization { lab: Some(tenant) });
            self.tenants.insert(tenant, Tenant { customer, in_production: false });
        }
        Ok(Expected::Changes)
    }
}
