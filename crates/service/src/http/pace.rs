//! At what pace a connection has to go: who never finishes asking, or asks for nothing, or takes no answer, keeps none.
//!
//! Not hyper's own timeout for heads: it also counts the time in between two requests, for which gateways keep their
//! connections, and it sets a timer for every request. Here a timer is set only for a head that comes in pieces.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

/// How long a client is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the rest of a request's head, from its first byte on.
    pub head: Duration,
    /// For the rest of a body that nobody wants, before its request is answered.
    pub rest: Duration,
    /// For the next request, or for taking more of an answer. A connection is closed after once to twice as long.
    pub idle: Duration,
}

impl Default for Patience {
    /// Proxies keep a connection that nobody asks on for a minute. It is theirs to close, or a request may meet its end.
    fn default() -> Self {
        Self { head: Duration::from_secs(10), rest: Duration::from_secs(10), idle: Duration::from_secs(75) }
    }
}

/// What a connection is at, known to all who serve it. Only its own task writes it.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace(Arc<Steps>);

#[derive(Debug, Default)]
struct Steps {
    /// Odd while a request is answered; else the next head is waited for.
    turn: AtomicU64,
    /// How often anything was read or written.
    moved: AtomicU64,
    /// Whether the client does not take what is there to be sent.
    stuck: AtomicBool,
}

impl Pace {
    /// A head is complete, or its request answered.
    pub(super) fn turn(&self) {
        self.0.turn.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends when nothing moved for `idle`.
    pub(super) async fn stopped(&self, idle: Duration) {
        let mut moved = None;
        loop {
            let now = Some(self.0.moved.load(Ordering::Relaxed));
            if moved == now {
                return;
            }
            moved = now;
            sleep(idle).await;
        }
    }

    /// `stream`, on which a head has to be complete in time.
    pub(super) fn of(&self, stream: TcpStream, patience: Patience) -> Paced {
        Paced { stream, pace: self.clone(), head: patience.head, begun: None, limit: None }
    }

    /// Whether it is the client that keeps an answer from going on. Otherwise it is the answer itself that takes its time.
    pub(super) fn is_stuck(&self) -> bool {
        self.0.stuck.load(Ordering::Relaxed)
    }

    fn wrote<T>(&self, written: Poll<T>) -> Poll<T> {
        self.0.stuck.store(written.is_pending(), Ordering::Relaxed);
        if written.is_ready() {
            self.moved();
        }
        written
    }

    fn moved(&self) {
        self.0.moved.fetch_add(1, Ordering::Relaxed);
    }

    fn current(&self) -> u64 {
        self.0.turn.load(Ordering::Relaxed)
    }
}

/// A connection's stream.
#[derive(Debug)]
pub(super) struct Paced {
    stream: TcpStream,
    pace: Pace,
    head: Duration,
    /// The turn in which the last byte was read.
    begun: Option<u64>,
    /// When the head of a turn has to be complete.
    limit: Option<(u64, Pin<Box<Sleep>>)>,
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (this, before) = (&mut *self, buffer.filled().len());
        let turn = this.pace.current();
        if let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(context, buffer) {
            if buffer.filled().len() > before {
                this.pace.moved();
                this.begun = Some(turn);
            }
            return Poll::Ready(read);
        }
        if turn % 2 == 1 || this.begun != Some(turn) {
            return Poll::Pending;
        }
        if this.limit.as_ref().is_none_or(|(of, _)| *of != turn) {
            this.limit = Some((turn, Box::pin(sleep(this.head))));
        }
        if let Some((_, limit)) = &mut this.limit {
            ready!(limit.as_mut().poll(context));
        }
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the rest of a head did not come in time")))
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.pace.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.pace.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
