//! Structured logs, and traces where somebody collects them. What to log is `RUST_LOG`; how, an option of `serve`;
//! where traces go is said by the standard variables of OpenTelemetry, and nothing is done about them without.

mod export;

use std::io::IsTerminal as _;

use opentelemetry::trace::TracerProvider as _;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    EnvFilter, Layer, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

pub(crate) use export::Exporter;

use crate::cli::LogFormat;

/// Everything of ours at `info`, others only when something is wrong.
const DEFAULT: &str = "warn,chancery=info,chancery_service=info,chancery_journal=info,chancery_relay=info,\
                       chancery_sdk=info,chancery_views=info";

/// To be called where tokio runs. What is returned is ended last.
pub(crate) fn start(format: LogFormat) -> anyhow::Result<Option<Exporter>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let Some(exporter) = Exporter::configured()? else {
        tracing_subscriber::registry().with(filter).with(lines(format)).init();
        return Ok(None);
    };
    // Our own spans, whatever is logged.
    let ours = Targets::new().with_target("chancery", LevelFilter::INFO);
    let spans = tracing_opentelemetry::layer()
        .with_tracer(exporter.provider().tracer("chancery"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(ours);
    tracing_subscriber::registry().with(spans).with(lines(format).with_filter(filter)).init();
    chancery_journal::trace::export();
    Ok(Some(exporter))
}

fn lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    match format {
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal();
            fmt::layer().with_ansi(colours).with_writer(std::io::stderr).boxed()
        }
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed(),
    }
}
