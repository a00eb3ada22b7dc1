//! Sketches as they are stored: so that Postgres merges two by writing one after the other.

use chancery_wire::usage::Sketch;

/// Pairs of bucket and count, each number in groups of seven bits, the lowest first, with the eighth bit set where
/// another group follows (LEB128). A bucket may come any number of times.
pub(super) fn write(sketch: &Sketch) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(sketch.buckets().len() * 4);
    for (index, count) in sketch.buckets() {
        write_number(&mut bytes, u64::from(index));
        write_number(&mut bytes, count);
    }
    bytes
}

/// Reads what [`write`] wrote, any number of times. What else stands there is passed over.
pub(super) fn read(bytes: &[u8]) -> Sketch {
    let mut numbers = Numbers(bytes);
    std::iter::from_fn(|| Some((numbers.next()?, numbers.next()?)))
        .map(|(index, count)| (u16::try_from(index).unwrap_or(u16::MAX), count))
        .collect()
}

fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while let more @ 1.. = number >> 7 {
        bytes.push(low(number) | 0x80);
        number = more;
    }
    bytes.push(low(number));
}

/// The lowest seven bits.
fn low(number: u64) -> u8 {
    number.to_le_bytes()[0] & 0x7f
}

struct Numbers<'a>(&'a [u8]);

impl Iterator for Numbers<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let length = self.0.iter().position(|byte| byte & 0x80 == 0)? + 1;
        let (number, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(number.iter().rev().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch() -> impl Strategy<Value = Sketch> {
        prop::collection::vec((0..=Sketch::MAX_INDEX, 1..=Sketch::MAX_COUNT), 0..50)
            .prop_map(|buckets| buckets.into_iter().collect())
    }

    proptest! {
        #[test]
        fn one_after_the_other_they_are_merged(one in sketch(), other in sketch()) {
            prop_assert_eq!(&read(&write(&one)), &one);
            let both = read(&[write(&one), write(&other)].concat());
            let mut merged = one;
            merged.merge(&other);
            prop_assert_eq!(both, merged);
        }

        #[test]
        fn nothing_that_stands_there_does_harm(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            read(&bytes);
        }
    }
}
