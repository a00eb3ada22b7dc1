//! A load generator's HTTP client: one connection, one request at a time, as little work as possible, since it
//! shares the machine with what is measured. hyper's connection without a pool.

use anyhow::{Context as _, ensure};
use futures_util::TryFutureExt as _;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, StatusCode, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

pub struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    authorization: String,
}

impl Connection {
    pub async fn open(address: &str, token: &str) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(address).await.context("connecting to the server")?;
        socket.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
        tokio::spawn(connection.map_err(drop));
        Ok(Self { sender, authorization: format!("Bearer {token}") })
    }

    /// Sends a request and reads its answer whole.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: String,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("authorization", &self.authorization)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    /// The answer as JSON, if it is a good one.
    pub async fn json(&mut self, method: &str, path: &str, body: Value) -> anyhow::Result<Value> {
        let (status, answer) = self.send(method, path, body.to_string()).await?;
        ensure!(status.is_success(), "{method} {path}: {status} {}", String::from_utf8_lossy(&answer));
        Ok(serde_json::from_slice(&answer)?)
    }
}
