//! A request as bytes, so that it may be one that no client library would send.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use crate::DEADLINE;

/// A request's head; what is not named here is not sent.
#[derive(Debug, Clone)]
pub(super) struct Head {
    line: String,
    headers: Vec<(String, String)>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Head {
    pub(super) fn new(method: &str, target: &str) -> Self {
        Self { line: format!("{method} {target} HTTP/1.1"), headers: Vec::new() }
    }

    pub(super) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(super) fn with_headers_of(mut self, other: &Self) -> Self {
        self.headers.extend(other.headers.iter().cloned());
        self
    }

    /// The other value in the header's place.
    pub(super) fn instead(self, name: &str, value: impl Into<String>) -> Self {
        self.without(name).header(name, value)
    }

    /// Sends it to `http://address` on a connection of its own.
    pub(super) fn send(&self, url: &str) -> Answer {
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut text = format!("{}\r\n", self.line);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            text.push_str("Host: chancery.internal\r\n");
        }
        for (name, value) in &self.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.push_str("Connection: close\r\n\r\n");
        // A server that has read enough may close before it has all.
        let _ = stream.write_all(text.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Answer::read(&String::from_utf8(answer).unwrap())
    }
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header =
            |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { status, headers: lines.filter_map(header).collect(), body: body.to_owned() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| &**value);
        assert!(values.next().is_none(), "{name} twice");
        value
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The status that the body says.
    pub(super) fn json_status(&self) -> u64 {
        if self.body.is_empty() { 200 } else { self.json()["status"].as_u64().unwrap() }
    }

    /// `allowed`, or the problem's code.
    pub(super) fn code(&self) -> String {
        if self.status == 200 {
            return "allowed".to_owned();
        }
        self.json()["code"].as_str().unwrap().to_owned()
    }
}
