//! Access requests: how a stranger becomes an organization (rule 1). The stranger's name, address and purpose
//! stand outside the log.

use std::sync::Arc;

use crate::{
    AccessApproved, AccessRejected, AccessRequestId, AccessRequested, Decision, Event, Name, OrganizationId,
    PersonId, Reason, Refusal, Stamp, TenantId,
    organization::{self, ThirdParty},
    tenant,
};

/// Where a request stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    Undecided(Arc<Requested>),
    Decided(Arc<Requested>, Outcome),
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    pub request_id: AccessRequestId,
    pub requester_id: PersonId,
    pub company: Name,
    pub requested: Stamp,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Approved {
        organization_id: OrganizationId,
        /// The integration instance.
        tenant_id: TenantId,
        reason: Reason,
        decided: Stamp,
    },
    Rejected {
        reason: Reason,
        decided: Stamp,
    },
}

impl State {
    /// The request and, once it is decided, its end.
    pub fn requested(&self) -> Option<(&Requested, Option<&Outcome>)> {
        match self {
            Self::Absent => None,
            Self::Undecided(requested) => Some((requested, None)),
            Self::Decided(requested, outcome) => Some((requested, Some(outcome))),
        }
    }
}

/// Folds one event of the request's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (State::Absent, Event::AccessRequested(event)) => State::Undecided(Arc::new(Requested {
            request_id: event.request_id,
            requester_id: event.requester_id.clone(),
            company: event.company.clone(),
            requested: stamp.clone(),
        })),
        (State::Undecided(requested), Event::AccessApproved(event)) => {
            let outcome = Outcome::Approved {
                organization_id: event.organization_id,
                tenant_id: event.tenant_id,
                reason: event.reason.clone(),
                decided: stamp.clone(),
            };
            State::Decided(requested, outcome)
        }
        (State::Undecided(requested), Event::AccessRejected(event)) => {
            let outcome = Outcome::Rejected { reason: event.reason.clone(), decided: stamp.clone() };
            State::Decided(requested, outcome)
        }
        (state, _) => state,
    }
}

/// Asks to build apps. The ids were made outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub request_id: AccessRequestId,
    pub requester_id: PersonId,
    pub company: Name,
}

/// Puts the request before the reviewers.
pub fn request(command: Request, state: &State) -> Decision {
    if *state != State::Absent {
        return Err(Refusal::AccessRequestExists);
    }
    let Request { request_id, requester_id, company } = command;
    Ok(vec![AccessRequested { request_id, requester_id, company }.into()])
}

/// Decides a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decide {
    pub verdict: Verdict,
    /// Needed to reject.
    pub reason: Reason,
    /// The integration instance: needed to approve, and only then.
    pub tenant: Option<Tenant>,
}

/// What the reviewer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Lets the company in, as the organization of this id, which was made outside.
    Approve {
        organization_id: OrganizationId,
    },
    Reject,
}

/// The integration instance that an approved company gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub tenant_id: TenantId,
    pub name: Name,
}

/// What deciding looks at.
#[derive(Debug, Clone, Copy)]
pub struct DecideFacts<'a> {
    /// Of the id that an approval names.
    pub organization: &'a organization::State,
    /// Of the tenant that an approval names. A registered one belongs to somebody else and is refused.
    pub tenant: &'a tenant::State,
}

/// Decides, once. An approval registers the third-party organization under the company's name, and its integration
/// instance.
pub fn decide(command: Decide, state: &State, facts: &DecideFacts<'_>) -> Decision {
    let requested = match state {
        State::Absent => return Err(Refusal::AccessRequestUnknown),
        State::Decided(..) => return Err(Refusal::AccessRequestDecided),
        State::Undecided(requested) => requested,
    };
    let request_id = requested.request_id;
    match command {
        Decide { verdict: Verdict::Approve { organization_id }, reason, tenant: Some(tenant) } => {
            let Tenant { tenant_id, name: tenant_name } = tenant;
            let approved = AccessApproved { request_id, organization_id, tenant_id, reason };
            let company =
                ThirdParty { organization_id, name: requested.company.clone(), tenant_id, tenant_name };
            let registered = organization::third_party(company, facts.organization, facts.tenant)?;
            Ok([approved.into()].into_iter().chain(registered).collect())
        }
        Decide { verdict: Verdict::Approve { .. }, tenant: None, .. } => Err(Refusal::TenantMissing),
        Decide { verdict: Verdict::Reject, tenant: Some(_), .. } => Err(Refusal::TenantUnexpected),
        Decide { verdict: Verdict::Reject, reason, tenant: None } if reason.as_str().is_empty() => {
            Err(Refusal::ReasonMissing)
        }
        Decide { verdict: Verdict::Reject, reason, tenant: None } => {
            Ok(vec![AccessRejected { request_id, reason }.into()])
        }
    }
}
