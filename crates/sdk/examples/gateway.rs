//! An API that lets a call pass where Chancery would: decided in this process, without asking anybody, and counted for
//! the usage reports.
//!
//! ```sh
//! LISTEN=127.0.0.1:8000 ENVIRONMENT=production ISSUER=https://login.example.com AUDIENCE=https://api.example.com \
//!     NATS_URL=nats://meter:…@127.0.0.1:4222 CHANCERY_URL=http://127.0.0.1:8080 CHANCERY_TOKEN=… \
//!     cargo run -p chancery-sdk --example gateway
//! curl -H "ST-App-Key: ak1.…" -H "Authorization: Bearer …" http://127.0.0.1:8000/crm/v2/tenant/101/customers
//! ```

mod shared;

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use axum::{
    Json, Router,
    extract::{OriginalUri, Path, Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header::AUTHORIZATION},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use chancery_sdk::{
    Gate, GateSettings, Topology, connect,
    gate::{self, Issuer, Metered, Nats, Sent},
    meter::{Finished, JetStream, Meter, Publisher, PublisherSettings},
};
use serde_json::{Value, json};
use shared::{Result, api, asked_to_stop, need};

const APP_KEY: HeaderName = HeaderName::from_static("st-app-key");

#[derive(Clone)]
struct Door {
    gate: Gate,
    meter: Arc<Meter>,
    /// Every host of this process is of this one.
    environment: Arc<str>,
}

#[tokio::main]
async fn main() -> Result {
    let client = connect(&need("NATS_URL")?).await?;
    let meter = Arc::new(Meter::default());
    let settings = GateSettings {
        nats: Some(Nats { client: client.clone(), topology: Topology::default() }),
        // Each decision is counted; what became of those that passed is counted below.
        observer: Arc::new(Metered(meter.clone())),
        ..GateSettings::new(Issuer { url: need("ISSUER")?, audience: need("AUDIENCE")? })
    };
    let gate = Gate::start(api()?, settings).await?;
    let door = Door { gate, meter: meter.clone(), environment: need("ENVIRONMENT")?.into() };

    let sink = JetStream::new(client, Topology::default());
    let publisher = Publisher::new(meter, sink, PublisherSettings::default());
    let (end, ends) = tokio::sync::oneshot::channel::<()>();
    let publishing = tokio::spawn(publisher.run(async { drop(ends.await) }));

    let api = Router::new()
        .route("/crm/v2/tenant/{tenant}/customers", get(customers))
        .layer(middleware::from_fn_with_state(door.clone(), decide));
    let listener = tokio::net::TcpListener::bind(need("LISTEN")?).await?;
    eprintln!("listening on {} at position {}", listener.local_addr()?, door.gate.position());
    axum::serve(listener, api).with_graceful_shutdown(asked_to_stop()).await?;

    // Every call is counted before the process ends.
    drop(end);
    Ok(publishing.await?)
}

/// Before each call, whatever its path: one that no operation has is refused too.
async fn decide(
    State(door): State<Door>,
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    let (method, started) = (request.method().clone(), Instant::now());
    let path = uri.path_and_query().map_or_else(|| uri.path(), |path| path.as_str());
    let question = gate::Request {
        method: method.as_str(),
        path,
        environment: Some(&door.environment),
        app_key: sent(request.headers(), &APP_KEY),
        authorization: sent(request.headers(), &AUTHORIZATION),
    };
    match door.gate.authorize(&question).await.outcome {
        Ok(passed) => {
            let response = next.run(request).await;
            let finished = Finished {
                status: response.status().as_u16(),
                latency: started.elapsed(),
                bytes_in: 0,
                bytes_out: 0,
            };
            let key = passed.key(&door.environment, method.as_str());
            door.meter.record_finished(&key, &finished, now());
            response
        }
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.denial.status()).unwrap_or(StatusCode::FORBIDDEN);
            (status, Json(json!({"code": refusal.denial.code(), "detail": refusal.advice}))).into_response()
        }
    }
}

/// The API itself. The tenant of the path is one that the caller may see: that was decided before.
async fn customers(Path(tenant): Path<u64>) -> Json<Value> {
    Json(json!({"tenant": tenant, "data": [{"id": 1, "name": "Ada"}]}))
}

fn sent<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Sent<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => Sent::Missing,
        (Some(Ok(value)), None) => Sent::Once(value),
        _ => Sent::Unclear,
    }
}

fn now() -> i64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs().cast_signed()
}
