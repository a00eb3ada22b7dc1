//! A gate as lines of text, so that another starts where this one stands, without the log before it.
//!
//! Each line is a JSON object with one member, whose name says what it is. They come in this order:
//!
//! ```text
//! {"header":{"format":1,"log_id":"0190…","position":17}}                      once: of which log, as of which event
//! {"scope":"tn.crm.contacts:r"}                                               every scope that the log ever named
//! {"environment":"production"}                                                and every environment, both in its order
//! {"operation":{"id":"…","module":"crm","method":"GET","path":"/crm/v2/tenant/{tenant}/contacts",
//!     "scope":"tn.crm.contacts:r","kind":"standard"}}                         of the catalog; or reporting, export
//! {"app":{"app_id":"0190…","app_key":"ak1.…","deleted":true}}                 deleted: only where it is
//! {"version":{"app_id":"0190…","version":1,"scopes":["tn.crm.contacts:r"]}}   of the app before it: 1, 2, 3 …
//! {"connection":{"app_id":"0190…","tenant_id":1234,"environment":"production","state":"connected",
//!     "granted_version":1,"client_id":"cid.…","group_id":"0190…","cut_off":12}}
//! {"cut":{"id":"0190…","at":"2026-11-22T05:00:00Z"}}                          a revoked secret or token
//! {"limit":{"app_id":"0190…","tenant_id":1234,"environment":"production","calls":100,"per_seconds":1}}
//! {"limit":{"report_id":"77","tenant_id":1234,"environment":"production","calls":7,"per_seconds":60}}
//! {"trailer":{"scopes":1,"environments":1,"operations":1,"apps":1,"versions":1,"connections":1,"cuts":1,"limits":2}}
//! ```
//!
//! A connection that ended is `disabled` or `revoked`. `group_id` is there where the tenant connected through a group;
//! `cut_off` is the position up to which tokens are dead, 0 where none is. The limiter's counters are not in it: the
//! calls that they count went through this gate.

mod line;
mod lines;
mod restore;

use std::sync::Arc;

use chancery_wire::Position;
use jiff::Timestamp;
use uuid::Uuid;

pub use self::{
    lines::Lines,
    restore::{Problem, Restore, RestoreError, Restored},
};
use crate::{
    Gate, Limit,
    apps::App,
    connections::{Groups, Place, Slab},
    limits::Report,
    router::Operation,
    scopes::Names,
};

/// The number of the form above.
const FORMAT: u32 = 1;

/// All that decides, as of one position. It shares the gate's great tables, so it is made in no time; what the gate
/// changes while it lives, the gate copies first.
#[derive(Debug)]
pub struct Snapshot {
    position: Position,
    names: Names,
    operations: Vec<Operation>,
    apps: Vec<Arc<App>>,
    connections: Slab,
    groups: Groups,
    cuts: Vec<(Uuid, Timestamp)>,
    places: Vec<(Place, Limit)>,
    reports: Vec<(Report, Limit)>,
}

impl Gate {
    /// What the gate is at this moment. Nothing is written yet, so that its holder need not hold it still for long.
    pub fn snapshot(&self) -> Snapshot {
        let (places, reports) = self.limits.overrides();
        Snapshot {
            position: self.position,
            names: self.names.clone(),
            operations: self.router.operations().to_vec(),
            apps: self.apps.table().to_vec(),
            connections: self.connections.slab().clone(),
            groups: self.connections.groups().clone(),
            cuts: self.cuts.iter().collect(),
            places: places.iter().map(|(place, limit)| (*place, *limit)).collect(),
            reports: reports.iter().map(|(report, limit)| (report.clone(), *limit)).collect(),
        }
    }
}

impl Snapshot {
    /// The last event that is in it.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The snapshot as text: chunks of whole lines, each written when it is asked for.
    pub fn lines(self, log_id: Uuid) -> Lines {
        Lines::new(self, log_id)
    }
}
