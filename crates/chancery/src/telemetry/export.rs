//! Spans on their way to a collector: OTLP over HTTP, in batches, from a thread of their own.

use std::{env, fmt, future::Future, pin::Pin, time::Duration};

use anyhow::Context as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use reqwest::{Client, redirect::Policy};
use tokio::{runtime::Handle, task::spawn_blocking};

/// How long a collector may take to answer; what is left at the end of the process has as long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Exports spans until it is ended.
#[derive(Debug)]
pub(crate) struct Exporter(SdkTracerProvider);

impl Exporter {
    /// As `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` say where; `None` where neither does. The
    /// other variables of the specification are read by the libraries.
    pub(crate) fn configured() -> anyhow::Result<Option<Self>> {
        if !is_wanted(|name| env::var(name).ok().filter(|value| !value.is_empty())) {
            return Ok(None);
        }
        let client = Client::builder().timeout(PATIENCE).redirect(Policy::none()).build();
        let client =
            OnTokio { client: client.context("preparing the export of spans")?, runtime: Handle::current() };
        let exporter = SpanExporter::builder().with_http().with_http_client(client).build();
        let exporter = exporter.context("OTEL_EXPORTER_OTLP_ENDPOINT is no address of a collector")?;
        let mut resource = Resource::builder();
        if env::var_os("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name("chancery");
        }
        let provider = SdkTracerProvider::builder().with_resource(resource.build());
        Ok(Some(Self(provider.with_batch_exporter(exporter).build())))
    }

    pub(crate) fn provider(&self) -> &SdkTracerProvider {
        &self.0
    }

    /// Exports what is left.
    pub(crate) async fn end(self) {
        let Self(provider) = self;
        let ended = spawn_blocking(move || provider.shutdown_with_timeout(PATIENCE)).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(error = &error as &dyn std::error::Error, "the last spans were not exported");
        }
    }
}

/// Whether somebody collects spans.
fn is_wanted(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is = |name, value: &str| variable(name).is_some_and(|found| found.eq_ignore_ascii_case(value));
    let endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
    endpoints.iter().any(|name| variable(name).is_some())
        && !is("OTEL_SDK_DISABLED", "true")
        && !is("OTEL_TRACES_EXPORTER", "none")
}

/// The library exports from a thread where tokio does not run, and its client needs tokio.
struct OnTokio {
    client: Client,
    runtime: Handle,
}

impl HttpClient for OnTokio {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let sent = self.runtime.spawn(send(self.client.clone(), request)).await?;
            sent.inspect_err(|error| tracing::debug!(%error, "spans were not exported"))
        })
    }
}

async fn send(client: Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let answer = client.execute(request.try_into()?).await?.error_for_status()?;
    let status = answer.status();
    Ok(Response::builder().status(status).body(answer.bytes().await?)?)
}

impl fmt::Debug for OnTokio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnTokio")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_exported_unless_somebody_says_where() {
        let wanted = |variables: &[(&str, &str)]| {
            is_wanted(|name| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        assert!(!wanted(&[]) && !wanted(&[("OTEL_SERVICE_NAME", "chancery")]));
        assert!(wanted(&[endpoint]));
        assert!(!wanted(&[endpoint, ("OTEL_SDK_DISABLED", "TRUE")]));
        assert!(!wanted(&[endpoint, ("OTEL_TRACES_EXPORTER", "none")]));
    }
}
