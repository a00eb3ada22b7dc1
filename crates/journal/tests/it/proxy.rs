//! A wire between an appender and Postgres that can be cut and held at any byte of a call, without a hook in the
//! product. It knows as much of the protocol as it needs to see where a call begins and ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::{Semaphore, watch},
    task::AbortHandle,
};

/// What befalls the next call, once.
#[derive(Debug, Clone)]
pub(crate) enum Trap {
    /// So many bytes of the request arrive, then both ends lose the connection.
    CutRequest(usize),
    /// The request arrives, the answer is given, and so many of its bytes come back.
    CutReply(usize),
    /// The request arrives byte by byte, one for each permit.
    Trickle(Arc<Semaphore>),
}

pub(crate) struct Proxy {
    url: String,
    wire: Arc<Wire>,
    task: AbortHandle,
}

struct Wire {
    server: String,
    trap: Mutex<Option<Trap>>,
    /// Bytes of the latest request.
    request: watch::Sender<usize>,
    /// Bytes of the latest reply so far.
    reply: watch::Sender<usize>,
    open: watch::Sender<bool>,
}

impl Proxy {
    /// To the server of that URL.
    pub(crate) async fn start(url: &str) -> Result<Self> {
        let (user, rest) = url.split_once('@').context("no user in the URL")?;
        let (server, database) = rest.split_once('/').context("no database in the URL")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("{user}@{}/{database}", listener.local_addr()?);
        let wire = Arc::new(Wire {
            server: server.to_owned(),
            trap: Mutex::default(),
            request: watch::Sender::new(0),
            reply: watch::Sender::new(0),
            open: watch::Sender::new(true),
        });
        let task = tokio::spawn(Arc::clone(&wire).accept(listener)).abort_handle();
        Ok(Self { url, wire, task })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn set(&self, trap: Trap) {
        *self.wire.trap() = Some(trap);
    }

    /// Closed, it cuts every connection and takes no other.
    pub(crate) fn open(&self, open: bool) {
        self.wire.open.send_replace(open);
    }

    /// The length of the first request that is seen.
    pub(crate) async fn request(&self) -> Result<usize> {
        Ok(*self.wire.request.subscribe().wait_for(|length| *length > 0).await?)
    }

    /// How many bytes answered the latest request.
    pub(crate) fn reply(&self) -> usize {
        *self.wire.reply.borrow()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.open(false);
    }
}

impl Wire {
    fn trap(&self) -> MutexGuard<'_, Option<Trap>> {
        self.trap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn accept(self: Arc<Self>, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            if *self.open.borrow() {
                tokio::spawn(Arc::clone(&self).connect(client));
            }
        }
    }

    /// When one way ends, both sockets close.
    async fn connect(self: Arc<Self>, mut client: TcpStream) -> Result<()> {
        let mut server = TcpStream::connect(&self.server).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let mut open = self.open.subscribe();
        let cut = watch::Sender::new(None);
        tokio::select! {
            ended = self.up(from_client, to_server, &cut) => ended,
            ended = self.down(from_server, to_client, &cut) => ended,
            _ = open.wait_for(|open| !open) => Ok(()),
        }
    }

    async fn up(&self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, cut: &Cut) -> Result<()> {
        let startup = message(&mut from, false).await?;
        to.write_all(&startup).await?;
        loop {
            let mut request = message(&mut from, true).await?;
            // Bind: a call begins; it ends with Sync.
            if request[0] != b'B' {
                to.write_all(&request).await?;
                continue;
            }
            while request[0] != 0 {
                let next = message(&mut from, true).await?;
                request.extend_from_slice(&next);
                if next[0] == b'S' {
                    break;
                }
            }
            self.reply.send_replace(0);
            self.request.send_replace(request.len());
            let trap = self.trap().take();
            match trap {
                None => to.write_all(&request).await?,
                Some(Trap::CutRequest(bytes)) => {
                    to.write_all(&request[..bytes]).await?;
                    return Ok(());
                }
                Some(Trap::CutReply(bytes)) => {
                    cut.send_replace(Some(bytes));
                    to.write_all(&request).await?;
                }
                Some(Trap::Trickle(permits)) => {
                    for byte in request {
                        permits.acquire().await?.forget();
                        to.write_all(&[byte]).await?;
                    }
                }
            }
        }
    }

    async fn down(&self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, cut: &Cut) -> Result<()> {
        let mut buffer = [0; 4096];
        loop {
            let count = from.read(&mut buffer).await?;
            if count == 0 {
                return Ok(());
            }
            let left = *cut.borrow();
            let count = left.map_or(count, |left| left.min(count));
            self.reply.send_modify(|bytes| *bytes += count);
            to.write_all(&buffer[..count]).await?;
            if let Some(left) = left {
                cut.send_replace(Some(left - count));
                if left == count {
                    return Ok(());
                }
            }
        }
    }
}

/// How many bytes may still go to the client, where that is bounded.
type Cut = watch::Sender<Option<usize>>;

/// One whole message of the frontend; the first of a connection has no type.
async fn message(from: &mut ReadHalf<'_>, typed: bool) -> Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(typed) + 4];
    from.read_exact(&mut bytes).await?;
    let length = u32::from_be_bytes(bytes[usize::from(typed)..].try_into()?);
    bytes.resize(usize::try_from(length)? + usize::from(typed), 0);
    from.read_exact(&mut bytes[usize::from(typed) + 4..]).await?;
    Ok(bytes)
}
