//! As much of the NATS protocol as these tests need; a client crate would be the devkit's only asynchronous dependency.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

pub(crate) struct RawNats {
    stream: BufReader<TcpStream>,
    inbox: &'static str,
}

impl RawNats {
    /// Connects to a `nats://user:password@host:port` and listens on an inbox.
    pub(crate) fn connect(url: &str) -> Self {
        let (user, address) = url.strip_prefix("nats://").unwrap().split_once('@').unwrap();
        let (user, password) = user.split_once(':').unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        let inbox = if user == "usage" { "_INBOX_USAGE.test" } else { "_INBOX.test" };
        let mut nats = Self { stream: BufReader::new(stream), inbox };
        let connect = format!(r#"{{"verbose":false,"user":"{user}","pass":"{password}"}}"#);
        nats.send(&format!("CONNECT {connect}\r\nSUB {inbox} 1\r\n"));
        nats
    }

    /// Asks and returns the answer.
    pub(crate) fn request(&mut self, subject: &str, body: &str) -> String {
        self.send(&format!("PUB {subject} {} {}\r\n{body}\r\n", self.inbox, body.len()));
        // A message that a consumer hands out keeps its own subject: it is the subscription that tells the answer.
        while self.line().split(' ').nth(2) != Some("1") {}
        self.line()
    }

    /// Whether the server lets us publish to `subject`.
    pub(crate) fn may_publish(&mut self, subject: &str) -> bool {
        self.may(&format!("PUB {subject} 0\r\n\r\n"))
    }

    /// Whether the server lets us follow `subject`.
    pub(crate) fn may_subscribe(&mut self, subject: &str) -> bool {
        self.may(&format!("SUB {subject} 2\r\n"))
    }

    fn may(&mut self, operation: &str) -> bool {
        self.send(&format!("{operation}PING\r\n"));
        loop {
            match self.line().as_str() {
                "PONG" => return true,
                refusal if refusal.starts_with("-ERR 'Permissions Violation") => {
                    while self.line() != "PONG" {}
                    return false;
                }
                _ => {}
            }
        }
    }

    fn send(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.stream.read_line(&mut line).unwrap(), 0, "the server closed the connection");
        line.trim_end().to_owned()
    }
}
