//! Which events a consumer wants, as NATS and HTTP can leave out the others.

use chancery_wire::{Event, Recorded, Topology};
use uuid::Uuid;

/// Which events: those of the types, that name the app, and that name the tenant, as far as each was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// None: all of them.
    types: Vec<&'static str>,
    app: Option<Uuid>,
    tenant: Option<u64>,
}

/// There is no such type of event, as far as this build knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no type of event that this build knows: see Event::TYPES")]
pub struct UnknownType(String);

impl Filter {
    /// Every event.
    pub fn all() -> Self {
        Self::default()
    }

    /// Only events of these types, for example `TenantConnected`. A misspelt one would wait for ever, so it is an error.
    pub fn types<T: AsRef<str>>(mut self, types: impl IntoIterator<Item = T>) -> Result<Self, UnknownType> {
        for wanted in types {
            let wanted = wanted.as_ref();
            let known = Event::TYPES.iter().find(|(name, ..)| *name == wanted);
            self.types.push(known.ok_or_else(|| UnknownType(wanted.to_owned()))?.0);
        }
        self.types.sort_unstable();
        self.types.dedup();
        Ok(self)
    }

    /// Only events that name this app.
    #[must_use]
    pub fn app(mut self, app: Uuid) -> Self {
        self.app = Some(app);
        self
    }

    /// Only events that name this tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: u64) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// Whether it wants this event.
    pub fn wants(&self, event: &Recorded) -> bool {
        (self.types.is_empty() || self.types.contains(&&*event.event_type))
            && self.app.is_none_or(|app| event.key_app == Some(app))
            && self.tenant.is_none_or(|tenant| event.key_tenant == Some(tenant))
    }

    /// Whether it leaves nothing out.
    pub(crate) fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// The subjects of what it wants, no two of which overlap. None where it wants everything.
    pub(crate) fn subjects(&self, topology: &Topology) -> Vec<String> {
        if self.is_all() {
            return Vec::new();
        }
        let app = self.app.map_or_else(|| "*".to_owned(), |app| app.to_string());
        let tenant = self.tenant.map_or_else(|| "*".to_owned(), |tenant| tenant.to_string());
        let types = if self.types.is_empty() { &["*"][..] } else { &self.types };
        types
            .iter()
            .map(|event_type| format!("{}.event.*.{event_type}.{app}.{tenant}", topology.prefix))
            .collect()
    }

    /// What of it the API leaves out itself; the rest is left out here.
    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        if let [event_type] = self.types[..] {
            query.push(("type", event_type.to_owned()));
        }
        query.extend(self.app.map(|app| ("app", app.to_string())));
        query.extend(self.tenant.map(|tenant| ("tenant", tenant.to_string())));
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subjects_of_a_filter_are_those_under_which_its_events_are_published() {
        let topology = Topology::default();
        assert!(Filter::all().subjects(&topology).is_empty());
        let filter = Filter::all().types(["TenantConnected", "AppCreated", "AppCreated"]).unwrap().tenant(7);
        assert_eq!(
            filter.subjects(&topology),
            ["chancery.v1.event.*.AppCreated.*.7", "chancery.v1.event.*.TenantConnected.*.7"]
        );
        assert_eq!(
            Filter::all().app(Uuid::nil()).subjects(&topology),
            ["chancery.v1.event.*.*.00000000-0000-0000-0000-000000000000.*"]
        );
    }

    #[test]
    fn a_misspelt_type_is_an_error_and_not_a_consumer_that_waits_for_ever() {
        assert!(Filter::all().types(["TenantConected"]).is_err());
        assert!(Filter::all().types(["*"]).is_err());
    }
}
