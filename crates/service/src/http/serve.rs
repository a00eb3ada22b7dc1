//! Serving until told to stop.

use std::{future::IntoFuture, io, net::SocketAddr, time::Duration};

use axum::{Router, serve::ListenerExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long requests that are under way may take once the service stops.
const DRAIN: Duration = Duration::from_secs(30);

/// Serves until `stop`; then takes no more, and ends when the requests under way have their answers, or after
/// 30 s.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| {
        // Answers are small and whole: waiting for more of them to fill a packet only costs time.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
    });
    let drained = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        result = server.into_future() => result,
        () = drained => {
            tracing::warn!(%address, "requests were still under way after {DRAIN:?} and are broken off");
            Ok(())
        }
    }
}
