//! Every change that a superuser may make to the sealed log, found where it is.

use serde_json::{Value, json};

use super::{execute, fill, findings, run, sealed, sealer, sealer_of, verify};
use crate::{command_line::printed, world::World};

/// Restores the log to what was sealed.
const RESTORE: &str = "TRUNCATE events; INSERT INTO events SELECT * FROM original;
    UPDATE head SET position = (SELECT max(position) FROM original)";

/// A hundred events, sealed by tens.
fn sealed_log() -> World {
    let world = World::new();
    fill(&world, 100);
    let server = sealer(&world, None).ready();
    sealed(&world, &server, 100);
    execute(&world, "CREATE TABLE original AS TABLE events");
    world
}

/// Moves positions from `first` on, in two steps so that no two meet.
fn shift(first: u64, by: i64) -> String {
    format!(
        "UPDATE events SET position = -position WHERE position >= {first};
         UPDATE events SET position = -position + {by} WHERE position < 0"
    )
}

fn edited(position: u64) -> Value {
    json!({"kind": "edited", "first": position, "last": position})
}

fn moved(first: u64, last: u64, sealed_at: u64) -> Value {
    json!({"kind": "moved", "first": first, "last": last, "sealed_at": sealed_at})
}

fn missing(first: u64, last: u64) -> Value {
    json!({"kind": "missing", "first": first, "last": last})
}

#[test]
fn every_tampering_is_found_and_located() {
    let world = sealed_log();
    let report = verify(&world, &[]);
    assert_eq!((findings(&report), &report["verdict"]), (Vec::<Value>::new(), &json!("as_sealed")));
    assert_eq!(
        (&report["events"], &report["sealed"], &report["checkpoints"]),
        (&json!(100), &json!(100), &json!(10))
    );
    let copy = "gen_random_uuid(), version + 1000, recorded_at, key_tenant, key_app, command_id, correlation_id, causation_id,
        schema_version, category, stream, type, actor_kind, actor_id, traceparent, data FROM events";
    // In the middle of a stretch, at both sides of a checkpoint, at the beginning and the end.
    for at in [1_u64, 55, 50, 51, 99, 100] {
        let mut cases = vec![
            (format!("UPDATE events SET data = '{{}}' WHERE position = {at}"), vec![edited(at)]),
            (
                format!("UPDATE events SET recorded_at = recorded_at + '1us' WHERE position = {at}"),
                vec![edited(at)],
            ),
            (format!("UPDATE events SET recorded_at = 'infinity' WHERE position = {at}"), vec![edited(at)]),
            (format!("UPDATE events SET actor_id = 'q' WHERE position = {at}"), vec![edited(at)]),
            (format!("UPDATE events SET traceparent = '' WHERE position = {at}"), vec![edited(at)]),
            (
                format!("DELETE FROM events WHERE position >= {at}; UPDATE head SET position = {at} - 1"),
                vec![missing(at, 100)],
            ),
        ];
        if at < 100 {
            cases.push((format!("DELETE FROM events WHERE position = {at}"), vec![missing(at, at)]));
            cases.push((
                format!(
                    "DELETE FROM events WHERE position = {at}; {}; UPDATE head SET position = 99",
                    shift(at + 1, -1)
                ),
                vec![moved(at, 99, at + 1), missing(100, 100)],
            ));
            cases.push((
                format!(
                    "{}; INSERT INTO events SELECT {at}, {copy} WHERE position = {at} + 1; UPDATE head SET position = 101",
                    shift(at, 1)
                ),
                vec![edited(at), moved(at + 1, 100, at)],
            ));
            cases.push((
                format!(
                    "UPDATE events SET position = -1 WHERE position = {at}; UPDATE events SET position = {at} WHERE
                     position = {at} + 1; UPDATE events SET position = {at} + 1 WHERE position = -1"
                ),
                vec![moved(at, at, at + 1), moved(at + 1, at + 1, at)],
            ));
        }
        for (tampering, wanted) in cases {
            execute(&world, &tampering);
            assert_eq!(findings(&verify(&world, &[])), wanted, "{tampering}");
            execute(&world, RESTORE);
        }
    }
    assert_eq!(verify(&world, &[])["as_sealed"], true, "restored");
}

