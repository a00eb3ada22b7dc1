//! A reader of server-sent events, as the HTML standard has them.

use std::{
    io::{BufRead, BufReader},
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::mpsc, time::timeout};

use crate::call::Call;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sent {
    pub id: String,
    pub event: String,
    pub data: Value,
}

/// An open stream, read on a thread of its own.
#[derive(Debug)]
pub struct Stream {
    events: mpsc::UnboundedReceiver<Sent>,
}

impl Stream {
    pub async fn open(call: Call) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let (opened, open) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let response = call.header("Accept", "text/event-stream").response();
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            let _ = opened.send(());
            let mut sent = Sent::default();
            for line in BufReader::new(response.into_body().into_reader()).lines().map_while(Result::ok) {
                match line.split_once(": ") {
                    Some(("id", id)) => id.clone_into(&mut sent.id),
                    Some(("event", event)) => event.clone_into(&mut sent.event),
                    Some(("data", data)) => sent.data = serde_json::from_str(data).unwrap(),
                    _ if line.is_empty() => {
                        let _ = sender.send(std::mem::take(&mut sent));
                    }
                    _ => panic!("no line of server-sent events: {line}"),
                }
            }
        });
        open.await.unwrap();
        Self { events }
    }

    /// The next one; `None` at the stream's end.
    pub async fn next(&mut self) -> Option<Sent> {
        timeout(Duration::from_secs(15), self.events.recv()).await.expect("something comes every second")
    }

    /// The next one that is not a head.
    pub async fn event(&mut self) -> Sent {
        loop {
            let sent = self.next().await.expect("the stream goes on");
            if sent.event != "head" {
                return sent;
            }
        }
    }

    /// The next head.
    pub async fn head(&mut self) -> Sent {
        loop {
            let sent = self.next().await.expect("the stream goes on");
            if sent.event == "head" {
                return sent;
            }
        }
    }

    /// Waits for the end.
    pub async fn ended(&mut self) {
        while self.next().await.is_some() {}
    }
}
