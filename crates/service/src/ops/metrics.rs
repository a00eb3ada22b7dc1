//! Numbers that the process counts, in the text format that Prometheus reads.

use std::{
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Instant,
};

use axum::http::{Method, StatusCode};
use chancery_journal::Journal;
use prometheus_client::{
    collector::Collector,
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::Gauge,
        histogram::Histogram,
    },
    registry::{Registry, Unit},
};

use super::projections::Projections;

/// Everything that is counted. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<RwLock<Registry>>,
    /// Looked up in the log's database.
    projections: Arc<OnceLock<Projections>>,
    pub(crate) http: HttpMetrics,
    pub(crate) commands: CommandMetrics,
    pub(crate) connect: ConnectMetrics,
    /// Also those that are not recorded, because the day's first was (rule 2).
    pub(crate) tunneling_attempts: Counter,
}

/// Requests by route.
#[derive(Debug, Clone)]
pub(crate) struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram, Seconds>,
    in_flight: Gauge,
}

/// One route's, looked up once: for what is answered so often that looking them up would be felt.
#[derive(Debug, Clone)]
pub(crate) struct RouteMetrics {
    route: &'static str,
    /// By the hundreds of the status.
    requests: [Counter; CLASSES.len()],
    seconds: Histogram,
    in_flight: Gauge,
}

/// One request of a [`RouteMetrics`].
#[derive(Debug)]
pub(crate) struct RouteTimer<'a> {
    metrics: &'a RouteMetrics,
    since: Instant,
}

/// Commands by what became of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommandMetrics(Family<CommandLabels, Counter>);

/// What became of requests to the token endpoint and those beside it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectMetrics(Family<ConnectLabels, Counter>);

/// One request, from its first byte to the head of its answer.
#[derive(Debug)]
pub(crate) struct Timer {
    metrics: HttpMetrics,
    since: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
    method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CommandLabels {
    command: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectLabels {
    endpoint: &'static str,
    outcome: &'static str,
}

/// Buckets from half a millisecond, which a cached command takes, to ten seconds.
#[derive(Debug, Clone)]
struct Seconds;

impl MetricConstructor<Histogram> for Seconds {
    fn new_metric(&self) -> Histogram {
        Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("chancery");
        let http = HttpMetrics {
            requests: Family::default(),
            seconds: Family::new_with_constructor(Seconds),
            in_flight: Gauge::default(),
        };
        let commands = CommandMetrics::default();
        registry.register("http_requests", "Requests that were answered", http.requests.clone());
        registry.register_with_unit(
            "http_request",
            "Time from a request to the head of its answer",
            Unit::Seconds,
            http.seconds.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests without an answer yet",
            http.in_flight.clone(),
        );
        registry.register("commands", "Commands by what became of them", commands.0.clone());
        let connect = ConnectMetrics::default();
        registry.register(
            "connect",
            "Requests for tokens and about them, by their outcome",
            connect.0.clone(),
        );
        let tunneling_attempts = Counter::default();
        registry.register(
            "tunneling_attempts",
            "Apps that were not created because they named an instance of somebody else",
            tunneling_attempts.clone(),
        );
        Self {
            registry: Arc::new(RwLock::new(registry)),
            projections: Arc::default(),
            http,
            commands,
            connect,
            tunneling_attempts,
        }
    }
}

impl Metrics {
    /// Adds numbers that are looked up each time the metrics are read. Their names get the prefix `chancery_`.
    pub fn register(&self, collector: impl Collector) {
        let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        registry.register_collector(Box::new(collector));
    }

    /// Adds how the projections are, wherever they are worked on.
    pub fn show_projections(&self, journal: Journal) {
        let projections = self.projections.get_or_init(|| Projections::new(journal));
        self.register(projections.clone());
    }

    /// Looks up what is not counted here.
    pub(super) async fn refresh(&self) {
        if let Some(projections) = self.projections.get() {
            projections.refresh().await;
        }
    }

    pub(super) fn text(&self) -> String {
        let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &registry) {
            tracing::error!(%error, "the metrics cannot be written");
        }
        text
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl HttpMetrics {
    pub(crate) fn begin(&self) -> Timer {
        self.in_flight.inc();
        Timer { metrics: self.clone(), since: Instant::now() }
    }

    pub(crate) fn of(&self, route: &'static str, method: &Method) -> RouteMetrics {
        let (path, method) = (route.to_owned(), word(method));
        let requests = CLASSES.map(|status| {
            self.requests.get_or_create_owned(&RequestLabels { route: path.clone(), method, status })
        });
        let seconds = self.seconds.get_or_create_owned(&RouteLabels { route: path, method });
        RouteMetrics { route, requests, seconds, in_flight: self.in_flight.clone() }
    }
}

impl RouteMetrics {
    pub(crate) fn begin(&self) -> RouteTimer<'_> {
        self.in_flight.inc();
        RouteTimer { metrics: self, since: Instant::now() }
    }

    pub(crate) fn route(&self) -> &'static str {
        self.route
    }
}

impl RouteTimer<'_> {
    pub(crate) fn end(self, status: StatusCode) {
        self.metrics.requests[class(status)].inc();
        self.metrics.seconds.observe(self.since.elapsed().as_secs_f64());
    }
}

impl Drop for RouteTimer<'_> {
    /// Also where the client went away before its answer.
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
    }
}

impl Timer {
    pub(crate) fn end(self, route: &str, method: &Method, status: StatusCode) {
        let method = word(method);
        let labels = RequestLabels { route: route.to_owned(), method, status: CLASSES[class(status)] };
        self.metrics.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { route: labels.route, method };
        self.metrics.seconds.get_or_create(&labels).observe(self.since.elapsed().as_secs_f64());
    }
}

impl Drop for Timer {
    /// Also where the client went away before its answer.
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
    }
}

impl ConnectMetrics {
    pub(crate) fn count(&self, endpoint: &'static str, outcome: &'static str) {
        self.0.get_or_create(&ConnectLabels { endpoint, outcome }).inc();
    }
}

impl CommandMetrics {
    pub(crate) fn count(&self, command: &'static str, outcome: &'static str) {
        self.0.get_or_create(&CommandLabels { command, outcome }).inc();
    }
}

/// Known methods only: a label must not have as many values as clients can think of.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The place of a status among the classes.
fn class(status: StatusCode) -> usize {
    usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1
}
