//! Platform, strangers and reviewers.

use chancery_domain::{Decision, OperationKind, PersonId, Scope, access, app, catalog, organization, tenant};

use crate::{
    fixtures::{name, reason},
    model::{Scopes, Verdict},
};

use super::{super::numbers, Domain};

impl Domain {
    pub(super) fn publish_catalog(&self, scopes: Scopes) -> Decision {
        let scopes = numbers::scope_set(scopes);
        let draft = |scope: &Scope| catalog::DraftScope {
            scope: scope.to_string(),
            module: scope.module().to_owned(),
            resource: scope.resource().to_owned(),
            access: scope.access(),
            title: format!("Title of {scope}"),
        };
        let first = &scopes.as_slice()[0];
        let operation = catalog::DraftOperation {
            id: "Jobs_Get".into(),
            module: first.module().to_owned(),
            method: "GET".into(),
            path: "/jpm/v2/tenant/{tenant}/jobs/{id}".into(),
            scope: first.to_string(),
            kind: OperationKind::Standard,
        };
        let command =
            catalog::Publish { scopes: scopes.iter().map(draft).collect(), operations: vec![operation] };
        catalog::publish(command, &self.world.catalog)
    }

    pub(super) fn request_access(&self, next: usize) -> Decision {
        let command = access::Request {
            request_id: numbers::request(next),
            requester_id: PersonId::parse("stranger").unwrap(),
            company: name("A company"),
        };
        access::request(command, &self.world.request(numbers::request(next)))
    }

    pub(super) fn decide_access(
        &self,
        request: usize,
        verdict: Verdict,
        said_why: bool,
        tenant: Option<u64>,
        next: usize,
    ) -> Decision {
        let organization_id = numbers::organization(next);
        let command = access::Decide {
            verdict: match verdict {
                Verdict::Yes => access::Verdict::Approve { organization_id },
                Verdict::No => access::Verdict::Reject,
            },
            reason: reason(if said_why { "Because." } else { "" }),
            tenant: tenant
                .map(|number| access::Tenant { tenant_id: numbers::tenant(number), name: name("A lab") }),
        };
        let organization: organization::State = self.world.organization(organization_id);
        let tenant: tenant::State =
            tenant.map(|number| self.world.tenant(numbers::tenant(number))).unwrap_or_default();
        let facts = access::DecideFacts { organization: &organization, tenant: &tenant };
        access::decide(command, &self.world.request(numbers::request(request)), &facts)
    }

    pub(super) fn review(&self, app: usize, verdict: Verdict, said_why: bool) -> Decision {
        let state = self.world.app(numbers::app(app));
        let reason = reason(if said_why { "Because." } else { "" });
        match verdict {
            Verdict::Yes => app::approve(reason, &state),
            Verdict::No => app::reject(reason, &state),
        }
    }
}
