//! By what a report may group.

use serde::{Deserialize, Serialize};

use super::super::counts::{BY_APP, BY_ENVIRONMENT, BY_TENANT};

/// A dimension of rule 31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    App,
    Version,
    Tenant,
    Group,
    Environment,
    Client,
    Secret,
    Module,
    Operation,
    Method,
    Scope,
    Report,
    Outcome,
    StatusClass,
}

/// What a group has in one dimension; nothing where calls have none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Number(i64),
    Text(String),
}

impl Dimension {
    /// In the order in which reports have them.
    pub const ALL: [Self; 14] = [
        Self::App,
        Self::Version,
        Self::Tenant,
        Self::Group,
        Self::Environment,
        Self::Client,
        Self::Secret,
        Self::Module,
        Self::Operation,
        Self::Method,
        Self::Scope,
        Self::Report,
        Self::Outcome,
        Self::StatusClass,
    ];

    /// As it is called in batches, in queries and in reports, and the column of `usage_keys`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app_id",
            Self::Version => "version",
            Self::Tenant => "tenant_id",
            Self::Group => "group_id",
            Self::Environment => "environment",
            Self::Client => "client_id",
            Self::Secret => "secret_id",
            Self::Module => "module",
            Self::Operation => "operation",
            Self::Method => "method",
            Self::Scope => "scope",
            Self::Report => "report_id",
            Self::Outcome => "outcome",
            Self::StatusClass => "status_class",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(self, Self::Version | Self::Tenant)
    }

    /// The bit of those that peaks are kept by.
    pub(super) const fn peak_bit(self) -> Option<i16> {
        match self {
            Self::App => Some(BY_APP),
            Self::Tenant => Some(BY_TENANT),
            Self::Environment => Some(BY_ENVIRONMENT),
            _ => None,
        }
    }

    /// The column, with a value of its own where it has none: so that groups have an order and pages a beginning.
    pub(super) fn column(self) -> String {
        let name = self.name();
        if self.is_number() {
            format!("coalesce(k.{name}, 0)::bigint")
        } else {
            format!("coalesce(k.{name}::text, '') COLLATE \"C\"")
        }
    }
}

impl Value {
    /// As it stands in a row; none of the values that stand for none.
    pub(super) fn of(self) -> Option<Self> {
        match self {
            Self::Number(0) => None,
            Self::Text(text) if text.is_empty() => None,
            value => Some(value),
        }
    }
}
