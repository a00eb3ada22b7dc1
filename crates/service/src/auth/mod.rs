//! Who calls: bearer tokens of Chancery's own, issued and revoked by events.

mod principal;
mod tokens;

pub use principal::Principal;
pub use tokens::{AuthError, Tokens};
