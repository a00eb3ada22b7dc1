//! The lines of a snapshot, as they are written and read.

use std::borrow::Cow;

use chancery_wire::Position;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AppKey, ClientId, OperationKind, connections::State};

/// An object with one member, named like the variant.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line<'a> {
    Header(Header),
    Scope(#[serde(borrow)] Cow<'a, str>),
    Environment(#[serde(borrow)] Cow<'a, str>),
    Operation(#[serde(borrow)] Operation<'a>),
    App(Registered),
    Version(#[serde(borrow)] Published<'a>),
    Connection(#[serde(borrow)] Connection<'a>),
    Cut(Cut),
    Limit(#[serde(borrow)] Limited<'a>),
    Trailer(Counts),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) format: u32,
    pub(super) log_id: Uuid,
    pub(super) position: Position,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operation<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) module: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) method: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) path: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) scope: Cow<'a, str>,
    pub(super) kind: OperationKind,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registered {
    pub(super) app_id: Uuid,
    pub(super) app_key: AppKey,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Published<'a> {
    pub(super) app_id: Uuid,
    pub(super) version: u32,
    #[serde(borrow)]
    pub(super) scopes: Vec<Cow<'a, str>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Connection<'a> {
    pub(super) app_id: Uuid,
    pub(super) tenant_id: u64,
    #[serde(borrow)]
    pub(super) environment: Cow<'a, str>,
    pub(super) state: State,
    pub(super) granted_version: u32,
    pub(super) client_id: ClientId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) group_id: Option<Uuid>,
    pub(super) cut_off: Position,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cut {
    pub(super) id: Uuid,
    pub(super) at: Timestamp,
}

/// Of an app or of a report.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limited<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) app_id: Option<Uuid>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) report_id: Option<Cow<'a, str>>,
    pub(super) tenant_id: u64,
    #[serde(borrow)]
    pub(super) environment: Cow<'a, str>,
    pub(super) calls: u32,
    pub(super) per_seconds: u32,
}

/// How many lines there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) scopes: u64,
    pub(super) environments: u64,
    pub(super) operations: u64,
    pub(super) apps: u64,
    pub(super) versions: u64,
    pub(super) connections: u64,
    pub(super) cuts: u64,
    pub(super) limits: u64,
}

impl Counts {
    pub(super) fn add(&mut self, line: &Line<'_>) {
        let count = match line {
            Line::Header(_) | Line::Trailer(_) => return,
            Line::Scope(_) => &mut self.scopes,
            Line::Environment(_) => &mut self.environments,
            Line::Operation(_) => &mut self.operations,
            Line::App(_) => &mut self.apps,
            Line::Version(_) => &mut self.versions,
            Line::Connection(_) => &mut self.connections,
            Line::Cut(_) => &mut self.cuts,
            Line::Limit(_) => &mut self.limits,
        };
        *count += 1;
    }
}
