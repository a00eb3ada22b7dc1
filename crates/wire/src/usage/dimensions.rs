//! By what calls are told apart.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The outcome of a call that passed.
pub const ALLOWED: &str = "allowed";

/// By what calls are told apart (rule 31). What is not known is absent: a call that was refused before its token was
/// verified has nothing but its outcome, for nothing else about it is certain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimensions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<Uuid>,
    /// The app's version that the connection is pinned to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<u64>,
    /// The group whose members share the credential, if any (rule 26).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The secret on which the token was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_id: Option<Uuid>,
    /// The module of the operation's scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The operation's id in the catalog: a template, never a path that was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The scope that the operation asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_id: Option<String>,
    /// [`ALLOWED`], which it is where nothing else is said, or the code of the refusal.
    #[serde(default = "allowed")]
    pub outcome: String,
}

fn allowed() -> String {
    ALLOWED.to_owned()
}

impl Dimensions {
    /// The longest text of each, in bytes.
    pub const MAX_TEXT: usize = 200;
    /// The largest tenant id: what every JSON reader reads exactly.
    pub const MAX_TENANT: u64 = (1 << 53) - 1;

    /// Those of a call of which nothing is known but how it was decided.
    pub fn of_outcome(outcome: impl Into<String>) -> Self {
        Self { outcome: outcome.into(), ..Self::default() }
    }

    /// The texts, by name.
    pub(super) fn texts(&self) -> [(&'static str, Option<&str>); 7] {
        [
            ("environment", self.environment.as_deref()),
            ("client_id", self.client_id.as_deref()),
            ("module", self.module.as_deref()),
            ("operation", self.operation.as_deref()),
            ("method", self.method.as_deref()),
            ("scope", self.scope.as_deref()),
            ("report_id", self.report_id.as_deref()),
        ]
    }
}
