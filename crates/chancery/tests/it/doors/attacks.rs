//! Whoever tries to get past a door, or through it as somebody else.

use serde_json::json;

use super::{
    raw::{Answer, Head},
    story::{Story, gate},
    table::{Case, cases},
    ways::Forward,
};
use crate::{call::Call, cast::Bearer, eventually};

/// A story, and a door that a call in order passes.
struct Scene<'a> {
    story: &'a Story,
    door: Forward<'a>,
    good: Case,
}

impl<'a> Scene<'a> {
    fn new(story: &'a Story) -> Self {
        let good = cases(story).into_iter().next().unwrap();
        let door = Forward { story, server: gate(&story.world, "gate").ready(), strict: false };
        let scene = Self { story, door, good };
        assert_eq!(scene.send(&scene.head()).code(), "allowed");
        scene
    }

    fn head(&self) -> Head {
        self.door.head(&self.good)
    }

    fn send(&self, head: &Head) -> Answer {
        self.door.send(head)
    }

    /// The same, where only 2xx, 401 and 403 get through.
    fn strictly(&self, arrange: impl FnOnce(Head) -> Head) -> Answer {
        let strict = Head::new("GET", "/forward-auth?status=strict").with_headers_of(&self.head());
        self.send(&arrange(strict))
    }

    fn issue(&self, role: &str) -> Bearer {
        let body = json!({"role": role, "name": "Of the attacks"});
        let issued = self.story.server.send(&Call::post("/v1/tokens", &body).by(&self.story.platform));
        Bearer::of(&issued.expect(201).json())
    }
}

#[track_caller]
fn is(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, &*answer.code()), (status, code), "{}", answer.body);
}

#[test]
fn a_door_is_closed_without_a_gateways_token() {
    let story = Story::tell();
    let scene = Scene::new(&story);
    let app = &story.tokens.north;
    let nobody = scene.send(&scene.head().without("Chancery-Gateway-Token"));
    is(&nobody, 401, "unauthenticated");
    assert_eq!(nobody.header("WWW-Authenticate"), Some("Chancery-Gateway-Token"));
    assert_eq!(nobody.header("Chancery-Decision"), None);
    let ours = &*story.gateway.token;
    for token in
        ["", "x", app, &format!("Bearer {ours}"), &format!("{ours}, {ours}"), &ours[..ours.len() - 1]]
    {
        let answer = scene.send(&scene.head().instead("Chancery-Gateway-Token", token));
        is(&answer, 401, "unauthenticated");
        let untraced = |answer: &Answer| {
            let mut body = answer.json();
            body["traceId"].take();
            body
        };
        assert_eq!(untraced(&answer), untraced(&nobody), "{token}");
    }
    is(&scene.send(&scene.head().header("Chancery-Gateway-Token", ours)), 401, "unauthenticated");
    // Whose token is in the app's place is the app.
    let beside = scene.head().without("Chancery-Gateway-Token");
    is(&scene.send(&beside.instead("Authorization", format!("Bearer {ours}"))), 401, "unauthenticated");
    for bearer in [&story.consumer, &story.platform] {
        let answer = scene.send(&scene.head().instead("Chancery-Gateway-Token", &*bearer.token));
        is(&answer, 403, "role_forbidden");
    }
    // Nobody without a token learns how the door is asked.
    is(&scene.send(&Head::new("GET", "/forward-auth?what")), 401, "unauthenticated");
    is(&scene.strictly(|head| head.without("Chancery-Gateway-Token")), 401, "unauthenticated");
}

#[test]
fn a_revoked_gateway_is_let_in_nowhere() {
    let story = Story::tell();
    let scene = Scene::new(&story);
    let gateway = scene.issue("gateway");
    let head = scene.head().instead("Chancery-Gateway-Token", &*gateway.token);
    assert_eq!(scene.send(&head).code(), "allowed");
    let revoke = Call::delete(format!("/v1/tokens/{}", gateway.token_id)).by(&story.platform);
    story.server.send(&revoke).expect(200);
    eventually("the gateway's token is dead", || {
        (scene.send(&head).code() == "unauthenticated").then_some(())
    });
    let question = json!({"method": "GET", "path": "/", "environment": "production"});
    let ask = Call::post("/v1/authorize", &question).by(&gateway);
    for reply in [story.server.ask(&ask), story.server.send(&ask), scene.door.server.send(&ask)] {
        reply.problem(401, "unauthenticated");
    }
}

