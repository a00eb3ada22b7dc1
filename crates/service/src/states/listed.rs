//! The tenants that an app is listed for (rule 10). Each listing is a stream of its own, so that ten thousand of them
//! weigh nothing on an app; the few decisions that depend on all of them read them from the log.

use std::collections::BTreeSet;

use chancery_domain::{AppId, TenantId};
use chancery_journal::{Filter, Journal, JournalError, Unless};
use chancery_wire::{Position, Recorded};

/// Every event of the category that listings are in.
const ADDED: &str = "TenantAdded";
const REMOVED: &str = "TenantRemoved";
/// Events read at once.
const PAGE: usize = 10_000;

/// An app's listed tenants, as the log says up to a position.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    tenants: Vec<TenantId>,
    /// The last event that says so.
    last: Position,
    /// What comes after this was not read.
    until: Position,
}

impl Listed {
    pub(super) async fn read(journal: &Journal, app_id: AppId) -> Result<Self, JournalError> {
        let filter =
            Filter { category: Some("listing".to_owned()), app: Some(app_id.0), ..Filter::default() };
        let mut tenants = BTreeSet::new();
        let mut last = Position::START;
        let until = loop {
            // Everything up to the head is committed, so every read from here on sees it. Asked for anew with each page:
            // a condition that reaches far back is not kept.
            let head = journal.head().await?.position;
            let events = journal.select(&filter, last, PAGE).await?;
            for event in &events {
                apply(&mut tenants, event);
                last = event.position;
            }
            if events.len() < PAGE {
                break head.max(last);
            }
        };
        Ok(Self { tenants: tenants.into_iter().collect(), last, until })
    }

    /// In the order of their ids.
    pub(super) fn tenants(&self) -> &[TenantId] {
        &self.tenants
    }

    /// Whether both say the same, at whichever positions.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.last == other.last
    }

    /// Holds for as long as no tenant is listed or unlisted.
    pub(super) fn unless(&self, app_id: AppId) -> Unless {
        Unless { key_app: app_id.0, event_types: &[ADDED, REMOVED], after: self.until }
    }
}

fn apply(tenants: &mut BTreeSet<TenantId>, event: &Recorded) {
    let Some(tenant_id) = event.key_tenant.and_then(|id| TenantId::new(id).ok()) else { return };
    match event.event_type.as_str() {
        ADDED => drop(tenants.insert(tenant_id)),
        REMOVED => drop(tenants.remove(&tenant_id)),
        _ => {}
    }
}
