//! A request's body that comes back when nobody wants it any more.
//!
//! Whoever is refused before its body was read has sent, or is sending, the rest. hyper closes such a connection with
//! bytes in it, so that the answer may be lost, and a client that keeps connections finds the next one dead. So what is left
//! of a body is read and thrown away before the answer, within bounds.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::timeout;

/// What is thrown away of a body, at most.
const MOST: usize = 8 * 1024 * 1024;
/// And how long more of it may be on its way: who announced a body and sends none is answered then.
const PAUSE: Duration = Duration::from_millis(500);

/// A body, for as long as somebody reads it.
#[derive(Debug)]
pub struct Lent {
    body: Option<Incoming>,
    /// None where there was nothing to read.
    left: Option<Left>,
}

/// Where a body comes back to that was not read to its end.
#[derive(Debug, Clone)]
pub(super) struct Left(Arc<Mutex<Option<Incoming>>>);

impl Lent {
    /// `None` where there is no body: nothing is left of it.
    pub(super) fn lend(body: Incoming) -> (Self, Option<Left>) {
        let left = (!body.is_end_stream()).then(|| Left(Arc::default()));
        (Self { body: Some(body), left: left.clone() }, left)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(left) = &self.left {
            let body = self.body.take().filter(|body| !body.is_end_stream());
            *left.0.lock().unwrap_or_else(PoisonError::into_inner) = body;
        }
    }
}

impl Left {
    /// Reads what is left and comes within `patience`, unless the caller waits to be asked for it. Whether the connection
    /// can be used again.
    pub(super) async fn drain(&self, waits: bool, patience: Duration) -> bool {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut body) = left else { return true };
        if waits {
            return false;
        }
        let whole = async {
            let mut bytes = 0;
            while let Ok(Some(Ok(frame))) = timeout(PAUSE, body.frame()).await {
                bytes += frame.data_ref().map_or(0, Bytes::len);
                if bytes > MOST {
                    return false;
                }
            }
            body.is_end_stream()
        };
        timeout(patience, whole).await.unwrap_or(false)
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.body.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Incoming::size_hint)
    }
}