#[test]
fn v1_authorize_is_for_gateways_on_every_listener() {
    let story = Story::tell();
    let case = &cases(&story)[0];
    let question = json!({"method": case.method, "path": case.path, "environment": "production",
                          "app_key": case.app_key, "authorization": case.authorization});
    let ask = Call::post("/v1/authorize", &question);
    let app = Bearer { token: story.tokens.north.clone(), ..story.gateway.clone() };
    for send in [crate::process::Server::ask, crate::process::Server::send] {
        assert_eq!(send(&story.server, &ask.clone().by(&story.gateway)).expect(200).json()["allow"], true);
        send(&story.server, &ask).problem(401, "unauthenticated");
        send(&story.server, &ask.clone().by(&app)).problem(401, "unauthenticated");
        send(&story.server, &ask.clone().by(&story.gateway).by(&story.gateway))
            .problem(401, "unauthenticated");
        send(&story.server, &ask.clone().by(&story.consumer)).problem(403, "role_forbidden");
        let strange = Call::post("/v1/authorize", &json!({"method": "GET"})).by(&story.gateway);
        send(&story.server, &strange).problem(422, "field_invalid");
        let array = Call::post("/v1/authorize", &json!(["GET", "/", "production"])).by(&story.gateway);
        send(&story.server, &array).problem(422, "field_invalid");
        let mut more = question.clone();
        more["tenant"] = 1.into();
        send(&story.server, &Call::post("/v1/authorize", &more).by(&story.gateway))
            .problem(422, "field_unknown");
        let with_query = Call::post("/v1/authorize?x=1", &question).by(&story.gateway);
        send(&story.server, &with_query).problem(400, "query_invalid");
    }
    // An access token is for the platform's API, and nothing here takes it.
    story.server.send(&Call::get("/v1/apps").by(&app)).problem(401, "unauthenticated");
    story.server.ask(&Call::get("/v1/gate/snapshot").by(&app)).problem(401, "unauthenticated");
}

#[test]
fn what_was_forwarded_is_said_once_and_in_one_way() {
    let story = Story::tell();
    let scene = Scene::new(&story);
    let path = format!("/forward-auth{}", scene.good.path);
    for name in ["X-Forwarded-Method", "X-Forwarded-Host", "X-Forwarded-Uri"] {
        is(&scene.send(&scene.head().without(name)), 400, "forwarded_invalid");
        // A client's own, beside the gateway's.
        for value in ["GET", "api.example.com", &*scene.good.path, ""] {
            is(&scene.send(&scene.head().header(name, value)), 400, "forwarded_invalid");
        }
        let twice = scene.head().instead(name, "GET, GET");
        is(&scene.send(&twice), 400, "forwarded_invalid");
        // Envoy's way with a header of the other.
        let both = Head::new("GET", &path).with_headers_of(&scene.head()).header("Host", "api.example.com");
        is(&scene.send(&both), 400, "forwarded_invalid");
        let strict = scene.strictly(|head| head.without(name));
        assert_eq!((strict.status, strict.header("Chancery-Status")), (403, Some("400")));
    }
    let bytes = scene.head().instead("X-Forwarded-Uri", format!("{}?q=é", scene.good.path));
    // The caller wrote that, and the gateway did what it should.
    is(&scene.send(&bytes), 403, "operation_unknown");
    // Where nothing was forwarded, the request is the call, and of the internal host.
    let plain = ["X-Forwarded-Method", "X-Forwarded-Host", "X-Forwarded-Uri"]
        .into_iter()
        .fold(Head::new("GET", &path).with_headers_of(&scene.head()), Head::without);
    is(&scene.send(&plain), 403, "environment_mismatch");
    assert_eq!(scene.send(&plain.clone().header("Host", "api.example.com")).code(), "allowed");
    let two_hosts = plain.header("Host", "api.example.com").header("Host", "integration.example.com");
    assert_eq!(scene.send(&two_hosts).status, 400);
}

