//! Events of the scope catalog.

use std::sync::Arc;

use crate::{Access, Scope};

/// A scope that an app can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogScope {
    pub scope: Scope,
    pub module: String,
    pub resource: String,
    pub access: Access,
    pub title: String,
}

/// How an operation is limited (rule 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationKind {
    Standard,
    Reporting,
    Export,
}

/// An operation of the platform's API and the one scope that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub id: String,
    pub module: String,
    /// HTTP method, upper case.
    pub method: String,
    /// Path template with one `{tenant}`.
    pub path: String,
    pub scope: Scope,
    pub kind: OperationKind,
}

/// The catalog is exactly this from now on. Scopes that left it stay valid where they were granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeCatalogPublished {
    pub scopes: Arc<[CatalogScope]>,
    pub operations: Arc<[Operation]>,
}
