//! What nobody inside the database can tell, and a witness outside of it can.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use chancery_wire::audit::{Checkpoint, Submission, VerifyingKey, verify_consistency};
use serde_json::json;
use tempfile::TempDir;

use super::{execute, fill, findings, key, sealed, sealer, verify, witnessed};
use crate::{eventually, world::World};

const ROLL_BACK: &str = "DELETE FROM events WHERE position > 35; DELETE FROM seals WHERE size > 35;
    UPDATE head SET position = 35";

#[test]
fn a_log_that_was_rolled_back_is_found_against_its_witness() {
    let (world, folder) = (World::new(), TempDir::new().unwrap());
    let witness = witnessed(&world, &folder.path().join("witness"), 50);
    let report = verify(&world, &["--witness", &witness]);
    assert_eq!((&report["as_sealed"], &report["witnessed"]), (&json!(true), &json!(5)));

    // A cut that left the checkpoints.
    execute(&world, "CREATE TABLE original AS TABLE events");
    execute(&world, "DELETE FROM events WHERE position > 35; UPDATE head SET position = 35");
    let report = verify(&world, &["--witness", &witness]);
    let rolled_back = json!({"kind": "rolled_back", "witnessed": 50, "last": 35});
    assert_eq!(findings(&report), [json!({"kind": "missing", "first": 36, "last": 50}), rolled_back.clone()]);
    let said = "the witness saw 50 events, the last is at 35: the log was rolled back";
    assert_eq!(report["findings"][1]["message"], said);
    execute(
        &world,
        "INSERT INTO events SELECT * FROM original WHERE position > 35; UPDATE head SET position = 50",
    );

    execute(&world, ROLL_BACK);
    assert_eq!(verify(&world, &[])["as_sealed"], true, "nothing inside tells");
    let report = verify(&world, &["--witness", &witness]);
    assert_eq!(findings(&report), [rolled_back]);

    // Nor is it sealed again, as it is or with other events.
    let server = sealer(&world, Some(&witness));
    eventually("the sealer refuses", || {
        let ready = server.readiness()?;
        (ready.status == 503 && ready.text.contains("rolled back")).then_some(())
    });
    drop(server);
    fill(&world, 30);
    let server = sealer(&world, Some(&witness));
    eventually("the sealer refuses", || {
        let ready = server.readiness()?;
        (ready.status == 503 && ready.text.contains("has another log of 50 events")).then_some(())
    });
    // Sealed behind the witness's back, it is another log than the one that was seen.
    drop(server);
    let server = sealer(&world, None).ready();
    sealed(&world, &server, 65);
    assert_eq!(verify(&world, &[])["as_sealed"], true);
    let found = findings(&verify(&world, &["--witness", &witness]));
    assert_eq!(found, [json!({"kind": "witness", "size": 40}), json!({"kind": "witness", "size": 50})]);
}

#[test]
fn a_witness_that_was_tampered_with_is_told() {
    let (world, folder) = (World::new(), TempDir::new().unwrap());
    let path = folder.path().join("witness");
    let witness = witnessed(&world, &path, 30);
    let text = std::fs::read_to_string(&path).unwrap();
    let (first, rest) = text.split_at(text.find("old 10").unwrap());
    let (_, last) = rest.split_at(rest.find("old 20").unwrap());
    std::fs::write(&path, format!("{first}{last}")).unwrap();
    let found = findings(&verify(&world, &["--witness", &witness]));
    let why = "it does not begin with the one before";
    assert_eq!(found, [json!({"kind": "witness_broken", "size": 30, "why": why})]);
}

