//! Apps by key and by id, with the scopes of each version.

use std::{num::NonZeroU32, sync::Arc};

use hashbrown::HashMap;
use uuid::Uuid;

use crate::{AppKey, Scopes, scopes::ScopeId};

/// An app's place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AppIndex(pub(crate) u32);

#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) id: Uuid,
    pub(crate) key: AppKey,
    pub(crate) deleted: bool,
    /// Version 1 first.
    versions: Vec<Scopes>,
}

impl App {
    pub(crate) fn latest(&self) -> u32 {
        u32::try_from(self.versions.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn versions(&self) -> &[Scopes] {
        &self.versions
    }

    /// The scopes of a version.
    pub(crate) fn scopes(&self, version: u32) -> Option<&Scopes> {
        let at = version.checked_sub(1).map(|at| at as usize);
        at.and_then(|at| self.versions.get(at))
    }

    /// Whether the version has the scope.
    pub(crate) fn grants(&self, version: u32, scope: ScopeId) -> bool {
        self.scopes(version).is_some_and(|scopes| scopes.contains(scope))
    }

    /// The first version from `version` on that has the scope.
    pub(crate) fn granted_from(&self, version: u32, scope: ScopeId) -> Option<u32> {
        (version.max(1)..=self.latest()).find(|version| self.grants(*version, scope))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Apps {
    /// Shared with snapshots.
    table: Vec<Arc<App>>,
    keys: HashMap<AppKey, AppIndex>,
    ids: HashMap<Uuid, AppIndex>,
}

impl Apps {
    pub(crate) fn create(&mut self, app_id: Uuid, app_key: AppKey, versions: Vec<Scopes>) {
        let index = AppIndex(u32::try_from(self.table.len()).unwrap_or(u32::MAX));
        self.table.push(Arc::new(App { id: app_id, key: app_key, deleted: false, versions }));
        self.keys.insert(app_key, index);
        self.ids.insert(app_id, index);
    }

    /// Versions come in order, each once. One that was passed over has no scope.
    pub(crate) fn publish(&mut self, app_id: Uuid, version: NonZeroU32, scopes: Scopes) {
        let Some(app) = self.known(app_id) else { return };
        let at = version.get() as usize - 1;
        if app.versions.len() <= at {
            app.versions.resize(at + 1, Scopes::default());
        }
        app.versions[at] = scopes;
    }

    pub(crate) fn delete(&mut self, app_id: Uuid) {
        if let Some(app) = self.known(app_id) {
            app.deleted = true;
        }
    }

    pub(crate) fn by_key(&self, key: AppKey) -> Option<(AppIndex, &App)> {
        let index = *self.keys.get(&key)?;
        Some((index, self.get(index)?))
    }

    pub(crate) fn get(&self, index: AppIndex) -> Option<&App> {
        self.table.get(index.0 as usize).map(|app| &**app)
    }

    pub(crate) fn index(&self, app_id: Uuid) -> Option<AppIndex> {
        self.ids.get(&app_id).copied()
    }

    pub(crate) fn table(&self) -> &[Arc<App>] {
        &self.table
    }

    fn known(&mut self, app_id: Uuid) -> Option<&mut App> {
        let index = self.index(app_id)?;
        self.table.get_mut(index.0 as usize).map(Arc::make_mut)
    }
}