#[test]
fn a_cut_says_where_the_log_ends_now() {
    let world = sealed_log();
    execute(&world, "DELETE FROM events WHERE position > 67");
    let report = verify(&world, &[]);
    let (events, last) = (&report["events"], &report["last_position"]);
    assert_eq!((events, last, &report["sealed"]), (&json!(67), &json!(67), &json!(100)));
    assert_eq!(findings(&report), [missing(68, 100), json!({"kind": "head", "head": 100, "last": 67})]);
    // Where the head was set back too, it is right.
    execute(&world, "UPDATE head SET position = 67");
    assert_eq!(findings(&verify(&world, &[])), [missing(68, 100)]);

    execute(&world, RESTORE);
    execute(&world, "UPDATE events SET position = 0 WHERE position = 1");
    let report = verify(&world, &[]);
    assert_eq!(findings(&report), [json!({"kind": "unexpected", "position": 0}), missing(1, 1)]);
    assert_eq!(report["findings"][0]["message"], "before position 1: an event, where none can be");
}

#[test]
fn the_hashes_beside_the_checkpoints_are_not_believed() {
    let world = sealed_log();
    execute(&world, "CREATE TABLE seals_original AS TABLE seals");
    let restore = format!("{RESTORE}; TRUNCATE seals; INSERT INTO seals SELECT * FROM seals_original");
    let leaf = "overlay(leaves PLACING sha256('x') FROM 1 + 32 * 4 FOR 32)";
    for (tampering, wanted) in [
        // Hashes alone: the log is right, and they are not.
        (format!("UPDATE seals SET leaves = {leaf} WHERE size = 60"), json!([{"kind": "hashes", "size": 60}])),
        ("UPDATE seals SET peaks = '' WHERE size = 60".into(), json!([{"kind": "hashes", "size": 60}])),
        // The event and its hash: then only the stretch is known.
        (
            format!(
                "UPDATE events SET data = '{{}}' WHERE position = 55; UPDATE seals SET leaves = {leaf} WHERE size = 60;
                 UPDATE events SET data = '{{}}' WHERE position = 77"
            ),
            json!([{"kind": "unlocated", "first": 51, "last": 60}, edited(77)]),
        ),
        ("DELETE FROM seals WHERE size = 60".into(), json!([{"kind": "gap", "first": 50, "last": 60}])),
        (
            "UPDATE seals SET note = replace(note, E'\\n60\\n', E'\\n61\\n') WHERE size = 60".into(),
            json!([{"kind": "checkpoint", "size": 60, "why": "the signature is not that of the key that it names"}]),
        ),
    ] {
        execute(&world, &tampering);
        assert_eq!(json!(findings(&verify(&world, &[]))), wanted, "{tampering}");
        execute(&world, &restore);
    }
    assert_eq!(verify(&world, &[])["as_sealed"], true, "restored");
}

#[test]
fn what_no_constraint_would_let_stand_beside_a_checkpoint_is_found_too() {
    let world = sealed_log();
    execute(
        &world,
        "CREATE TABLE seals_original AS TABLE seals; ALTER TABLE seals DROP CONSTRAINT seals_check;
         ALTER TABLE seals ALTER previous DROP NOT NULL; ALTER TABLE seals ALTER note DROP NOT NULL;
         ALTER TABLE seals ALTER peaks DROP NOT NULL; ALTER TABLE seals ALTER leaves DROP NOT NULL",
    );
    let restore = format!("{RESTORE}; TRUNCATE seals; INSERT INTO seals SELECT * FROM seals_original");
    let hashes = json!({"kind": "hashes", "size": 60});
    let endless = i64::MAX;
    for (tampering, wanted) in [
        (
            "UPDATE seals SET note = NULL WHERE size = 60".to_owned(),
            vec![json!({"kind": "checkpoint", "size": 60, "why": "it cannot be read"})],
        ),
        ("UPDATE seals SET leaves = NULL WHERE size = 60".to_owned(), vec![hashes.clone()]),
        ("UPDATE seals SET peaks = NULL WHERE size = 60".to_owned(), vec![hashes.clone()]),
        ("UPDATE seals SET previous = NULL WHERE size = 60".to_owned(), vec![hashes.clone()]),
        ("UPDATE seals SET previous = -1 WHERE size = 60".to_owned(), vec![hashes]),
        (
            format!(
                "INSERT INTO seals (size, previous, note, peaks, leaves)
                 SELECT {endless}, size, note, peaks, leaves FROM seals WHERE size = 100"
            ),
            vec![
                missing(101, endless.cast_unsigned()),
                json!({"kind": "checkpoint", "size": endless, "why": "it says another size"}),
            ],
        ),
    ] {
        execute(&world, &tampering);
        assert_eq!(findings(&verify(&world, &[])), wanted, "{tampering}");
        // The rest is judged as ever.
        execute(&world, "UPDATE events SET data = '{}' WHERE position = 77");
        let found = findings(&verify(&world, &[]));
        assert!(found.contains(&edited(77)) && found.len() == wanted.len() + 1, "{tampering}: {found:?}");
        execute(&world, &restore);
    }
    assert_eq!(verify(&world, &[])["as_sealed"], true, "restored");
}

