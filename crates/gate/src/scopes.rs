//! Scopes and environments as small numbers.

use hashbrown::HashMap;

/// A set of scopes: one bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(Vec<u64>);

/// A scope's bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScopeId(u32);

/// An environment's number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct EnvironmentId(u8);

impl Scopes {
    pub(crate) fn insert(&mut self, ScopeId(id): ScopeId) {
        let (word, bit) = (id as usize / 64, id % 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << bit;
    }

    pub(crate) fn contains(&self, ScopeId(id): ScopeId) -> bool {
        self.0.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }
}

impl Scopes {
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Adds those of the others.
    pub(crate) fn extend(&mut self, others: &Self) {
        if self.0.len() < others.0.len() {
            self.0.resize(others.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            *word |= other;
        }
    }

    /// Those that both have.
    pub(crate) fn and(&self, others: &Self) -> Self {
        Self(self.0.iter().zip(&others.0).map(|(word, other)| word & other).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = ScopeId> {
        self.0.iter().zip(0..).flat_map(|(word, at)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| ScopeId(at * 64 + bit))
        })
    }
}

/// Every scope and environment that was ever named. Numbers are given once and never again, in the order of the log: they
/// are the same in every gate of one log, however it came to its position.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    scopes: HashMap<Box<str>, ScopeId>,
    texts: Vec<Box<str>>,
    environments: Vec<Box<str>>,
}

impl Names {
    pub(crate) fn scope(&mut self, text: &str) -> ScopeId {
        if let Some(id) = self.scopes.get(text) {
            return *id;
        }
        let id = ScopeId(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text.into());
        self.scopes.insert(text.into(), id);
        id
    }

    pub(crate) fn scopes(&mut self, texts: &[String]) -> Scopes {
        let mut scopes = Scopes::default();
        for text in texts {
            scopes.insert(self.scope(text));
        }
        scopes
    }

    /// Those of the texts that are known: a scope that nothing names is granted nowhere.
    pub(crate) fn known<'a>(&self, texts: impl Iterator<Item = &'a str>) -> Scopes {
        let mut scopes = Scopes::default();
        for id in texts.filter_map(|text| self.scopes.get(text)) {
            scopes.insert(*id);
        }
        scopes
    }

    pub(crate) fn texts(&self) -> &[Box<str>] {
        &self.texts
    }

    pub(crate) fn environments(&self) -> &[Box<str>] {
        &self.environments
    }

    pub(crate) fn environment_text(&self, EnvironmentId(id): EnvironmentId) -> &str {
        self.environments.get(usize::from(id)).map_or("", |text| text)
    }

    pub(crate) fn known_scope(&self, text: &str) -> Option<ScopeId> {
        self.scopes.get(text).copied()
    }

    pub(crate) fn text(&self, ScopeId(id): ScopeId) -> &str {
        self.texts.get(id as usize).map_or("", |text| text)
    }

    /// The environments are a configured list, a handful.
    pub(crate) fn environment(&mut self, text: &str) -> EnvironmentId {
        self.known_environment(text).unwrap_or_else(|| {
            self.environments.push(text.into());
            EnvironmentId(u8::try_from(self.environments.len() - 1).unwrap_or(u8::MAX))
        })
    }

    pub(crate) fn known_environment(&self, text: &str) -> Option<EnvironmentId> {
        let at = self.environments.iter().position(|environment| **environment == *text)?;
        u8::try_from(at).ok().map(EnvironmentId)
    }
}
