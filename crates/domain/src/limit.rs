//! Limits that the platform sets case by case (rule 29). The gate counts; this is what was decided.

use crate::{
    Decision, Event, Instance, Limited, RateLimit, RateLimitOverridden, Refusal, Stamp, app, tenant,
};

/// Which limit holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Usual,
    Overridden(RateLimit),
}

impl State {
    /// The limit that holds instead of the usual one.
    pub const fn overridden(&self) -> Option<RateLimit> {
        match self {
            Self::Usual => None,
            Self::Overridden(limit) => Some(*limit),
        }
    }
}

/// Folds one event of the limit's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, _stamp: &Stamp) -> State {
    match event {
        Event::RateLimitOverridden(event) => event.limit.map_or(State::Usual, State::Overridden),
        _ => state,
    }
}

/// Sets a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    pub limited: Limited,
    pub instance: Instance,
    /// None: the usual one again.
    pub limit: Option<RateLimit>,
}

/// What setting a limit looks at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The app, where an app is limited.
    pub app: Option<&'a app::State>,
    pub tenant: &'a tenant::State,
}

/// Sets the limit. Setting the one that holds already changes nothing. A limit may be set before the tenant connects.
pub fn set(command: Set, state: &State, facts: &Facts<'_>) -> Decision {
    let Set { limited, instance, limit } = command;
    if facts.app.is_some_and(|app| app.live().is_none()) {
        return Err(Refusal::AppUnknown);
    }
    if !facts.tenant.exists_in(&instance.environment) {
        return Err(Refusal::InstanceAbsent { instance });
    }
    if state.overridden() == limit {
        return Ok(Vec::new());
    }
    let Instance { tenant_id, environment } = instance;
    Ok(vec![RateLimitOverridden { limited, tenant_id, environment, limit }.into()])
}
