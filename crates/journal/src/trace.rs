//! What leads from a command's span to the spans of whoever works on its events: their `traceparent`.
//!
//! Nothing here is done, and nothing is looked at, unless spans are exported: the process says so at its start.

use std::{
    collections::HashSet,
    fmt::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

use chancery_wire::Recorded;
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Links that a span may have: as many as collectors take.
const LINKS: usize = 128;

static EXPORTED: AtomicBool = AtomicBool::new(false);

/// Spans are exported from now on.
pub fn export() {
    EXPORTED.store(true, Ordering::Relaxed);
}

pub fn is_exported() -> bool {
    EXPORTED.load(Ordering::Relaxed)
}

/// A span for whoever looks at traces and for nobody else: none, where spans are not exported.
pub fn exported(span: impl FnOnce() -> Span) -> Span {
    if is_exported() { span() } else { Span::none() }
}

/// Makes `span`, which is fresh, a part of the trace that the caller's `traceparent` names; of one of its own where there
/// is none. What events and further calls are to carry as `traceparent` is returned: `None` where nothing is exported.
pub fn go_on(span: &Span, traceparent: Option<&str>) -> Option<String> {
    if !is_exported() {
        return None;
    }
    if let Some(caller) = traceparent.and_then(parse) {
        // Only where there is no exporter, after all.
        let _ = span.set_parent(Context::new().with_remote_span_context(caller));
    }
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| written(&context))
}

/// Makes `span`, which is fresh, a part of the traces of the commands that these events are of. A batch has many parents,
/// and a span has one: it is a part of the first one's trace, and linked to each.
pub fn link<'a>(span: &Span, events: impl IntoIterator<Item = &'a Recorded>) {
    if !is_exported() {
        return;
    }
    let mut known = HashSet::new();
    let parents = events.into_iter().filter_map(|event| event.traceparent.as_deref());
    let parents = parents.filter(|parent| known.insert(*parent)).filter_map(parse).take(LINKS);
    let parents: Vec<SpanContext> = parents.collect();
    // A trace that nobody keeps is nobody's to be shown.
    let first = parents.iter().find(|parent| parent.is_sampled()).or(parents.first());
    if let Some(first) = first {
        let _ = span.set_parent(Context::new().with_remote_span_context(first.clone()));
    }
    for parent in parents.into_iter().filter(SpanContext::is_sampled) {
        span.add_link(parent);
    }
}

/// Version 00 of the W3C's recommendation, which is what events carry.
fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut fields = traceparent.split('-').skip(1);
    let (trace, span, flags) = (fields.next()?, fields.next()?, fields.next()?);
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

fn written(context: &SpanContext) -> String {
    let mut text = String::with_capacity(55);
    let (trace, span, flags) = (context.trace_id(), context.span_id(), context.trace_flags().to_u8());
    let _ = write!(text, "00-{trace:032x}-{span:016x}-{flags:02x}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_written_as_it_was_read() {
        for parent in [
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00f92f3577b34da6a3ce929d0e0e4736-10f067aa0ba902b7-00",
        ] {
            assert_eq!(parse(parent).map(|context| written(&context)).as_deref(), Some(parent));
        }
        assert!(parse("00-00000000000000000000000000000000-00f067aa0ba902b7-01").is_none());
        assert!(parse("nonsense").is_none());
    }
}