#[test]
fn a_hash_that_is_kept_for_proofs_and_is_not_of_what_was_sealed_is_found() {
    let world = World::new();
    // More than are below a whole tile.
    fill(&world, 65_540);
    sealed(&world, &sealer_of(&world, "30000", None).ready(), 65_540);
    assert_eq!(findings(&verify(&world, &[])), Vec::<Value>::new());
    execute(
        &world,
        "CREATE TABLE tiles AS TABLE seal_tiles; CREATE TABLE original AS SELECT * FROM events WHERE position = 5;
         ALTER TABLE seal_tiles DROP CONSTRAINT seal_tiles_pkey, DROP CONSTRAINT seal_tiles_check, ALTER hashes DROP NOT NULL",
    );
    let tile = |index: i64, first: u64, last: u64| json!({"kind": "tile", "level": 1, "index": index, "first": first, "last": last});
    let spoil = "UPDATE seal_tiles SET hashes = overlay(hashes PLACING sha256('x') FROM 1 + 32 * 3 FOR 32)";
    for (tampering, wanted) in [
        (spoil.to_owned(), vec![tile(0, 769, 1024)]),
        ("UPDATE seal_tiles SET hashes = substr(hashes, 1, 320)".to_owned(), vec![tile(0, 1, 65_536)]),
        ("UPDATE seal_tiles SET hashes = NULL".to_owned(), vec![tile(0, 1, 65_536)]),
        ("INSERT INTO seal_tiles TABLE tiles".to_owned(), vec![tile(0, 1, 65_536)]),
        ("DELETE FROM seal_tiles".to_owned(), vec![tile(0, 1, 65_536)]),
        ("INSERT INTO seal_tiles SELECT 1, 1, hashes FROM tiles".to_owned(), vec![tile(1, 0, 0)]),
        // Neither hides the other.
        (
            format!("UPDATE events SET data = '{{}}' WHERE position = 5; {spoil}"),
            vec![edited(5), tile(0, 769, 1024)],
        ),
    ] {
        execute(&world, &tampering);
        assert_eq!(findings(&verify(&world, &[])), wanted, "{tampering}");
        execute(
            &world,
            "TRUNCATE seal_tiles; INSERT INTO seal_tiles TABLE tiles; DELETE FROM events WHERE position = 5;
             INSERT INTO events TABLE original",
        );
    }
    execute(&world, spoil);
    let report = verify(&world, &[]);
    let message = "positions 769 to 1024: seal_tiles, level 1, index 0 does not have the hashes of what was sealed there";
    assert_eq!(report["findings"][0]["message"], message);
}

#[test]
fn a_head_that_is_gone_is_found_and_the_events_are_judged_without_it() {
    let world = sealed_log();
    let log_id = verify(&world, &[])["log_id"].clone();
    execute(&world, "DELETE FROM head");
    let gone = json!({"kind": "head", "head": 0, "last": 100});
    let report = verify(&world, &[]);
    assert_eq!((findings(&report), &report["log_id"]), (vec![gone.clone()], &log_id));
    execute(&world, "UPDATE events SET data = '{}' WHERE position = 77");
    assert_eq!(findings(&verify(&world, &[])), [edited(77), gone]);

    let empty = World::new();
    execute(&empty, "DELETE FROM head");
    assert_eq!(findings(&verify(&empty, &[])), [json!({"kind": "head", "head": 0, "last": 0})]);
}

#[test]
fn a_log_that_was_never_sealed_is_counted_and_nothing_is_vouched_for() {
    let world = World::new();
    let report = verify(&world, &[]);
    assert_eq!(
        (&report["events"], &report["sealed"], &report["verdict"]),
        (&json!(0), &json!(0), &json!("not_sealed"))
    );
    fill(&world, 5);
    let report = verify(&world, &[]);
    let none = (&json!(0), &json!(0), &json!("not_sealed"));
    assert_eq!((&report["sealed"], &report["checkpoints"], &report["verdict"]), none);
    // Nothing differs, and that is not what the verdict says of a log that somebody vouches for.
    let said = printed(run(&world, &["verify"]));
    assert!(said.contains("not sealed yet: vouched for by nobody") && !said.contains("as it was"), "{said}");
    // Though the sealer's key is at hand.
    assert!(said.contains("none: no checkpoint was checked"), "{said}");
    execute(&world, "DELETE FROM events WHERE position = 3");
    let report = verify(&world, &[]);
    assert_eq!((findings(&report), &report["verdict"]), (vec![missing(3, 3)], &json!("differs")));
}