#[test]
fn two_credentials_are_none() {
    let story = Story::tell();
    let scene = Scene::new(&story);
    let other = format!("Bearer {}", story.tokens.other);
    for second in [scene.good.authorization.as_deref().unwrap(), &other, "Basic eDp5", ""] {
        is(&scene.send(&scene.head().header("Authorization", second)), 401, "token_invalid");
    }
    for second in [scene.good.app_key.as_deref().unwrap(), &story.keys.other, ""] {
        is(&scene.send(&scene.head().header("ST-App-Key", second)), 401, "app_unknown");
    }
    let told = scene.send(&scene.head().header("Authorization", other)).json();
    assert_eq!(told["detail"], "Send one access token: this call has two.");
    assert!(told.get("app_id").is_none() && told.get("client_id").is_none(), "{told}");
}

#[test]
fn a_request_that_is_no_question_to_the_door_is_not_answered_as_one() {
    let story = Story::tell();
    let scene = Scene::new(&story);
    for target in ["/forward-auth?status=lax", "/forward-auth?x", "/forward-auth?status=strict&x=1"] {
        is(&scene.send(&Head::new("GET", target).with_headers_of(&scene.head())), 400, "query_invalid");
    }
    let absolute = Head::new("GET", "http://api.example.com/forward-auth").with_headers_of(&scene.head());
    is(&scene.send(&absolute), 400, "forwarded_invalid");
    for target in [
        "/forward-authx",
        "/",
        "/v1/apps",
        "/connect/token",
        "/openapi.json",
        "//forward-auth",
        "/Forward-Auth",
    ] {
        let answer = scene.send(&Head::new("GET", target).with_headers_of(&scene.head()));
        assert_eq!(answer.status, 404, "{target}: {}", answer.body);
    }
    story.server.send(&Call::get("/forward-auth")).problem(404, "route_unknown");
    // Heads that are too large for a call of anybody's.
    let large = scene.head().header("X-Filler", "x".repeat(300 * 1024));
    assert_eq!(scene.send(&large).status, 431);
    let many = (0..200).fold(scene.head(), |head, at| head.header(&format!("X-{at}"), "x"));
    assert_eq!(scene.send(&many).status, 431);
    let long = scene.head().instead("Authorization", format!("Bearer {}", "x".repeat(40 * 1024)));
    is(&scene.send(&long), 401, "token_invalid");
    // The door still stands.
    assert_eq!(scene.send(&scene.head()).code(), "allowed");
}

#[test]
fn nothing_that_opens_a_door_is_written_down() {
    let story = Story::tell();
    let server = story.world.serve_with(&crate::process::Address::fresh(), |command| {
        command.args([
            "--role",
            "gate",
            "--issuer",
            super::story::ISSUER,
            "--audience",
            super::story::AUDIENCE,
        ]);
        command.args(["--host", "production=api.example.com"]);
        command.env("CHANCERY_KEY", super::story::KEY).env("RUST_LOG", "trace").env_remove("NATS_URL");
    });
    let door = Forward { story: &story, server: server.ready(), strict: false };
    for case in cases(&story).iter().step_by(5) {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        door.send(&door.head(case).header("traceparent", trace));
    }
    let log = door.server.log();
    assert!(log.contains("4bf92f3577b34da6a3ce929d0e0e4736"), "a sampled trace is told");
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    let tokens = &story.tokens;
    for token in [&tokens.north, &tokens.expired, &tokens.of_other_issuer, &tokens.paused] {
        assert!(!log.contains(&signature(token)), "an access token is in the log");
    }
    assert!(!log.contains(&story.gateway.token), "a gateway's token is in the log");
}
