//! Public identifiers that clients send: the app key and the client id.

use super::base36;
use crate::Invalid;

const DIGITS: usize = 25;

text_value! {
    /// Names the app in every environment (rule 5): `ak1.` and 25 base 36 digits.
    AppKey
}

impl AppKey {
    const PREFIX: &str = "ak1.";

    /// A new key from 32 random bytes.
    pub fn from_entropy(entropy: [u8; 32]) -> Self {
        Self(format!("{}{}", Self::PREFIX, base36::digits(entropy, DIGITS)).into())
    }

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if has_form(text, Self::PREFIX) { Ok(Self(text.into())) } else { Err(Invalid::AppKey) }
    }
}

text_value! {
    /// Names a credential: `cid.` and 25 base 36 digits.
    ClientId
}

impl ClientId {
    const PREFIX: &str = "cid.";

    /// A new client id from 32 random bytes.
    pub fn from_entropy(entropy: [u8; 32]) -> Self {
        Self(format!("{}{}", Self::PREFIX, base36::digits(entropy, DIGITS)).into())
    }

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if has_form(text, Self::PREFIX) { Ok(Self(text.into())) } else { Err(Invalid::ClientId) }
    }
}

fn has_form(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|digits| base36::is_digits(digits, DIGITS))
}
