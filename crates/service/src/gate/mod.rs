//! The gate inside the process: the log folded in memory, and how fresh that is.
//!
//! One task follows the whole log. What it folds decides calls (`chancery_gate`) and knows which client may get a
//! token ([`Credentials`]); both are at one position, so that a token's position says what its issuer knew.

mod credentials;
mod folded;
mod house;
mod settings;

pub use credentials::{Credential, Credentials, Holder, Place, Secret};
pub(crate) use folded::{Folded, message};
pub use house::{GateHouse, View};
pub use settings::GateSettings;
