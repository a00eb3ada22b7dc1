//! Deleting an app (rule 11).

use chancery_domain::{AppId, StreamName, app};

use super::{
    super::{Answer, Caller, CommandError, Commands},
    answer, unchanged_since,
};
use crate::states::Seen;

impl Commands {
    /// `DELETE /v1/apps/{app}`
    pub async fn delete_app(&self, caller: &Caller, app_id: AppId) -> Result<Answer, CommandError> {
        let organization_id = caller.organization()?;
        let decide = |seen: &Seen| {
            let state = seen.app(app_id)?;
            let events = app::delete(organization_id, &state)?;
            unchanged_since(caller, seen, &StreamName::App(app_id))?;
            answer(seen, 200, app_id, events, None)
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}
