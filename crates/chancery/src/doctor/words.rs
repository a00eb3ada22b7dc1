//! Numbers as people read them.

/// Seconds for which whoever follows the log may lack an event before somebody should look: as the projections have it.
pub(super) const LATE: f64 = 10.0;

/// `1.5 GiB`
pub(super) fn bytes(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    let mut size = bytes as f64;
    let mut unit = "B";
    for next in units {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, next);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") }
}

/// `0.3 s`, `4.0 min`, `2.5 h`
pub(super) fn seconds(seconds: f64) -> String {
    match seconds.abs() {
        short if short < 120.0 => format!("{seconds:.1} s"),
        medium if medium < 7200.0 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// How much of `whole`, in percent.
pub(super) fn percent(part: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(part) * 100 / u128::from(whole.max(1))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 1023, 1536, 5 << 30].map(bytes), ["0 B", "1023 B", "1.5 KiB", "5.0 GiB"]);
        assert_eq!([0.25, 240.0, 9000.0].map(seconds), ["0.2 s", "4.0 min", "2.5 h"]);
        assert_eq!((percent(1, 4), percent(1, 0), percent(u64::MAX, u64::MAX)), (25, 100, 100));
    }
}
