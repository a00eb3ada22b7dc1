//! A caller's trace goes with what it caused: into the event, and out with the message.

mod collector;

use self::collector::{Collector, Kept};
use crate::{
    call::Call,
    cast::Cast,
    checks::{log, messages},
    eventually,
    process::Address,
    world::World,
};

#[test]
fn a_traceparent_goes_from_the_request_through_the_event_to_the_message() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let call = cast.create_app("Traced").header("traceparent", &parent);
    let position = server.send(&call).expect(201).position();

    let log = log(&world);
    let event = &log[usize::try_from(position).unwrap() - 1];
    assert_eq!(event.traceparent.as_deref(), Some(&*parent));
    assert_eq!(event.correlation_id.simple().to_string(), TRACE);

    let messages = messages(&world, log.len() as u64);
    let headers = messages[usize::try_from(position).unwrap() - 1].headers.clone().unwrap();
    assert_eq!(headers.get("traceparent").map(ToString::to_string), Some(parent.clone()));
    assert_eq!(
        headers.get("ce-correlationid").map(ToString::to_string),
        Some(event.correlation_id.to_string())
    );

    let read = Call::get(format!("/v1/events/{position}")).by(&cast.consumer);
    assert_eq!(server.send(&read).expect(200).json()["traceparent"], parent);
    let refused = server.send(&Call::get("/v1/apps/x").by(&cast.developer).header("traceparent", &parent));
    assert_eq!(refused.json()["traceId"], TRACE);
}

/// A command whose trace its caller keeps, on a server whose spans are collected; and what was collected then.
fn collected(trace: &str, wanted: &[&str]) -> Vec<Kept> {
    let world = World::new();
    let collector = Collector::start();
    let server = world.serve_with(&Address::fresh(), |command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url).env("OTEL_BSP_SCHEDULE_DELAY", "100");
    });
    let server = server.ready();
    let cast = Cast::new(&world, &server);
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let position =
        server.send(&cast.create_app("Traced").header("traceparent", &parent)).expect(201).position();
    // What follows in the log goes on from the request's own span, in the caller's trace.
    let event = &log(&world)[usize::try_from(position).unwrap() - 1];
    let carried = event.traceparent.clone().unwrap();
    assert!(carried.starts_with(&format!("00-{trace}-")) && carried.ends_with("-01") && carried != parent);
    let spans = eventually(&format!("spans of {wanted:?}"), || {
        let kept: Vec<_> = collector.kept().into_iter().filter(|span| span.concerns(trace)).collect();
        wanted.iter().all(|name| kept.iter().any(|span| span.name == *name)).then_some(kept)
    });
    let span = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let request = span("POST /v1/apps");
    assert_eq!((request.is_ours, &*request.parent), (true, "00f067aa0ba902b7"));
    assert_eq!(carried.split('-').nth(2), Some(&*request.id));
    assert_eq!(span("append").parent, request.id);
    // Whoever was faster than this command may be in the same batch, which is a part of that one's trace then.
    for name in wanted.iter().filter(|name| ["publish", "apply"].contains(name)) {
        let command = (trace.to_owned(), request.id.clone());
        let linked = spans.iter().any(|span| span.name == *name && span.links.contains(&command));
        assert!(linked, "{name}: {spans:?}");
    }
    // What is left is exported when the process ends.
    server.terminate();
    assert!(server.ended().success());
    spans
}

#[test]
fn one_trace_shows_a_command_from_the_request_over_the_append_to_the_stream() {
    let spans = collected("4bf92f3577b34da6a3ce929d0e0e4737", &["POST /v1/apps", "append", "publish"]);
    assert!(spans.iter().all(|span| !format!("{span:?}").contains("cs1.")), "{spans:?}");
}

#[test]
fn one_trace_shows_a_command_from_the_request_to_the_projection() {
    collected("4bf92f3577b34da6a3ce929d0e0e4738", &["POST /v1/apps", "append", "publish", "apply"]);
}

#[test]
fn a_server_that_is_not_told_of_a_collector_logs_as_before_and_one_whose_collector_is_away_serves() {
    let world = World::new();
    let server = world.serve_with(&Address::fresh(), |command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9").env("OTEL_BSP_SCHEDULE_DELAY", "50");
    });
    let server = server.ready();
    let cast = Cast::new(&world, &server);
    server.send(&cast.create_app("Untold")).expect(201);
    assert!(server.log().contains("ready to serve"));
    server.terminate();
    assert!(server.ended().success());
}
