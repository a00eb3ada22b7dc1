//! Apps: creating, editing, listing, reviewing and deleting them.

mod create;
mod delete;
mod edit;
mod review;
mod tenants;

pub use create::CreateApp;
pub use edit::{EditApp, EditScopes};
pub use review::{ReviewDecision, ReviewVerdict};
pub use tenants::AddTenants;
pub(super) use tenants::Listings;

use chancery_domain::{AppId, Event, Refusal, StreamName};

use super::{
    Caller, CommandError,
    plan::{Plan, Stop},
    render,
};
use crate::states::Seen;

/// The app as it will be.
fn answer(
    seen: &Seen,
    status: u16,
    app_id: AppId,
    events: Vec<Event>,
    tenant_count: Option<u64>,
) -> Result<Plan, Stop> {
    let after = seen.after(&events).app(app_id)?;
    let (app, deleted) = after.known().ok_or(Refusal::AppUnknown)?;
    let body = render::app(app, deleted, tenant_count);
    Ok(Plan::new(status, events, &body).about(StreamName::App(app_id)))
}

/// Refuses a change of something that is not at the version which the sender saw. Asked after the rules: who may
/// not see a thing learns nothing of its version.
pub(super) fn unchanged_since(caller: &Caller, seen: &Seen, stream: &StreamName) -> Result<(), Stop> {
    match (caller.if_match, seen.version(stream)) {
        (Some(wanted), Some(current)) if wanted != current => {
            Err(CommandError::PreconditionFailed { current }.into())
        }
        _ => Ok(()),
    }
}
