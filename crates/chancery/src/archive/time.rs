//! Times as an export writes them: RFC 3339 in UTC, always with six decimals, so that equal times are equal texts.

use anyhow::Context as _;
use jiff::Timestamp;

/// Writes times. Neighbours in the log share their second, whose text is kept.
#[derive(Debug)]
pub(super) struct Clock {
    second: i64,
    text: String,
}

impl Default for Clock {
    fn default() -> Self {
        Self { second: i64::MIN, text: String::new() }
    }
}

impl Clock {
    /// Appends the time of so many microseconds since 1970.
    pub(super) fn write(&mut self, micros: i64, out: &mut Vec<u8>) -> anyhow::Result<()> {
        let (second, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
        if second != self.second {
            let time = Timestamp::from_second(second).context("a time that no calendar has")?;
            self.text = time.strftime("%Y-%m-%dT%H:%M:%S.").to_string();
            self.second = second;
        }
        out.extend_from_slice(self.text.as_bytes());
        let mut digits = *b"000000Z";
        let mut left = fraction;
        for digit in digits[..6].iter_mut().rev() {
            *digit = b"0123456789"[usize::try_from(left % 10).unwrap_or_default()];
            left /= 10;
        }
        out.extend_from_slice(&digits);
        Ok(())
    }
}

/// How a time is written; a 0 is any digit.
const FORM: &[u8] = b"0000-00-00T00:00:00.000000Z";

/// Reads what [`Clock`] wrote, and no other spelling of it: no hash covers how it is spelled.
pub(super) fn read(text: &str) -> anyhow::Result<i64> {
    let time: Timestamp = text.parse().with_context(|| format!("{text} is no time"))?;
    let as_written = text.len() == FORM.len()
        && text.bytes().zip(FORM).all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form })
        // A leap second is read as the one before it.
        && text.as_bytes()[17] < b'6';
    anyhow::ensure!(as_written, "{text} is a time in another spelling");
    Ok(time.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_six_decimals_and_come_back() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1_700_000_000_000_007, "2023-11-14T22:13:20.000007Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
        ] {
            let mut out = Vec::new();
            Clock::default().write(micros, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), text);
            assert_eq!(read(text).unwrap(), micros);
        }
    }

    #[test]
    fn a_time_in_another_spelling_is_refused() {
        for text in [
            "1970-01-01T00:00:00Z",
            "1970-01-01 00:00:00.000000Z",
            "1970-01-01T00:00:00.000000z",
            "1970-01-01T00:00:00.0000000Z",
            "1970-01-01T01:00:00.000000+01:00",
            "+001970-01-01T00:00:00.000000Z",
            "1969-12-31T23:59:60.000000Z",
            "",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
