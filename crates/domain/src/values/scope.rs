//! Scopes, and sets of them.

use std::{fmt, sync::Arc};

use crate::Invalid;

/// What a scope allows. Modify does not imply View.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    View,
    Modify,
}

text_value! {
    /// `tn.<module>.<resource>:r` (View) or `:w` (Modify); modules and resources are lower-case letters,
    /// digits, `-` and `_`. At most 100 characters.
    Scope
}

impl Scope {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let well_formed = text.len() <= 100
            && parts(text).is_some_and(|(module, resource, _)| is_word(module) && is_word(resource));
        if well_formed {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::Scope { text: text.chars().take(100).collect() })
        }
    }

    /// Empty only for a text that the log holds in a form unknown to this build.
    pub fn module(&self) -> &str {
        parts(&self.0).map_or("", |(module, ..)| module)
    }

    /// Empty only for a text that the log holds in a form unknown to this build.
    pub fn resource(&self) -> &str {
        parts(&self.0).map_or("", |(_, resource, _)| resource)
    }

    pub fn access(&self) -> Access {
        if self.0.ends_with(":w") { Access::Modify } else { Access::View }
    }
}

fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (path, access) = text.strip_prefix("tn.")?.rsplit_once(':')?;
    let (module, resource) = path.split_once('.')?;
    matches!(access, "r" | "w").then_some((module, resource, access))
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

/// Scopes, sorted, each once. Cheap to clone: versions, grants and caches share one.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(Arc<[Scope]>);

impl ScopeSet {
    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.binary_search(scope).is_ok()
    }

    /// What is here and not in `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.iter().filter(|scope| !other.contains(scope)).cloned().collect()
    }

    /// What is here or in `other`.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.iter().chain(other).cloned().collect()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut scopes: Vec<_> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes.into())
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{scope}")?;
        }
        Ok(())
    }
}
