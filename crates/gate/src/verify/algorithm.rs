//! How tokens are signed.

use std::{fmt, str::FromStr};

/// The three that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Algorithm {
    #[default]
    Es256,
    Rs256,
    EdDsa,
}

/// The word is none of the algorithms'.
#[derive(Debug, Clone, thiserror::Error)]
#[error("name ES256, RS256 or EdDSA")]
pub struct AlgorithmUnknown;

impl Algorithm {
    pub const ALL: [Self; 3] = [Self::Es256, Self::Rs256, Self::EdDsa];

    /// As tokens name it (RFC 7518 and 8037).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(super) const fn for_verifying(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

impl FromStr for Algorithm {
    type Err = AlgorithmUnknown;

    fn from_str(word: &str) -> Result<Self, AlgorithmUnknown> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == word).ok_or(AlgorithmUnknown)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
