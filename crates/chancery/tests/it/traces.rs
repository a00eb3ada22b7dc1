//! A caller's trace goes with what it caused: into the event, and out with the message.

use crate::{
    call::Call,
    cast::Cast,
    checks::{log, messages},
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
