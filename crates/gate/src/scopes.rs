//! Scopes and environments as small numbers.

use hashbrown::HashMap;

/// A set of scopes: one bit each. Those of a usual catalog lie in the set itself.
#[derive(Debug, Clone)]
pub struct Scopes(Words);

#[derive(Debug, Clone)]
enum Words {
    Few([u64; 4]),
    Many(Box<[u64]>),
}

/// A scope's bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScopeId(u32);

impl ScopeId {
    /// Of one that no event has named: it is in no set.
    pub(crate) const UNNAMED: Self = Self(u32::MAX);
}

/// An environment's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EnvironmentId(pub(crate) u8);

impl Default for Scopes {
    fn default() -> Self {
        Self(Words::Few([0; 4]))
    }
}

impl PartialEq for Scopes {
    fn eq(&self, other: &Self) -> bool {
        let words = self.words().len().max(other.words().len());
        (0..words).all(|at| self.word(at) == other.word(at))
    }
}

impl Eq for Scopes {}

impl Scopes {
    pub fn is_empty(&self) -> bool {
        self.words().iter().all(|word| *word == 0)
    }

    pub(crate) fn insert(&mut self, ScopeId(id): ScopeId) {
        self.add(id as usize / 64, 1 << (id % 64));
    }

    #[inline]
    pub(crate) fn contains(&self, ScopeId(id): ScopeId) -> bool {
        self.word(id as usize / 64) >> (id % 64) & 1 == 1
    }

    /// Adds those of the others.
    pub(crate) fn extend(&mut self, others: &Self) {
        for (at, word) in others.words().iter().enumerate() {
            self.add(at, *word);
        }
    }

    /// Those that both have.
    pub(crate) fn and(&self, others: &Self) -> Self {
        let mut both = Self::default();
        for (at, word) in self.words().iter().enumerate() {
            both.add(at, word & others.word(at));
        }
        both
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = ScopeId> {
        self.words().iter().zip(0..).flat_map(|(word, at)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| ScopeId(at * 64 + bit))
        })
    }

    #[inline]
    const fn words(&self) -> &[u64] {
        match &self.0 {
            Words::Few(words) => words,
            Words::Many(words) => words,
        }
    }

    #[inline]
    fn word(&self, at: usize) -> u64 {
        self.words().get(at).copied().unwrap_or_default()
    }

    fn add(&mut self, at: usize, bits: u64) {
        if bits != 0 && at >= self.words().len() {
            let mut words = self.words().to_vec();
            words.resize(at + 1, 0);
            self.0 = Words::Many(words.into());
        }
        let words = match &mut self.0 {
            Words::Few(words) => &mut words[..],
            Words::Many(words) => words,
        };
        if let Some(word) = words.get_mut(at) {
            *word |= bits;
        }
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

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_set, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn scopes_are_a_set_however_many_there_are(
            first in btree_set(0..400_u32, 0..30),
            second in btree_set(0..400_u32, 0..30),
        ) {
            let set = |ids: &mut dyn Iterator<Item = u32>| {
                let mut scopes = Scopes::default();
                ids.for_each(|id| scopes.insert(ScopeId(id)));
                scopes
            };
            let (a, b) = (set(&mut first.iter().copied()), set(&mut second.iter().copied()));
            prop_assert_eq!(a.iter().map(|ScopeId(id)| id).collect::<Vec<_>>(), Vec::from_iter(first.clone()));
            prop_assert!((0..500).all(|id| a.contains(ScopeId(id)) == first.contains(&id)));
            prop_assert_eq!(a.and(&b), set(&mut first.intersection(&second).copied()));
            prop_assert_eq!(a == b, first == second);
            prop_assert_eq!(a.is_empty(), first.is_empty());
            let mut both = a;
            both.extend(&b);
            prop_assert_eq!(both, set(&mut first.union(&second).copied()));
        }
    }
}
