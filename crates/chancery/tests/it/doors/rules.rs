//! What ends while a gate is serving reaches it, long before any token expires.

use serde_json::json;

use super::{
    story::{Story, gate, tenant},
    table::{Case, cases},
    ways::Forward,
};
use crate::{call::Call, cast::Bearer, eventually};

/// A door in another process than the API, and a call that passes there.
struct Live<'a> {
    story: &'a Story,
    door: Forward<'a>,
    call: Case,
}

impl<'a> Live<'a> {
    fn new(story: &'a Story) -> Self {
        let door = Forward { story, server: gate(&story.world, "gate").ready(), strict: false };
        let call = cases(story).into_iter().next().unwrap();
        let live = Self { story, door, call };
        assert_eq!(live.code(), "allowed");
        live
    }

    fn code(&self) -> String {
        self.door.send(&self.door.head(&self.call)).code()
    }

    /// What somebody decides about the app or its connection, and what becomes of the token that is out already.
    fn after(&self, decision: &Call, who: &Bearer, code: &str) {
        let reply = self.story.server.send(&decision.clone().by(who));
        assert!(reply.is_success(), "{}", reply.text);
        eventually(code, || (self.code() == code).then_some(()));
    }

    fn app(&self) -> String {
        let answer = self.door.send(&self.door.head(&self.call));
        answer.header("Chancery-App").unwrap().to_owned()
    }
}

#[test]
fn rule_11_a_deleted_app_is_refused_at_once_however_long_its_token_has_to_live() {
    let story = Story::tell();
    let live = Live::new(&story);
    live.after(&Call::delete(format!("/v1/apps/{}", live.app())), &story.maker, "app_deleted");
}

#[test]
fn rule_23_a_pause_stops_tokens_at_every_gate_and_its_end_does_not_bring_them_back() {
    let story = Story::tell();
    let live = Live::new(&story);
    let connection = format!("/v1/tenants/{}/production/connections/{}", tenant::NORTH, live.app());
    live.after(&Call::post(format!("{connection}/disable"), &json!({})), &story.admin, "token_cut_off");
    live.after(&Call::post(format!("{connection}/restore"), &json!({})), &story.admin, "token_cut_off");
}

#[test]
fn rule_24_an_unlisted_tenants_tokens_stop_at_every_gate() {
    let story = Story::tell();
    let live = Live::new(&story);
    let listing = format!("/v1/apps/{}/tenants/{}", live.app(), tenant::NORTH);
    live.after(&Call::delete(listing), &story.maker, "token_cut_off");
}

#[test]
fn rule_29_a_limit_that_is_set_holds_at_every_gate_at_once() {
    let story = Story::tell();
    let live = Live::new(&story);
    let limit = format!("/v1/apps/{}/tenants/{}/production/rate-limit", live.app(), tenant::NORTH);
    live.after(&Call::put(limit, &json!({"calls": 1, "per": "PT1M"})), &story.platform, "rate_limited");
}
