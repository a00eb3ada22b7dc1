//! Is this token one of ours? Verified once, then known by the hash of the whole of it.
//!
//! Whether it is still good is not asked here: that changes, and [`crate::Gate::check`] knows. Keys and time arrive as
//! data, like everything else in this crate.

mod algorithm;
mod claims;
mod keys;
mod reader;
mod verifier;

pub use algorithm::{Algorithm, AlgorithmUnknown};
pub use claims::TokenClaims;
pub use keys::{JwksError, TrustedKey, TrustedKeys};
pub use verifier::{Authentic, Opened, Verified, Verifier};

/// The `typ` of an access token (RFC 9068).
pub const TYPE: &str = "at+jwt";

/// Who issues tokens, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Where the service that issues them is reached from outside, without a slash at its end.
    pub url: String,
    /// The API that the tokens are for.
    pub audience: String,
}

/// The token is none of ours: malformed, of another issuer or audience, its signature is wrong, or it is from the
/// future. Which one is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid")]
pub struct TokenInvalid;
