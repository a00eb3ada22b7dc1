//! A path, cut into segments, if it can be read in one way only.
//!
//! Servers behind the gate decode and normalise paths, each in its own way. A path that one of them could take for
//! another than the gate does is none: it would be decided as one operation and done as another.

/// Segments of the longest path that is looked at: the real catalog has 13.
const MAX_SEGMENTS: usize = 32;

/// What lies between the slashes.
pub(super) struct Segments<'a> {
    all: [&'a str; MAX_SEGMENTS],
    count: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Stands for itself.
    Plain,
    Slash,
    /// Begins an escape: `%41`.
    Escape,
    /// Begins the query.
    Query,
    /// Cuts a path short or is no part of any: `\`, `#`, `;`, spaces, control characters, what is not ASCII.
    Bad,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Bad; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b'/' => Class::Slash,
            b'%' => Class::Escape,
            b'?' => Class::Query,
            b'\\' | b'#' | b';' => Class::Bad,
            _ if byte.is_ascii_graphic() => Class::Plain,
            _ => Class::Bad,
        };
        byte += 1;
    }
    classes
};

impl<'a> Segments<'a> {
    /// No empty segment, no dot segment, and nothing escaped that could stand there as it is (RFC 3986, 6.2.2.2) or that
    /// means something else once it is decoded. What follows a `?` is not looked at.
    pub(super) fn of(path: &'a str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        let mut segments = Self { all: [""; MAX_SEGMENTS], count: 0 };
        let mut from = 0;
        for (at, byte) in path.bytes().enumerate() {
            match CLASSES[usize::from(byte)] {
                Class::Plain => {}
                Class::Slash => {
                    segments.push(path.get(from..at)?)?;
                    from = at + 1;
                }
                Class::Escape if is_plain_escape(path.as_bytes().get(at + 1..at + 3)?) => {}
                Class::Query => {
                    segments.push(path.get(from..at)?)?;
                    return Some(segments);
                }
                Class::Escape | Class::Bad => return None,
            }
        }
        segments.push(path.get(from..)?)?;
        Some(segments)
    }

    pub(super) fn all(&self) -> &[&'a str] {
        self.all.get(..self.count).unwrap_or_default()
    }

    fn push(&mut self, segment: &'a str) -> Option<()> {
        if matches!(segment, "" | "." | "..") {
            return None;
        }
        *self.all.get_mut(self.count)? = segment;
        self.count += 1;
        Some(())
    }
}

/// Whether the two digits stand for something that has to be escaped and stays one character of a segment.
fn is_plain_escape(digits: &[u8]) -> bool {
    let digit = |digit: &u8| char::from(*digit).to_digit(16);
    let [high, low] = digits else { return false };
    let Some((high, low)) = digit(high).zip(digit(low)) else { return false };
    let byte = u8::try_from(high << 4 | low).unwrap_or_default();
    !is_unreserved(byte) && !matches!(byte, b'/' | b'\\' | b'%' | 0..0x20 | 0x7f)
}

/// RFC 3986, 2.3: the characters that no path encodes or cuts.
pub(super) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
