//! A tenant's admin pauses a connection, resumes it, or ends it (rules 23 and 24).

use chancery_domain::{
    AppId, Decision, Instance,
    connection::{self, Facts, State},
};

use super::{
    super::{Answer, Caller, CommandError, Commands, apps::unchanged_since},
    About,
};
use crate::states::Seen;

impl Commands {
    /// `POST /v1/tenants/{tenant}/{environment}/connections/{app}/disable`
    pub async fn disable_connection(
        &self,
        caller: &Caller,
        instance: Instance,
        app_id: AppId,
    ) -> Result<Answer, CommandError> {
        self.decide_standing(caller, instance, app_id, connection::disable).await
    }

    /// `POST /v1/tenants/{tenant}/{environment}/connections/{app}/restore`
    pub async fn restore_connection(
        &self,
        caller: &Caller,
        instance: Instance,
        app_id: AppId,
    ) -> Result<Answer, CommandError> {
        self.decide_standing(caller, instance, app_id, connection::restore).await
    }

    /// `DELETE /v1/tenants/{tenant}/{environment}/connections/{app}`
    pub async fn disconnect(
        &self,
        caller: &Caller,
        instance: Instance,
        app_id: AppId,
    ) -> Result<Answer, CommandError> {
        self.decide_standing(caller, instance, app_id, connection::disconnect).await
    }

    /// Decides about a connection that stands, by one of the domain's rules.
    async fn decide_standing(
        &self,
        caller: &Caller,
        instance: Instance,
        app_id: AppId,
        rule: impl Fn(Instance, &State, &Facts<'_>) -> Decision,
    ) -> Result<Answer, CommandError> {
        caller.decides_for(&instance)?;
        let about = About { app_id, instance, now: self.0.sources.now() };
        let decide = |seen: &Seen| {
            let known = about.known(seen)?;
            let events = rule(about.instance.clone(), &known.connection, &known.facts())?;
            unchanged_since(caller, seen, &about.stream())?;
            about.answer(seen, 200, events, None)
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}
