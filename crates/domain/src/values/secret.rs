//! Texts that are shown once, and what is kept of them (rule 20).

use std::fmt;

use super::base36;

/// More than 256 bits: 36^50 > 2^258.
const DIGITS: usize = 50;

/// A text that is shown once. It is neither printed nor cloned, and cannot be compared.
macro_rules! secret_text {
    ($(#[$doc:meta])* $name:ident $prefix:literal) => {
        $(#[$doc])*
        pub struct $name(String);

        impl $name {
            /// A new one from 64 random bytes.
            pub fn from_entropy(entropy: [u8; 64]) -> Self {
                Self(format!("{}{}", $prefix, base36::digits(entropy, DIGITS)))
            }

            /// The text, to hash it and to show it once.
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// Its last four characters.
            pub fn hint(&self) -> Hint {
                Hint::recorded(&self.0[self.0.len() - 4..])
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(not printed)"))
            }
        }
    };
}

secret_text! {
    /// An app's client secret: `cs1.` and 50 base 36 digits.
    Secret "cs1."
}

secret_text! {
    /// A bearer token for Chancery's own API: `cat1.` and 50 base 36 digits.
    ApiToken "cat1."
}

text_value! {
    /// The last four characters of a secret, by which people tell secrets apart.
    Hint
}

/// SHA-256 of a secret's text. Enough to recognise 256 random bits, useless to guess them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256(pub [u8; 32]);

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sha256(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}
