//! The doors' listener: what is asked for every call is answered from the connection itself, the rest by a router.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, Response},
};
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use super::{
    super::{Service, routes, trace::Trace},
    answer::Answer,
    authorize::{self, Question},
    forward, gateway, turned_away,
};
use crate::doors::Door;

/// How long requests that are under way may take once the service stops.
const DRAIN: Duration = Duration::from_secs(30);
/// No head is larger: a token of hundreds of scopes fits.
const HEAD_BYTES: usize = 64 * 1024;
/// After a connection could not be taken, for example for want of a file descriptor.
const PAUSE: Duration = Duration::from_millis(100);

/// What is behind the listener.
struct Doors {
    service: Service,
    door: Door,
    rest: Router,
}

type Told = Response<Either<Full<Bytes>, Body>>;

/// Serves the doors until `stop`; then takes no more, and ends when the requests under way have their answers, or
/// after 30 s.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    door: Door,
    stop: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let doors = Arc::new(Doors { rest: routes::doors_router(service.clone()), service, door });
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(connection(stream, peer, doors.clone(), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, %address, "a gateway's connection could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    connections.close();
    if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
        tracing::warn!(%address, "requests were still under way after {DRAIN:?} and are broken off");
    }
    Ok(())
}

async fn connection(stream: TcpStream, peer: SocketAddr, doors: Arc<Doors>, stop: CancellationToken) {
    // Answers are small and whole.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps Nagle's algorithm");
    }
    let service = service_fn(move |request| {
        let doors = doors.clone();
        async move { Ok::<_, Infallible>(doors.answer(request, peer).await) }
    });
    let served =
        http1::Builder::new().max_buf_size(HEAD_BYTES).serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    let ended = tokio::select! {
        biased;
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "a gateway's connection broke off");
    }
}

impl Doors {
    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Told {
        let asks_all = request.uri().path() == "/v1/authorize" && request.method() == Method::POST;
        if !asks_all && !forward::is_here(request.uri()) {
            return self.rest(request, peer).await;
        }
        // A trace that nobody keeps is not worth a span on this way.
        let span = Trace::sampled(request.headers())
            .map(|trace| tracing::info_span!("decision", trace_id = trace.id, traceparent = trace.parent));
        let answer = async {
            if asks_all {
                self.authorize(request).await
            } else {
                forward::answer(&self.service, &self.door, &request).await
            }
        };
        let answer = match span {
            Some(span) => {
                let answer = answer.instrument(span.clone()).await;
                tracing::debug!(parent: &span, status = answer.status().as_u16(), "a call was decided");
                answer
            }
            None => answer.await,
        };
        answer.map(|body| Either::Left(Full::new(body)))
    }

    async fn authorize(&self, request: Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let question = async {
            gateway::bearer(&self.service, headers).await?;
            Question::of(&parts, Body::new(body)).await
        };
        let trace = || Trace::of(headers);
        match question.await {
            Ok(question) => authorize::decide(&self.service, &self.door, &question, || trace().id).await,
            Err(problem) => turned_away(&self.service, &problem, &trace()),
        }
    }

    async fn rest(&self, mut request: Request<Incoming>, peer: SocketAddr) -> Told {
        request.extensions_mut().insert(ConnectInfo(peer));
        match TowerToHyperService::new(self.rest.clone()).call(request).await {
            Ok(response) => response.map(Either::Right),
            Err(never) => match never {},
        }
    }
}
