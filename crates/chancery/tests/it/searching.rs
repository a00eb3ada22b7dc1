//! What filters go by is kept up beside the views, and forgotten without harm.

use serde_json::Value;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::{call::Call, cast::Cast, checks::log, eventually, process::Address, world::World};

/// What a statement of the database's owner gives, as text.
fn sql(world: &World, statement: &str) -> Option<String> {
    world.block_on(async {
        let (client, connection) = tokio_postgres::connect(&world.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        let answer = client.simple_query(statement).await.unwrap();
        answer.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
    })
}

#[test]
fn filters_find_the_same_while_keys_are_kept_up_forgotten_and_written_anew() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    let head = log(&world).len() as u64;
    let search = || {
        let call =
            Call::get(format!("/v1/events?category=connection&app={app}&limit=1000")).by(&cast.consumer);
        server.send(&call).expect(200).json()["items"].clone()
    };
    let keys_reach = |position: u64| {
        eventually("the keys follow the log", || {
            let ready = server.ops("/readyz").expect(200).json();
            let named = |one: &&Value| one["name"] == "event keys";
            let keys = ready["dependencies"].as_array()?.iter().find(named)?.clone();
            assert_eq!(keys["required"], false);
            (keys["detail"]["position"] == position).then_some(())
        });
    };
    let found = search();
    assert_eq!(found[0]["type"], "TenantConnected");
    keys_reach(head);
    assert_eq!(search(), found);
    let metrics = server.ops("/metrics").expect(200).text;
    assert!(metrics.contains(&format!("chancery_event_keys_position {head}\n")), "{metrics}");
    assert!(metrics.contains("chancery_event_keys_lag_events 0\n"), "{metrics}");

    sql(&world, "SELECT forget_event_keys()");
    assert_eq!(search(), found);
    let next = server.send(&cast.generate_secret(&app)).expect(201).position();
    keys_reach(next);
    assert_eq!(sql(&world, "SELECT count(DISTINCT position) FROM event_keys"), Some(next.to_string()));
    assert!(search().as_array().unwrap().starts_with(found.as_array().unwrap()));
    server.terminate();
    assert!(server.ended().success());
}
