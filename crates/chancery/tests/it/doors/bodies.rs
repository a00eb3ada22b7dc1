//! What a refusal says, and what an allowed call is told.

use serde_json::Value;

use super::{
    story::{Story, gate},
    table::{Case, cases},
    ways::{Authorize, Forward},
};

/// What differs from run to run.
fn redacted(mut body: Value) -> Value {
    for name in ["decision_id", "traceId", "app_id", "client_id", "gate_position"] {
        if let Some(id) = body.get_mut(name).filter(|id| !id.is_null()) {
            *id = format!("[{name}]").into();
        }
    }
    if let Some(place) = body.get_mut("where").filter(|place| place.is_string()) {
        let parts = place.as_str().unwrap().split('/');
        let known = parts.map(|part| if part.len() == 36 { "[app_id]" } else { part }).collect::<Vec<_>>();
        *place = known.join("/").into();
    }
    body
}

#[test]
fn a_refusal_says_what_is_missing_who_must_act_and_where() {
    let story = Story::tell();
    let door = Authorize { story: &story, server: gate(&story.world, "gate").ready() };
    let mut told = serde_json::Map::new();
    let mut codes = Vec::new();
    for case in cases(&story) {
        let body = redacted(door.ask(&case).json());
        // Of each code one, and of missing scopes all.
        if !codes.contains(&case.outcome) || case.outcome == "scope_missing" {
            codes.push(case.outcome);
            told.insert(format!("{}: {}", case.outcome, case.name), body);
        }
    }
    insta::assert_json_snapshot!(told);
}

#[test]
fn nobody_without_a_token_of_ours_learns_more_than_a_code() {
    let story = Story::tell();
    let door = Authorize { story: &story, server: gate(&story.world, "gate").ready() };
    let before = ["app_key_missing", "app_unknown", "token_missing", "token_invalid"];
    for case in cases(&story).iter().filter(|case| before.contains(&case.outcome)) {
        let body = door.ask(case).json();
        let more =
            ["app_id", "tenant_id", "client_id", "scopes", "operation", "who", "where", "granted_version"];
        assert!(more.iter().all(|name| body.get(name).is_none()), "{}: {body}", case.name);
    }
}

#[test]
fn rule_29_the_headers_say_where_a_caller_stands() {
    let story = Story::tell();
    let door = Forward { story: &story, server: gate(&story.world, "gate").ready(), strict: false };
    let cases = cases(&story);
    let named = |name: &str| cases.iter().find(|case| case.name == name).unwrap();
    let send = |case: &Case| door.send(&door.head(case));
    let headers = |case: &Case, names: &[&str]| {
        let answer = send(case);
        names.iter().map(|name| answer.header(name).unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    let limit = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"];
    assert_eq!(headers(named("a call within the grant"), &limit), ["60", "59", "1", "-"]);
    assert_eq!(headers(named("the first of two calls"), &limit), ["2", "1", "60", "-"]);
    assert_eq!(headers(named("the second of two calls"), &limit), ["2", "0", "60", "-"]);
    let refused = send(named("the third of two calls"));
    assert_eq!((refused.status, refused.header("RateLimit-Remaining")), (429, Some("0")));
    let wait: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait) && refused.header("RateLimit-Reset") == Some(&*wait.to_string()));
    // What did not come so far as to be counted has no limit to tell.
    let missing = named("a scope of the next version");
    assert_eq!(headers(missing, &limit), ["-", "-", "-", "-"]);
    assert_eq!(
        headers(missing, &["WWW-Authenticate", "Chancery-Code"]),
        ["Bearer error=\"insufficient_scope\", scope=\"tn.crm.customers:w\"", "scope_missing"]
    );
    assert_eq!(headers(named("no token"), &["WWW-Authenticate"]), ["Bearer"]);
    assert_eq!(headers(named("an expired token"), &["WWW-Authenticate"]), ["Bearer error=\"invalid_token\""]);
}

#[test]
fn an_allowed_call_tells_the_upstream_who_calls() {
    let story = Story::tell();
    let door = Forward { story: &story, server: gate(&story.world, "gate").ready(), strict: false };
    let asked = Authorize { story: &story, server: gate(&story.world, "gate").ready() };
    for case in cases(&story).iter().filter(|case| case.outcome == "allowed").take(5) {
        let (answer, body) = (door.send(&door.head(case)), asked.ask(case).json());
        assert_eq!((answer.status, &*answer.body), (200, ""));
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        let scopes: Vec<&str> = body["scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        for (name, value) in [
            ("Chancery-App", text("app_id")),
            ("Chancery-Tenant", body["tenant_id"].to_string()),
            ("Chancery-Client", text("client_id")),
            ("Chancery-Scopes", scopes.join(" ")),
            ("Chancery-Operation", text("operation")),
            ("Chancery-Position", body["gate_position"].to_string()),
        ] {
            assert_eq!(answer.header(name), Some(&*value), "{}: {name}", case.name);
        }
        assert_eq!(answer.header("Chancery-Code"), None);
    }
}
