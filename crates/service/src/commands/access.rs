//! Access requests: strangers ask, reviewers decide (rule 1). Who asks and what for stands in `people`, never in an
//! event, an answer that is kept, or a log line.

use std::net::IpAddr;

use chancery_domain::{
    AccessRequestId, Actor, ActorKind, Email, Name, OrganizationId, PersonId, Purpose, Reason, Refusal,
    StreamName, TenantId,
    access::{self, Outcome},
    organization, tenant,
};
use chancery_views::{AccessState, Who};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Answer, Caller, CommandError, Commands, ReviewVerdict,
    apps::unchanged_since,
    fields::Fields,
    people::Person,
    plan::{Plan, Stop},
    render,
};
use crate::states::Seen;

/// A wish to build apps.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestAccess {
    /// Of the person who asks: 1 to 100 characters.
    pub name: String,
    pub email: String,
    /// 1 to 100 characters.
    pub company: String,
    /// What the access is for: 1 to 1,000 characters.
    pub purpose: String,
}

/// A request that awaits a reviewer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RequestedAccess {
    pub request_id: Uuid,
    pub state: AccessState,
    pub company: String,
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
}

/// A reviewer's decision about an access request.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessDecision {
    pub decision: ReviewVerdict,
    /// At most 1,000 characters; needed to reject.
    #[serde(default)]
    pub reason: String,
    /// The integration instance that the company gets; needed to approve, and only then.
    pub tenant: Option<NewTenant>,
}

/// A tenant that is registered beside a decision.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    pub tenant_id: u64,
    pub name: String,
}

/// A request that was decided. Who asked for what is at `GET /v1/access-requests`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecidedAccess {
    pub request_id: Uuid,
    pub state: AccessState,
    pub company: String,
    pub requester_id: String,
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Timestamp,
    pub decided_by: Who,
    /// `null` where the reviewer gave none.
    pub reason: Option<String>,
    /// The organization that the approval registered.
    pub organization_id: Option<Uuid>,
    /// Its integration instance.
    pub tenant_id: Option<u64>,
}

impl Commands {
    /// `POST /v1/access-requests`
    pub async fn request_access(
        &self,
        caller: &Caller,
        address: IpAddr,
        body: RequestAccess,
    ) -> Result<Answer, CommandError> {
        // One id for the request and for who asks, so that whoever is left over without a request can be found.
        let request_id = AccessRequestId(self.0.sources.uuid());
        let (person, company) = body.read(PersonId::recorded(request_id.to_string()))?;
        // A retry is no further request.
        if let Some(answer) = self.0.executor.replay(caller).await? {
            return Ok(answer);
        }
        self.0.admissions.admit(request_id, address).await?;
        let requested = self.make_request(caller, request_id, &person, company).await;
        match &requested {
            // It may have been made.
            Err(CommandError::OutcomeUnknown) => {}
            Ok(answer) if !answer.replayed => {}
            _ => {
                self.0.admissions.withdraw(request_id).await;
                if let Err(error) = self.forget_row(&person.id).await {
                    tracing::warn!(%error, "a stranger whose request was not made stays in the table of people");
                }
            }
        }
        requested
    }

    async fn make_request(
        &self,
        caller: &Caller,
        request_id: AccessRequestId,
        person: &Person,
        company: Name,
    ) -> Result<Answer, CommandError> {
        self.write_person(person).await?;
        let actor = Actor { kind: ActorKind::Person, id: person.id.as_str().into() };
        let caller = Caller { actor, ..caller.clone() };
        let stream = StreamName::Access(request_id);
        let command = access::Request { request_id, requester_id: person.id.clone(), company };
        let decide = |seen: &Seen| {
            let events = access::request(command.clone(), &seen.access(request_id)?)?;
            let after = seen.after(&events).access(request_id)?;
            let (requested, _) = after.requested().ok_or(Refusal::AccessRequestUnknown)?;
            let body = RequestedAccess {
                request_id: request_id.0,
                state: AccessState::Pending,
                company: requested.company.to_string(),
                requested_at: requested.requested.at,
            };
            Ok(Plan::new(201, events, &body).about(stream.clone()))
        };
        self.0.executor.execute(&caller, std::slice::from_ref(&stream), decide).await
    }

