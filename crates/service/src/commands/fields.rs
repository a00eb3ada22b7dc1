//! Reading the values of a body, all of them, so that every problem is told at once.

use chancery_domain::Invalid;
use serde::{Deserialize, Deserializer};

use super::{CommandError, FieldError};

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<FieldError>);

impl Fields {
    /// The value, if it is right.
    pub(super) fn read<T>(&mut self, pointer: impl Into<String>, value: Result<T, Invalid>) -> Option<T> {
        value.map_err(|source| self.0.push(FieldError { pointer: pointer.into(), source })).ok()
    }

    /// The value of a field that was sent, if it is right.
    pub(super) fn optional<T>(
        &mut self,
        pointer: &str,
        text: Option<&str>,
        read: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        text.and_then(|text| self.read(pointer, read(text)))
    }

    /// A field that must not be sent here.
    pub(super) fn absent<T>(&mut self, pointer: &str, sent: Option<&T>, unexpected: Invalid) {
        if sent.is_some() {
            self.0.push(FieldError { pointer: pointer.into(), source: unexpected });
        }
    }

    /// Each value of a list, if all are right.
    pub(super) fn each<T, U>(
        &mut self,
        pointer: &str,
        values: impl IntoIterator<Item = T>,
        read: impl Fn(T) -> Result<U, Invalid>,
    ) -> Vec<U> {
        let one = |(index, value)| self.read(format!("{pointer}/{index}"), read(value));
        values.into_iter().enumerate().filter_map(one).collect()
    }

    /// Refuses if anything was wrong; then every `Some` that was read is there.
    pub(super) fn done<T>(self, command: Option<T>) -> Result<T, CommandError> {
        match command {
            Some(command) if self.0.is_empty() => Ok(command),
            _ => Err(CommandError::Invalid(self.0)),
        }
    }
}

/// Reads a field that may be left out and may not be null: null would look like a wish to empty it.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    field: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}
