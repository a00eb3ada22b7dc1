//! The doors' own listener: what it counts, and how it ends.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use super::{
    story::{Story, gate},
    table::cases,
    ways::{Authorize, Door as _, Forward},
};
use crate::DEADLINE;

#[test]
fn every_decision_is_counted_by_its_outcome_and_timed() {
    let story = Story::tell();
    let mut door = Authorize { story: &story, server: gate(&story.world, "gate").ready() };
    let cases = cases(&story);
    for case in &cases {
        door.decide(case).unwrap();
    }
    let told = door.server.ops("/metrics").text;
    let line = |line: String| assert!(told.lines().any(|known| known == line), "{line}\n{told}");
    for outcome in ["allowed", "token_invalid", "scope_missing", "rate_limited", "gate_stale"] {
        let count = cases.iter().filter(|case| case.outcome == outcome).count();
        line(format!("chancery_gate_decisions_total{{outcome=\"{outcome}\"}} {count}"));
    }
    line(format!("chancery_gate_decision_seconds_count {}", cases.len()));
    line(format!("chancery_gate_decision_seconds_bucket{{le=\"+Inf\"}} {}", cases.len()));
    door.server.ask(&crate::call::Call::post("/v1/authorize", &serde_json::json!({})));
    let told = door.server.ops("/metrics").text;
    assert!(told.contains("chancery_gate_turned_away_total{outcome=\"unauthenticated\"} 1"), "{told}");
}

#[test]
fn a_listener_that_stops_lets_go_of_gateways_that_keep_their_connections() {
    let story = Story::tell();
    let door = Forward { story: &story, server: gate(&story.world, "gate").ready(), strict: false };
    let address = door.server.doors_url.strip_prefix("http://").unwrap();
    let mut kept = TcpStream::connect(address).unwrap();
    kept.set_read_timeout(Some(DEADLINE)).unwrap();
    // Twice on one connection, as gateways do.
    for _ in 0..2 {
        kept.write_all(b"GET /forward-auth HTTP/1.1\r\nHost: doors\r\n\r\n").unwrap();
        let mut first = [0; 12];
        kept.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 401");
        let mut rest = [0; 4096];
        let _ = kept.read(&mut rest).unwrap();
    }
    door.server.terminate();
    let mut end = Vec::new();
    kept.read_to_end(&mut end).unwrap();
    assert!(end.is_empty(), "a connection that nobody asks on is closed and nothing is said");
    assert!(door.server.ended().success());
}
