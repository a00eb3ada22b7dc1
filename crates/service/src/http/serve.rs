//! Serving until told to stop.
//!
//! hyper itself, and not `axum::serve`: what is answered without a router must not pay for one.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{
        HeaderValue, Request, Response,
        header::{CONNECTION, EXPECT},
    },
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

use super::{
    lent::Lent,
    pace::{Pace, Patience},
};

/// How long requests that are under way may take once the service stops.
const DRAIN: Duration = Duration::from_secs(30);
/// No head is larger: a token of hundreds of scopes fits.
const HEAD_BYTES: usize = 64 * 1024;
/// After a connection could not be taken, for example for want of a file descriptor.
const PAUSE: Duration = Duration::from_millis(100);

/// An answer: whole, or as a body of the router's.
pub type Told = Response<Either<Full<Bytes>, Body>>;

/// What answers the requests of a listener.
pub trait Answers: Send + Sync + 'static {
    fn answer(&self, request: Request<Lent>, peer: SocketAddr) -> impl Future<Output = Told> + Send;
}

/// Serves until `stop`; then takes no more, and ends when the requests under way have their answers, or after
/// 30 s.
pub async fn serve(listener: TcpListener, answers: impl Answers, stop: CancellationToken) -> io::Result<()> {
    serve_with(listener, answers, Patience::default(), stop).await
}

/// The same, with more or less patience.
pub async fn serve_with(
    listener: TcpListener,
    answers: impl Answers,
    patience: Patience,
    stop: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let (answers, connections) = (Arc::new(answers), TaskTracker::new());
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(connection(stream, peer, answers.clone(), patience, stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, %address, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    // Nobody shall wait in its queue.
    drop(listener);
    connections.close();
    if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
        tracing::warn!(%address, "requests were still under way after {DRAIN:?} and are broken off");
    }
    Ok(())
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    answers: Arc<impl Answers>,
    patience: Patience,
    stop: CancellationToken,
) {
    // Answers are small and whole: waiting for more of them to fill a packet only costs time.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps Nagle's algorithm");
    }
    let pace = Pace::default();
    let stream = TokioIo::new(pace.of(stream, patience));
    let turns = pace.clone();
    let service = service_fn(move |request| {
        let (answers, turns) = (answers.clone(), turns.clone());
        turns.turn();
        async move {
            let told = answer(&*answers, request, peer, patience).await;
            turns.turn();
            Ok::<_, Infallible>(told)
        }
    });
    let served = http1::Builder::new().max_buf_size(HEAD_BYTES).serve_connection(stream, service);
    tokio::pin!(served);
    let mut parting = false;
    loop {
        tokio::select! {
            biased;
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, %peer, "a connection broke off");
                }
                return;
            }
            () = stop.cancelled(), if !parting => {}
            () = pace.stopped(patience.idle) => {
                if pace.is_stuck() {
                    tracing::debug!(%peer, "a client takes no answer: its connection is closed");
                    return;
                }
            }
        }
        // What is under way is answered, and nothing after it.
        served.as_mut().graceful_shutdown();
        parting = true;
    }
}

/// The answer, once nothing of the request is on its way any more.
async fn answer(
    answers: &impl Answers,
    request: Request<Incoming>,
    peer: SocketAddr,
    patience: Patience,
) -> Told {
    let waits = request.headers().contains_key(EXPECT);
    let (head, body) = request.into_parts();
    let (body, left) = Lent::lend(body);
    let mut told = answers.answer(Request::from_parts(head, body), peer).await;
    if let Some(left) = left
        && !left.drain(waits, patience.rest).await
    {
        told.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    told
}

impl Answers for Router {
    async fn answer(&self, mut request: Request<Lent>, peer: SocketAddr) -> Told {
        request.extensions_mut().insert(ConnectInfo(peer));
        match TowerToHyperService::new(self.clone()).call(request).await {
            Ok(response) => response.map(Either::Right),
            Err(never) => match never {},
        }
    }
}
