//! `chancery log stats`: what there is, counted without reading the events.

use serde_json::{Value, json};

use crate::{
    cast::{Cast, SCOPES},
    checks::{client, log},
    command_line::{failed, json as printed_json, printed},
    eventually,
    process::Address,
    world::World,
};

fn stats(world: &World, options: &[&str]) -> Value {
    printed_json(world.run(&[&["log", "stats", "--output", "json"], options].concat()))
}

/// The events of each type, by counting them.
fn counted(world: &World) -> Value {
    let mut counts = std::collections::BTreeMap::<(String, String), u64>::new();
    for event in log(world) {
        *counts.entry((event.category, event.event_type)).or_default() += 1;
    }
    let types = counts.into_iter();
    types
        .map(|((category, name), events)| json!({"category": category, "type": name, "events": events}))
        .collect()
}

#[test]
fn an_empty_log_has_nothing() {
    let world = World::new();
    let found = stats(&world, &[]);
    assert_eq!((&found["events"], &found["streams"], &found["sealed"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!((&found["types"], &found["days"]), (&json!([]), &json!([])));
    assert_eq!((&found["first_recorded_at"], &found["last_recorded_at"]), (&Value::Null, &Value::Null));
    printed(world.run(&["log", "stats"]));
}

#[test]
fn events_are_counted_whether_filters_know_them_or_not() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    server.send(&cast.edit_scopes(&app, &SCOPES)).expect(200);
    let events = log(&world);
    let indexed = || stats(&world, &[])["indexed"] == events.len();
    eventually("filters know them", || indexed().then_some(()));
    server.terminate();
    assert!(server.ended().success());
    let found = stats(&world, &[]);
    assert_eq!((&found["types"], &found["events"]), (&counted(&world), &json!(events.len())));
    let streams: std::collections::HashSet<_> = events.iter().map(|event| &event.stream).collect();
    assert_eq!(found["streams"], streams.len());
    for (field, event) in [("first_recorded_at", &events[0]), ("last_recorded_at", &events[events.len() - 1])]
    {
        assert_eq!(found[field], event.recorded_at.to_string());
    }
    let days = found["days"].as_array().unwrap();
    assert_eq!(days.iter().map(|day| day["events"].as_u64().unwrap()).sum::<u64>(), events.len() as u64);
    let tables: Vec<_> =
        found["tables"].as_array().unwrap().iter().map(|one| one["table"].as_str().unwrap()).collect();
    for table in ["events", "commands", "event_keys", "views"] {
        assert!(tables.contains(&table), "{tables:?}");
    }
    let table = printed(world.run(&["log", "stats", "--days", "1"]));
    assert!(table.contains("ScopesEdited") && table.contains("sealed up to"), "{table}");
    failed(world.run(&["log", "stats", "--days", "1000"]), 2);

    // Forgotten, they are counted from the events.
    world.block_on(async {
        client(&world).await.batch_execute("SELECT forget_event_keys()").await.unwrap();
    });
    let found = stats(&world, &["--days", "0"]);
    assert_eq!((&found["types"], &found["indexed"]), (&counted(&world), &json!(0)));
    assert_eq!(found["days"], json!([]));
}

#[test]
fn neither_types_nor_streams_are_counted_in_the_events() {
    let world = World::new();
    world.block_on(async {
        let client = client(&world).await;
        for sql in [
            "SET enable_seqscan = off; SET enable_bitmapscan = off",
            "INSERT INTO event_keys SELECT event_key('type', 'AppCreated'), n FROM generate_series(1, 20000) n",
            "VACUUM ANALYZE event_keys",
        ] {
            client.batch_execute(sql).await.unwrap();
        }
        let explain = async |sql: &str, parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)]| {
            let rows = client.query(&format!("EXPLAIN {sql}"), parameters).await.unwrap();
            rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
        };
        let indexed = include_str!("../../src/log/stats/indexed.sql");
        let plan = explain(indexed, &[&vec!["AppCreated"], &vec!["app"], &20_000_i64]).await;
        assert!(plan.contains("Index Only Scan using event_keys_pkey"), "{plan}");
        let plan = explain("SELECT count(*) FROM events WHERE version = 1", &[]).await;
        assert!(plan.contains("Index Only Scan using events_stream_version_key"), "{plan}");
    });
}
