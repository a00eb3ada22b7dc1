//! The reviewers' decision (rule 12): approved once, and only public apps of third parties.

use crate::{AppApproved, AppRejected, Decision, OrganizationId, Reason, Refusal, ReviewRequested};

use super::{App, Review, State};

/// Makes the app visible to the tenants that it is listed for, now and for all later versions.
pub fn approve(reason: Reason, state: &State) -> Decision {
    let app = pending(state)?;
    Ok(vec![AppApproved { app_id: app.app_id, reason }.into()])
}

/// Keeps the app invisible, and says why.
pub fn reject(reason: Reason, state: &State) -> Decision {
    let app = pending(state)?;
    if reason.as_str().is_empty() {
        return Err(Refusal::ReasonMissing);
    }
    Ok(vec![AppRejected { app_id: app.app_id, reason }.into()])
}

/// Resubmits a rejected app, on behalf of the organization that owns it. While it waits, asking again changes
/// nothing.
pub fn request_review(organization_id: OrganizationId, state: &State) -> Decision {
    let app = state.owned_by(organization_id)?;
    match app.review() {
        Review::Rejected(_) => Ok(vec![ReviewRequested { app_id: app.app_id }.into()]),
        Review::Pending => Ok(Vec::new()),
        Review::Approved(_) => Err(Refusal::ReviewDecided),
        Review::NotRequired => Err(Refusal::ReviewNotRequired),
    }
}

fn pending(state: &State) -> Result<&App, Refusal> {
    let app = state.live().ok_or(Refusal::AppUnknown)?;
    match app.review() {
        Review::Pending => Ok(app),
        Review::NotRequired => Err(Refusal::ReviewNotRequired),
        Review::Approved(_) | Review::Rejected(_) => Err(Refusal::ReviewDecided),
    }
}
