//! What an answer is about, and where in the log it is told.

use chancery_journal::Filter;
use chancery_wire::{Event, Recorded};
use uuid::Uuid;

use crate::{ApplyError, Instance, read::Key, view::decode};

/// What an answer is about. It names the streams that the answer is made of: those that the service writes these things
/// to (DESIGN §3). What belongs to one app at one tenant is independent of all others, so a page is made of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// Things of these keys, which are read as they are, and not as they were.
    Keys(&'a [Key]),
    /// An app, and for how many tenants it is listed.
    App(Uuid),
    /// What an app says of itself.
    AppAlone(Uuid),
    /// An app at a tenant, in one environment.
    Connection { app_id: Uuid, instance: &'a Instance },
    /// An app at its tenants, from one of them on.
    ConnectionsOfApp { app_id: Uuid, from: u64 },
    /// The apps of a tenant in one environment, after one of them.
    AppsOfTenant { instance: &'a Instance, after: Uuid },
}

impl<'a> From<&'a [Key]> for Subject<'a> {
    fn from(keys: &'a [Key]) -> Self {
        Self::Keys(keys)
    }
}

impl<'a, const N: usize> From<&'a [Key; N]> for Subject<'a> {
    fn from(keys: &'a [Key; N]) -> Self {
        Self::Keys(keys)
    }
}

impl Subject<'_> {
    /// What the whole answer belongs to, beside what its items do.
    pub(crate) fn keys(&self) -> Vec<Key> {
        match *self {
            Self::Keys(keys) => keys.to_vec(),
            Self::App(id) | Self::AppAlone(id) | Self::ConnectionsOfApp { app_id: id, .. } => {
                vec![Key::App(id)]
            }
            Self::Connection { app_id, instance } => vec![Key::App(app_id), Key::Tenant(instance.tenant_id)],
            Self::AppsOfTenant { instance, .. } => vec![Key::Tenant(instance.tenant_id)],
        }
    }

    /// The streams that the answer is made of, whatever is on its page; `None` where it has no past.
    pub(super) fn streams(&self) -> Option<Vec<String>> {
        match *self {
            Self::Keys(_) => None,
            Self::App(id) | Self::AppAlone(id) | Self::ConnectionsOfApp { app_id: id, .. } => {
                Some(vec![app(id)])
            }
            Self::Connection { app_id, instance } => Some(vec![
                app(app_id),
                tenant(instance.tenant_id),
                listing(app_id, instance.tenant_id),
                connection(app_id, instance.tenant_id, &instance.environment),
            ]),
            Self::AppsOfTenant { instance, .. } => Some(vec![tenant(instance.tenant_id)]),
        }
    }

    /// The events that say for whom an app was listed, or what was listed for a tenant, where the answer depends on
    /// all of them.
    pub(super) fn listings(&self) -> Option<Filter> {
        let category = Some("listing".to_owned());
        match *self {
            Self::App(app_id) | Self::ConnectionsOfApp { app_id, .. } => {
                Some(Filter { app: Some(app_id), category, ..Filter::default() })
            }
            Self::AppsOfTenant { instance, .. } => {
                Some(Filter { tenant: Some(instance.tenant_id.cast_signed()), category, ..Filter::default() })
            }
            Self::Keys(_) | Self::AppAlone(_) | Self::Connection { .. } => None,
        }
    }

    /// What a listing may bring to the page: the order of the page, and the streams.
    pub(super) fn candidate(&self, listed: &Recorded) -> Option<(Order, Vec<String>)> {
        match (*self, listed.key_app, listed.key_tenant) {
            (Self::ConnectionsOfApp { app_id, from }, _, Some(id)) if id >= from => {
                Some((Order::Tenant(id), vec![tenant(id), listing(app_id, id)]))
            }
            (Self::AppsOfTenant { instance, after }, Some(id), _) if id > after => {
                let Instance { tenant_id, environment } = instance;
                let streams = vec![app(id), listing(id, *tenant_id), connection(id, *tenant_id, environment)];
                Some((Order::App(id), streams))
            }
            _ => None,
        }
    }

    /// The streams that an event leads to: a tenant's environments to the app's connections there, a consent to the
    /// credential that it minted or shares.
    pub(super) fn leads_to(&self, event: &Recorded) -> Result<Vec<String>, ApplyError> {
        Ok(match (decode(event, &["TenantRegistered", "TenantConnected"])?, *self) {
            (Some(Event::TenantRegistered(registered)), Self::ConnectionsOfApp { app_id, .. }) => {
                let id = registered.tenant_id.cast_unsigned();
                registered
                    .environments
                    .iter()
                    .map(|environment| connection(app_id, id, environment))
                    .collect()
            }
            (Some(Event::TenantConnected(connected)), _) => {
                vec![format!("credential-{}", connected.client_id)]
            }
            _ => Vec::new(),
        })
    }
}

/// The order of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Tenant(u64),
    App(Uuid),
}

fn app(id: Uuid) -> String {
    format!("app-{id}")
}

fn tenant(id: u64) -> String {
    format!("tenant-{id}")
}

fn listing(app_id: Uuid, tenant_id: u64) -> String {
    format!("listing-{app_id}-{tenant_id}")
}

fn connection(app_id: Uuid, tenant_id: u64, environment: &str) -> String {
    format!("connection-{app_id}-{tenant_id}-{environment}")
}
