//! `GET /v1/gate/snapshot`: a gate in another process begins where this one is.

use chancery_gate::{Restore, Settings};

use super::{
    story::{Story, gate},
    table::{Case, cases, status},
    ways::{Door as _, Pure},
};
use crate::call::Call;

#[test]
fn a_copied_gate_decides_like_the_one_that_it_is_a_copy_of() {
    let story = Story::tell();
    let server = gate(&story.world, "gate").ready();
    let copy = Call::get("/v1/gate/snapshot").by(&story.gateway);
    let reply = server.ask(&copy).expect(200);
    assert_eq!(reply.header("Content-Type"), Some("application/x-ndjson"));
    let mut restore = Restore::new(Settings::default());
    restore.feed(reply.text.as_bytes()).unwrap();
    let restored = restore.finish().unwrap();
    assert_eq!(restored.gate.position().get(), reply.position());
    assert_eq!(reply.header("Chancery-Log"), Some(&*restored.log_id.to_string()));
    let mut door = Pure::with(&story, restored.gate);
    for case @ Case { name, outcome, .. } in &cases(&story) {
        if let Some(decided) = door.decide(case) {
            assert_eq!(decided, ((*outcome).to_owned(), status(outcome)), "{name}");
        }
    }
    // The API's listener has it too, and no more than gateways may.
    assert!(story.server.send(&copy).expect(200).position() >= reply.position());
    for send in [crate::process::Server::ask, crate::process::Server::send] {
        send(&story.server, &Call::get("/v1/gate/snapshot")).problem(401, "unauthenticated");
        let consumer = Call::get("/v1/gate/snapshot").by(&story.consumer);
        send(&story.server, &consumer).problem(403, "role_forbidden");
    }
    let ahead = copy.at_least(1_000_000);
    server.ask(&ahead).problem(400, "position_unknown");
}
