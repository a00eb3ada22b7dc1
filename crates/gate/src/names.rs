//! App keys and client ids, packed: a prefix and 25 base-36 digits are 130 bits.
//!
//! A text is turned into two numbers and back; no other text becomes the same two, so comparing them compares the
//! texts, without an allocation for each of a million connections.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

const DIGITS: usize = 25;
/// As many as fit into 64 bits.
const LOW: usize = 12;
/// What so many digits stay below.
const BELOW: u128 = 36_u128.pow(12);
const DIGIT: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// 25 base-36 digits as they are: the few keys of apps are looked up with every call, and need not be small.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Plain([u8; DIGITS]);

/// Keys are drawn at random: their last sixteen digits tell one from the others.
impl Hash for Plain {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Some(last) = self.0.last_chunk() {
            state.write_u128(u128::from_ne_bytes(*last));
        }
    }
}

impl Plain {
    fn parse(digits: &[u8]) -> Option<Self> {
        let digits: [u8; DIGITS] = digits.try_into().ok()?;
        // All of them are looked at, which takes less than to stop at the first that is wrong.
        let right = digits.iter().fold(true, |right, digit| right & value(*digit).is_some());
        right.then_some(Self(digits))
    }

    fn write(self, prefix: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{prefix}{}", self.0.escape_ascii())
    }
}

/// 25 base-36 digits in 17 bytes: as many credentials as connections are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Packed {
    high: [u8; 9],
    low: [u8; 8],
}

impl Packed {
    fn parse(digits: &[u8]) -> Option<Self> {
        let (high, low) = digits.split_at_checked(DIGITS - LOW)?;
        let low = u64::try_from(number(low, LOW)?).ok()?;
        let [.., h0, h1, h2, h3, h4, h5, h6, h7, h8] = number(high, DIGITS - LOW)?.to_be_bytes();
        Some(Self { high: [h0, h1, h2, h3, h4, h5, h6, h7, h8], low: low.to_be_bytes() })
    }

    fn write(self, prefix: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut high = [0; 16];
        high[7..].copy_from_slice(&self.high);
        let mut text = [b'0'; DIGITS];
        let (first, rest) = text.split_at_mut(DIGITS - LOW);
        // The first digit apart, the rest of them fits into 64 bits, which are divided much faster than 128.
        let high = u128::from_be_bytes(high);
        digits(u64::try_from(high / BELOW).unwrap_or_default(), &mut first[..1]);
        digits(u64::try_from(high % BELOW).unwrap_or_default(), &mut first[1..]);
        digits(u64::from_be_bytes(self.low), rest);
        f.write_str(prefix)?;
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// Exactly `count` lower-case base-36 digits as a number.
fn number(digits: &[u8], count: usize) -> Option<u128> {
    if digits.len() != count {
        return None;
    }
    // As far as 64 bits reach, which is much faster than 128 all the way.
    let (first, rest) = digits.split_at_checked(LOW)?;
    let first =
        first.iter().try_fold(0, |number: u64, digit| Some(number * 36 + u64::from(value(*digit)?)))?;
    rest.iter().try_fold(first.into(), |number: u128, digit| Some(number * 36 + u128::from(value(*digit)?)))
}

const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'z' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Writes a number as base-36 digits, all places filled.
fn digits(mut number: u64, places: &mut [u8]) {
    for place in places.iter_mut().rev() {
        *place = DIGIT[usize::try_from(number % 36).unwrap_or_default()];
        number /= 36;
    }
}

/// `$name`: a text of a prefix and 25 digits.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident($digits:ident), $prefix:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name($digits);

        impl $name {
            /// Nothing but what was issued in this form is one.
            pub fn parse(text: &str) -> Option<Self> {
                $digits::parse(text.strip_prefix($prefix)?.as_bytes()).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write($prefix, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| {
                    serde::de::Error::invalid_value(serde::de::Unexpected::Str(&text), &$expected)
                })
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

name! {
    /// Names an app, in every environment (rule 5).
    AppKey(Plain), "ak1.", "ak1. and 25 digits of base 36"
}
name! {
    /// Names a credential.
    ClientId(Packed), "cid.", "cid. and 25 digits of base 36"
}

impl ClientId {
    /// Whose claims say nothing about it.
    pub(crate) const NOBODY: Self = Self(Packed { high: [0; 9], low: [0; 8] });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_is_read_back_as_it_was_written(text in "cid\\.[0-9a-z]{25}") {
            prop_assert_eq!(ClientId::parse(&text).unwrap().to_string(), text);
        }

        #[test]
        fn nothing_else_is_a_name(text in "(cid\\.|ak1\\.|)[0-9a-zA-Z.é]{20,30}") {
            let right = text.len() == 29
                && text.starts_with("ak1.")
                && text[4..].bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
            prop_assert_eq!(AppKey::parse(&text).is_some(), right);
        }
    }

    #[test]
    fn the_greatest_name_fits() {
        let text = format!("ak1.{}", "z".repeat(25));
        assert_eq!(AppKey::parse(&text).unwrap().to_string(), text);
    }
}
