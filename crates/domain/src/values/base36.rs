//! Lower-case base 36, the alphabet of keys, client ids and secrets.
//!
//! No crate of ours encodes a fixed number of uniform digits: the usual ones encode all of the bytes, so that
//! the first digit is skewed and the length varies.

use std::iter;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// `count` digits of the big-endian number `entropy`, the lowest ones.
///
/// The digits are uniform up to `36^count / 256^N`: callers take enough bytes that this is below 2^-100.
pub(super) fn digits<const N: usize>(mut entropy: [u8; N], count: usize) -> String {
    iter::repeat_with(|| char::from(DIGITS[usize::from(divide(&mut entropy))])).take(count).collect()
}

/// Whether `text` is `count` digits.
pub(super) fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| DIGITS.contains(&byte))
}

/// Divides the number by 36 in place and returns the remainder.
fn divide(number: &mut [u8]) -> u8 {
    let mut remainder: u16 = 0;
    for byte in number {
        let dividend = remainder << 8 | u16::from(*byte);
        // The remainder so far is below 36, so the quotient fits a byte.
        *byte = (dividend / 36).to_le_bytes()[0];
        remainder = dividend % 36;
    }
    remainder.to_le_bytes()[0]
}