    /// `POST /v1/access-requests/{id}/decision`
    pub async fn decide_access(
        &self,
        caller: &Caller,
        request_id: AccessRequestId,
        body: AccessDecision,
    ) -> Result<Answer, CommandError> {
        let organization_id = OrganizationId(self.0.sources.uuid());
        let command = body.read(organization_id)?;
        let stream = StreamName::Access(request_id);
        let decide = |seen: &Seen| {
            let state = seen.access(request_id)?;
            let tenant = match &command.tenant {
                Some(tenant) => seen.tenant(tenant.tenant_id)?,
                None => tenant::State::Absent,
            };
            let organization = match command.verdict {
                access::Verdict::Approve { organization_id } => seen.organization(organization_id)?,
                access::Verdict::Reject => organization::State::Absent,
            };
            let facts = access::DecideFacts { organization: &organization, tenant: &tenant };
            let events = access::decide(command.clone(), &state, &facts)?;
            unchanged_since(caller, seen, &stream)?;
            let body = decided(&seen.after(&events).access(request_id)?)?;
            Ok(Plan::new(200, events, &body).about(stream.clone()))
        };
        let named = [StreamName::Organization(organization_id)];
        let answer = self.0.executor.execute(caller, &named, decide).await?;
        self.0.admissions.decided(request_id).await;
        Ok(answer)
    }
}

fn decided(state: &access::State) -> Result<DecidedAccess, Stop> {
    let Some((requested, Some(outcome))) = state.requested() else {
        return Err(Refusal::AccessRequestUnknown.into());
    };
    let (state, reason, decided, organization_id, tenant_id) = match outcome {
        Outcome::Approved { organization_id, tenant_id, reason, decided } => {
            (AccessState::Approved, reason, decided, Some(organization_id.0), Some(tenant_id.get()))
        }
        Outcome::Rejected { reason, decided } => (AccessState::Rejected, reason, decided, None, None),
    };
    Ok(DecidedAccess {
        request_id: requested.request_id.0,
        state,
        company: requested.company.to_string(),
        requester_id: requested.requester_id.to_string(),
        requested_at: requested.requested.at,
        decided_at: decided.at,
        decided_by: render::who(decided),
        reason: render::reason(reason),
        organization_id,
        tenant_id,
    })
}

impl RequestAccess {
    /// Who asks, and for which company.
    fn read(&self, id: PersonId) -> Result<(Person, Name), CommandError> {
        let mut fields = Fields::default();
        let name = fields.read("/name", Name::parse(&self.name));
        let email = fields.read("/email", Email::parse(&self.email));
        let company = fields.read("/company", Name::parse(&self.company));
        let purpose = fields.read("/purpose", Purpose::parse(&self.purpose));
        let read = || Some((Person { id, name: name?, email, purpose }, company?));
        fields.done(read())
    }
}

impl AccessDecision {
    fn read(&self, organization_id: OrganizationId) -> Result<access::Decide, CommandError> {
        let mut fields = Fields::default();
        let reason = fields.read("/reason", Reason::parse(&self.reason));
        let tenant = self.tenant.as_ref().map(|tenant| {
            let tenant_id = fields.read("/tenant/tenant_id", TenantId::new(tenant.tenant_id));
            let name = fields.read("/tenant/name", Name::parse(&tenant.name));
            Some(access::Tenant { tenant_id: tenant_id?, name: name? })
        });
        let verdict = match self.decision {
            ReviewVerdict::Approve => access::Verdict::Approve { organization_id },
            ReviewVerdict::Reject => access::Verdict::Reject,
        };
        let command = || {
            let tenant = match tenant {
                Some(tenant) => Some(tenant?),
                None => None,
            };
            Some(access::Decide { verdict, reason: reason?, tenant })
        };
        fields.done(command())
    }
}
