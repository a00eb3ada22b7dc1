//! The load of HTTP benches: one request, again and again, on so many connections. Bytes are written and counted, and
//! nothing is parsed that need not be, because the load must be able to do more than the leanest server.

use std::{sync::Arc, thread};

use anyhow::{Context as _, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime,
};

use crate::{
    measure::{Run, Window, closed_loop},
    pinned::{self, Core},
};

/// A request, as it goes over the wire.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Arc<[u8]> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
    for (name, value) in headers {
        text.extend([*name, ": ", *value, "\r\n"]);
    }
    if !body.is_empty() {
        text.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
    }
    text.extend(["\r\n", body]);
    text.into_bytes().into()
}

/// Sends it once; the answer's body.
pub async fn once(address: &str, request: &Arc<[u8]>) -> anyhow::Result<Vec<u8>> {
    let mut caller = Caller::open(address, request.clone()).await?;
    let (head, length) = caller.exchange().await?;
    Ok(caller.answer[head..head + length].to_vec())
}

/// Sends it from a thread of its own, on the core for loads.
pub async fn drive(
    address: &str,
    request: Arc<[u8]>,
    connections: usize,
    window: Window,
) -> anyhow::Result<Run> {
    let address = address.to_owned();
    let load = thread::spawn(move || {
        pinned::pin_this_thread(Core::Load)?;
        runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let mut callers = Vec::new();
            for _ in 0..connections {
                callers.push(Caller::open(&address, request.clone()).await?);
            }
            closed_loop(window, callers, async |mut caller: Caller| {
                let result = caller.exchange().await;
                (caller, result.map(drop))
            })
            .await
        })
    });
    let run = tokio::task::spawn_blocking(move || load.join()).await?;
    let Ok(run) = run else { bail!("the load panicked") };
    let run = run?;
    ensure!(run.errors == 0, "{} of {} answers were not good", run.errors, run.errors + run.operations);
    Ok(run)
}

struct Caller {
    socket: TcpStream,
    request: Arc<[u8]>,
    answer: Vec<u8>,
}

impl Caller {
    async fn open(address: &str, request: Arc<[u8]>) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(address).await.context("connecting to the server")?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, request, answer: vec![0; 16 * 1024] })
    }

    /// Where the body of the answer begins, and how long it is.
    async fn exchange(&mut self) -> anyhow::Result<(usize, usize)> {
        self.socket.write_all(&self.request).await?;
        let mut read = 0;
        loop {
            let more = self.socket.read(&mut self.answer[read..]).await?;
            ensure!(more > 0, "the answer ended early, or is longer than any that is expected");
            read += more;
            if let Some((head, length)) = whole(&self.answer[..read])? {
                ensure!(read == head + length, "the server says more than it was asked");
                return Ok((head, length));
            }
        }
    }
}

/// Head and length of a good answer that is there in full; `None` where more has to come.
fn whole(read: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = &read[..end];
    ensure!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(read));
    let length = head.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"content-length: "));
    let length = std::str::from_utf8(length.context("a content-length")?)?.trim().parse()?;
    Ok((read.len() >= end + 4 + length).then_some((end + 4, length)))
}
