//! An app's versions (rules 7 and 8): kept as what each added and removed, so that a thousand edits of a
//! large set stay small, and read as whole sets.

use rpds::VectorSync;

use crate::{AppVersion, ScopeSet, Stamp};

/// All versions of an app. There is always a first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    latest: AppVersion,
    scopes: ScopeSet,
    /// One for each version, in order. Shared between an app and the app after the next edit, so that an edit costs
    /// the same however many came before it.
    edits: VectorSync<Edit>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    change: Difference,
    published: Stamp,
}

/// What one set of scopes has that another has not, and the other way round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    pub added: ScopeSet,
    pub removed: ScopeSet,
}

/// One version as version history shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub version: AppVersion,
    pub scopes: ScopeSet,
    pub added: ScopeSet,
    pub removed: ScopeSet,
    pub published: Stamp,
}

impl Difference {
    /// What leads from one set to another.
    pub fn between(from: &ScopeSet, to: &ScopeSet) -> Self {
        Self { added: to.minus(from), removed: from.minus(to) }
    }

    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    fn apply(&self, scopes: &ScopeSet) -> ScopeSet {
        scopes.minus(&self.removed).plus(&self.added)
    }

    fn undo(&self, scopes: &ScopeSet) -> ScopeSet {
        scopes.minus(&self.added).plus(&self.removed)
    }
}

impl History {
    pub(super) fn first(scopes: ScopeSet, published: Stamp) -> Self {
        let change = Difference { added: scopes.clone(), removed: ScopeSet::default() };
        Self { latest: AppVersion::FIRST, scopes, edits: [Edit { change, published }].into_iter().collect() }
    }

    pub(super) fn publish(&mut self, scopes: ScopeSet, published: Stamp) {
        let change = Difference::between(&self.scopes, &scopes);
        self.edits.push_back_mut(Edit { change, published });
        self.latest = self.latest.next();
        self.scopes = scopes;
    }

    /// The number of the latest version.
    pub const fn latest(&self) -> AppVersion {
        self.latest
    }

    /// The scopes of the latest version.
    pub const fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// The scopes of one version.
    pub fn scopes_at(&self, version: AppVersion) -> Option<ScopeSet> {
        let place =
            usize::try_from(version.get()).ok().filter(|place| (1..=self.edits.len()).contains(place))?;
        Some(
            self.edits
                .iter()
                .skip(place)
                .rev()
                .fold(self.scopes.clone(), |scopes, edit| edit.change.undo(&scopes)),
        )
    }

    /// What an upgrade from `granted` to the latest version brings: two edits make one offer (rule 22).
    /// Empty where there is no such version.
    pub fn offer(&self, granted: AppVersion) -> Difference {
        let granted = self.scopes_at(granted).unwrap_or_else(|| self.scopes.clone());
        Difference::between(&granted, &self.scopes)
    }

    /// Every version, from the first.
    pub fn versions(&self) -> impl Iterator<Item = Version> + '_ {
        self.edits.iter().scan((None, ScopeSet::default()), |(number, scopes), edit| {
            let version = number.map_or(AppVersion::FIRST, AppVersion::next);
            (*number, *scopes) = (Some(version), edit.change.apply(scopes));
            let Difference { added, removed } = edit.change.clone();
            Some(Version {
                version,
                scopes: scopes.clone(),
                added,
                removed,
                published: edit.published.clone(),
            })
        })
    }
}
