//! The scope catalog: which scopes an app can choose (rule 6), and what each operation of the platform's API
//! needs.

mod check;

use std::sync::Arc;

use crate::{
    Access, CatalogScope, Decision, Event, Operation, OperationKind, Refusal, ScopeCatalogPublished,
    ScopeSet, Stamp,
};

pub use check::Problem;

/// What is published now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Unpublished,
    Published(Arc<Catalog>),
}

/// A published catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    pub scopes: Arc<[CatalogScope]>,
    pub operations: Arc<[Operation]>,
    /// The scopes by themselves.
    pub choices: ScopeSet,
    pub published: Stamp,
}

impl State {
    pub fn published(&self) -> Option<&Catalog> {
        match self {
            Self::Unpublished => None,
            Self::Published(catalog) => Some(catalog),
        }
    }

    /// Refuses scopes that cannot be chosen (rule 6).
    pub(crate) fn offers(&self, scopes: &ScopeSet) -> Result<(), Refusal> {
        let unknown = match self {
            Self::Unpublished => scopes.clone(),
            Self::Published(catalog) => scopes.minus(&catalog.choices),
        };
        if unknown.is_empty() { Ok(()) } else { Err(Refusal::ScopeUnknown { scopes: unknown }) }
    }
}

/// Folds one event of the catalog's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match event {
        Event::ScopeCatalogPublished(event) => State::Published(Arc::new(Catalog {
            scopes: Arc::clone(&event.scopes),
            operations: Arc::clone(&event.operations),
            choices: event.scopes.iter().map(|entry| entry.scope.clone()).collect(),
            published: stamp.clone(),
        })),
        _ => state,
    }
}

/// Publishes a catalog. The texts are as they were sent: every problem is told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    pub scopes: Vec<DraftScope>,
    pub operations: Vec<DraftOperation>,
}

/// A scope before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftScope {
    pub scope: String,
    pub module: String,
    pub resource: String,
    pub access: Access,
    pub title: String,
}

/// An operation before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftOperation {
    pub id: String,
    pub module: String,
    pub method: String,
    pub path: String,
    pub scope: String,
    pub kind: OperationKind,
}

/// Publishes the catalog, whole. Publishing what is published changes nothing.
pub fn publish(command: Publish, state: &State) -> Decision {
    let (scopes, operations) =
        check::catalog(command).map_err(|problems| Refusal::CatalogInvalid { problems })?;
    let unchanged = state
        .published()
        .is_some_and(|catalog| *catalog.scopes == *scopes && *catalog.operations == *operations);
    if unchanged {
        return Ok(Vec::new());
    }
    Ok(vec![ScopeCatalogPublished { scopes: scopes.into(), operations: operations.into() }.into()])
}
