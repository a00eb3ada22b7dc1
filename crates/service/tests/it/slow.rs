//! Clients that take their time.

use std::{
    convert::Infallible,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use axum::{body::Body, http::Request};
use bytes::Bytes;
use chancery_devkit::TestDb;
use chancery_service::http::{Answers, Doors, Lent, Patience, Surface, Told, router, serve_with};
use futures_util::{StreamExt as _, stream};
use http_body_util::Either;
use tokio::{
    net::TcpListener,
    sync::mpsc,
    task::spawn_blocking,
    time::{sleep, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::server::{self, Server};

const DEADLINE: Duration = Duration::from_secs(15);
/// Is over before a test's deadline is.
const SHORT: Duration = Duration::from_millis(200);
/// Is never over in a test.
const LONG: Duration = Duration::from_mins(10);

const HALF: &[u8] = b"GET /v1/apps HTTP/1.1\r\nHost: x\r\nAuthor";
const WHOLE: &[u8] = b"GET /v1/apps HTTP/1.1\r\nHost: x\r\n\r\n";

/// A listener with this patience.
struct Slow {
    address: SocketAddr,
    _stop: DropGuard,
    _db: Option<TestDb>,
}

impl Slow {
    async fn listen(answers: impl Answers, patience: Patience) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(serve_with(listener, answers, patience, stop.clone()));
        Self { address, _stop: stop.drop_guard(), _db: None }
    }

    /// The API of an empty log.
    async fn api(patience: Patience) -> Self {
        let db = server::database();
        let service = Server::start(&db).await.service;
        let listening = Self::listen(Surface::new(router(service.clone()), &service), patience).await;
        Self { _db: Some(db), ..listening }
    }

    /// What a client meets that goes its way on a connection of its own.
    async fn meets<T: Send + 'static>(&self, client: fn(TcpStream) -> T) -> T {
        let address = self.address;
        let went = spawn_blocking(move || {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(DEADLINE)).unwrap();
            client(stream)
        });
        went.await.unwrap()
    }
}

fn head_in_no_time() -> Patience {
    Patience { head: SHORT, rest: LONG, idle: LONG }
}

/// Takes an answer's head, whose body is small.
fn status(stream: &mut TcpStream) -> String {
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Whether the server closed it and said nothing.
fn is_closed(mut stream: TcpStream) -> bool {
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    said.is_empty()
}

#[tokio::test]
async fn who_never_finishes_a_head_loses_the_connection() {
    let db = server::database();
    let Server { service, door, .. } = Server::start(&db).await;
    let api = Surface::new(router(service.clone()), &service);
    let api = Slow::listen(api, head_in_no_time()).await;
    let doors = Slow::listen(Doors::new(service, door), head_in_no_time()).await;
    for listener in [api, doors] {
        let closed = listener.meets(|mut stream| {
            stream.write_all(HALF).unwrap();
            is_closed(stream)
        });
        assert!(closed.await);
        let closed = listener.meets(|mut stream| {
            stream.write_all(WHOLE).unwrap();
            assert!(status(&mut stream).starts_with('4'));
            stream.write_all(HALF).unwrap();
            is_closed(stream)
        });
        assert!(closed.await, "also after a request that was answered");
    }
}

#[tokio::test]
async fn a_head_may_come_in_pieces_and_a_connection_be_kept_between_two() {
    let api = Slow::api(Patience { head: LONG, ..head_in_no_time() }).await;
    api.meets(|mut stream| {
        for piece in WHOLE.chunks(7) {
            stream.write_all(piece).unwrap();
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(status(&mut stream), "401");
    })
    .await;
    let api = Slow::api(head_in_no_time()).await;
    api.meets(|mut stream| {
        // Nobody has begun a head yet, and between two nobody has begun the next one.
        for _ in 0..2 {
            thread::sleep(SHORT * 2);
            stream.write_all(WHOLE).unwrap();
            assert_eq!(status(&mut stream), "401");
        }
    })
    .await;
}

#[tokio::test]
async fn who_asks_for_nothing_loses_the_connection_in_the_end() {
    let api = Slow::api(Patience { head: LONG, rest: LONG, idle: SHORT }).await;
    assert!(api.meets(is_closed).await);
    // Long enough for the request that comes first, on any machine.
    let api = Slow::api(Patience { head: LONG, rest: LONG, idle: Duration::from_secs(2) }).await;
    let closed = api.meets(|mut stream| {
        stream.write_all(WHOLE).unwrap();
        assert_eq!(status(&mut stream), "401");
        is_closed(stream)
    });
    assert!(closed.await);
}

#[tokio::test]
async fn who_sends_on_a_body_that_nobody_wants_is_answered_all_the_same() {
    let api = Slow::api(Patience { head: LONG, rest: SHORT, idle: LONG }).await;
    let answer = api.meets(|mut stream| {
        let head = b"POST /v1/apps HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
        stream.write_all(head).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let began = Instant::now();
        let mut answer = [0; 12];
        // A byte at a time, never so late that it would be taken for the end.
        while began.elapsed() < DEADLINE && stream.read_exact(&mut answer).is_err() {
            let _ = stream.write_all(b" ");
        }
        String::from_utf8_lossy(&answer).into_owned()
    });
    assert_eq!(answer.await, "HTTP/1.1 401");
}

/// Answers after a while, of which nothing moves.
struct Late;

impl Answers for Late {
    async fn answer(&self, _: Request<Lent>, _: SocketAddr) -> Told {
        let parts = stream::iter(["late"]).then(|part| async move {
            sleep(SHORT * 5).await;
            Ok::<_, Infallible>(part)
        });
        Told::new(Either::Right(Body::from_stream(parts)))
    }
}

#[tokio::test]
async fn an_answer_may_take_longer_than_its_connection_would_be_kept() {
    let patience = Patience { head: LONG, rest: LONG, idle: SHORT };
    let late = Slow::listen(Late, patience).await;
    let said = late.meets(|mut stream| {
        stream.write_all(WHOLE).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        said
    });
    let said = said.await;
    assert!(said.contains("late") && said.ends_with("0\r\n\r\n"), "{said}");
}

/// Answers without an end, and tells when nobody is left who would take it.
struct Endless(mpsc::UnboundedSender<()>);

struct Taken(mpsc::UnboundedSender<()>);

impl Drop for Taken {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

impl Answers for Endless {
    async fn answer(&self, _: Request<Lent>, _: SocketAddr) -> Told {
        let taken = Taken(self.0.clone());
        let blocks = stream::unfold(taken, |taken| async {
            Some((Ok::<_, Infallible>(Bytes::from(vec![0; 65_536])), taken))
        });
        Told::new(Either::Right(Body::from_stream(blocks)))
    }
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_loses_it() {
    let (sender, mut taken) = mpsc::unbounded_channel();
    let patience = Patience { head: LONG, rest: LONG, idle: SHORT };
    let endless = Slow::listen(Endless(sender), patience).await;
    let kept = endless.meets(|mut stream| {
        stream.write_all(WHOLE).unwrap();
        stream
    });
    let kept = kept.await;
    timeout(DEADLINE, taken.recv()).await.expect("the answer ends").unwrap();
    drop(kept);
}