#[test]
fn a_witness_that_knows_nothing_of_a_sealed_log_is_told() {
    let (world, folder) = (World::new(), TempDir::new().unwrap());
    let [empty, foreign, path] = ["empty", "foreign", "known"].map(|name| folder.path().join(name));
    std::fs::write(&empty, "").unwrap();
    let report = verify(&world, &["--witness", &format!("file:{}", empty.display())]);
    assert_eq!((&report["as_sealed"], &report["witnessed"]), (&json!(true), &json!(0)), "nothing is sealed");

    let known = witnessed(&world, &path, 30);
    let text = std::fs::read_to_string(&path).unwrap();
    let (_, origin) = text.split_once("chancery/").unwrap();
    std::fs::write(&foreign, text.replace(&origin[..36], "00000000-0000-4000-8000-000000000000")).unwrap();
    for path in [&empty, &foreign] {
        let witness = format!("file:{}", path.display());
        let why = format!("{} has no checkpoint of this log", path.display());
        let unknown = json!({"kind": "witness_broken", "size": 30, "why": why});
        for witnesses in [witness.clone(), format!("{known},{witness}")] {
            assert_eq!(findings(&verify(&world, &["--witness", &witnesses])), std::slice::from_ref(&unknown));
        }
    }
}

/// A witness as C2SP's `tlog-witness` has it, in a few lines; it says what it saw.
fn over_http(key: &str) -> (String, Arc<Mutex<Vec<Checkpoint>>>) {
    let (listener, key): (_, VerifyingKey) =
        (TcpListener::bind("127.0.0.1:0").unwrap(), key.parse().unwrap());
    let (url, seen) = (
        format!("http://{}/witness", listener.local_addr().unwrap()),
        Arc::<Mutex<Vec<Checkpoint>>>::default(),
    );
    let saw = seen.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut length) = (BufReader::new(stream.unwrap()), 0);
            let mut head = String::new();
            while head.lines().last() != Some("") {
                assert!(stream.read_line(&mut head).unwrap() > 0, "{head}");
                let last = head.lines().last().unwrap_or_default().to_ascii_lowercase();
                length =
                    last.strip_prefix("content-length: ").map_or(length, |length| length.parse().unwrap());
            }
            assert!(head.starts_with("POST /witness/add-checkpoint "), "{head}");
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let submission: Submission = String::from_utf8(body).unwrap().parse().unwrap();
            let checkpoint = Checkpoint::open(&submission.note, &key).unwrap();
            let mut saw = saw.lock().unwrap();
            let size = saw.last().map_or(0, |last| last.size);
            let answer = if submission.old != size {
                let body = format!("{size}\n");
                format!(
                    "409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
            } else if saw.last().is_none_or(|last| {
                verify_consistency(last.size, last.root, checkpoint.size, checkpoint.root, &submission.proof)
            }) {
                saw.push(checkpoint);
                "200 OK\r\nContent-Length: 0\r\n\r\n".to_owned()
            } else {
                "422 Unprocessable Entity\r\nContent-Length: 0\r\n\r\n".to_owned()
            };
            let answer = format!("HTTP/1.1 {}", answer.replacen("\r\n", "\r\nConnection: close\r\n", 1));
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, seen)
}

#[test]
fn a_witness_is_told_over_http_and_may_refuse() {
    let world = World::new();
    let (url, seen) = over_http(&key(&world));
    fill(&world, 25);
    let server = sealer(&world, Some(&url)).ready();
    sealed(&world, &server, 25);
    drop(server);
    fill(&world, 5);
    let server = sealer(&world, Some(&url)).ready();
    sealed(&world, &server, 30);
    drop(server);
    let mut sizes: Vec<_> = seen.lock().unwrap().iter().map(|checkpoint| checkpoint.size).collect();
    // A sealer that starts says again what it knows.
    sizes.dedup();
    assert_eq!(sizes, [10, 20, 25, 30]);
    execute(&world, "UPDATE events SET data = '{}' WHERE position = 15; DELETE FROM seals WHERE size > 10");
    fill(&world, 5);
    let server = sealer(&world, Some(&url));
    eventually("the sealer refuses", || {
        let ready = server.readiness()?;
        (ready.status == 503 && ready.text.contains("422")).then_some(())
    });
}
