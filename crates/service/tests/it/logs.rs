//! What the service logs while a test listens.
//!
//! One subscriber for the whole process, because callsites remember what they were told first; it hears a thread only
//! while a test on that thread records. The service of a test runs on the test's own thread.

use std::{
    cell::RefCell,
    io::{self, Write},
    sync::Once,
};

use tracing_subscriber::{
    Layer as _, filter,
    fmt::{self, format::FmtSpan},
    layer::SubscriberExt as _,
    registry,
    util::SubscriberInitExt as _,
};

thread_local! {
    static RECORDED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Records everything down to the last trace.
pub fn record() {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        let recording = filter::dynamic_filter_fn(|_, _| RECORDED.with_borrow(Option::is_some));
        let layer = fmt::layer().with_span_events(FmtSpan::FULL).with_ansi(false).with_writer(|| Recorder);
        registry().with(layer.with_filter(recording)).init();
    });
    RECORDED.set(Some(Vec::new()));
}

/// What was logged since.
pub fn recorded() -> String {
    String::from_utf8(RECORDED.take().unwrap()).unwrap()
}

struct Recorder;

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        RECORDED.with_borrow_mut(|recorded| {
            if let Some(recorded) = recorded {
                recorded.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
