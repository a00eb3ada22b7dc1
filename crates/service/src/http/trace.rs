//! The trace that a request belongs to (W3C Trace Context, level 1).

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderValue};
use uuid::Uuid;

/// The caller's trace, or one that begins here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trace {
    /// 32 lower-case hexadecimal digits.
    pub(super) id: String,
    /// As it goes into the envelope of events.
    pub(super) parent: String,
}

impl Trace {
    /// The one that `traceparent` names; a fresh one where that is missing or malformed, as the standard wants.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self::said(headers.get("traceparent"))
    }

    /// The one that a header names; a fresh one where it names none.
    pub(super) fn said(traceparent: Option<&HeaderValue>) -> Self {
        Self::sent(traceparent).unwrap_or_else(Self::begin)
    }

    /// The one that a header names.
    pub(super) fn sent(traceparent: Option<&HeaderValue>) -> Option<Self> {
        traceparent.and_then(|value| value.to_str().ok()).and_then(Self::parse)
    }

    /// The caller's, if the caller keeps it: the flag `sampled`.
    pub(super) fn sampled(headers: &HeaderMap) -> Option<Self> {
        let trace = Self::parse(headers.get("traceparent")?.to_str().ok()?)?;
        let flags = trace.parent.rsplit('-').next().and_then(|flags| u8::from_str_radix(flags, 16).ok());
        flags.is_some_and(|flags| flags & 1 == 1).then_some(trace)
    }

    /// The same trace id as a UUID: what events of one trace are correlated by.
    pub(super) fn correlation_id(&self) -> Uuid {
        Uuid::try_parse(&self.id).unwrap_or_default()
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('-');
        let (version, id, span, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let well_formed = hexadecimal(version, 2)
            && version != "ff"
            && hexadecimal(id, 32)
            && hexadecimal(span, 16)
            && hexadecimal(flags, 2)
            && id.bytes().any(|digit| digit != b'0')
            && span.bytes().any(|digit| digit != b'0')
            // Later versions may add fields; version 0 has none.
            && (version != "00" || fields.next().is_none());
        well_formed.then(|| Self { id: id.to_owned(), parent: format!("00-{id}-{span}-{flags}") })
    }

    pub(super) fn begin() -> Self {
        let id = Uuid::new_v4().simple().to_string();
        let mut parent = format!("00-{id}-");
        for byte in &Uuid::new_v4().as_bytes()[..8] {
            let _ = write!(parent, "{byte:02x}");
        }
        parent.push_str("-00");
        Self { id, parent }
    }
}

fn hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_traceparent_is_kept() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let trace = Trace::parse(parent).unwrap();
        assert_eq!((trace.id.as_str(), trace.parent.as_str()), ("4bf92f3577b34da6a3ce929d0e0e4736", parent));
    }

    #[test]
    fn a_traceparent_of_a_later_version_is_read_as_far_as_it_is_known() {
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings";
        assert_eq!(
            Trace::parse(later).unwrap().parent,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        );
    }

    #[test]
    fn a_trace_that_its_caller_keeps_is_sampled() {
        let headers = |flags: &str| {
            let parent = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
            HeaderMap::from_iter([(
                axum::http::HeaderName::from_static("traceparent"),
                parent.parse().unwrap(),
            )])
        };
        assert!(Trace::sampled(&headers("01")).is_some() && Trace::sampled(&headers("03")).is_some());
        assert!(Trace::sampled(&headers("00")).is_none() && Trace::sampled(&HeaderMap::new()).is_none());
    }

    #[test]
    fn a_malformed_traceparent_is_no_traceparent() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(Trace::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_fresh_trace_is_a_valid_one() {
        let trace = Trace::begin();
        assert_eq!(Trace::parse(&trace.parent), Some(trace));
    }
}
