//! `chancery explain`: why something is as it is, for people and for programs.

use serde_json::{Value, json};

use crate::{
    call::Call,
    cast::{Bearer, Cast, SCOPES, TENANT},
    command_line::{failed, json as printed_json, printed},
    process::{Address, Server},
    text::redacted,
    world::World,
};

/// The question about a scope.
fn question<'a>(app: &'a str, tenant: &'a str, scope: &'a str) -> Vec<&'a str> {
    let named = ["--app", app, "--tenant", tenant, "--environment", "production", "--scope", scope];
    [&["explain", "access"], &named[..]].concat()
}

#[test]
fn access_is_explained_with_what_makes_it_so() {
    let (world, server, cast, app) = set_up();
    let tenant = TENANT.to_string();
    let ask = |scope: &str, more: &[&str]| {
        let question = question(&app, &tenant, scope);
        let told = redacted(&printed(world.run(&[&question, more].concat())));
        // A secret's last characters are another each time.
        let hint = told.split("ending in ").nth(1).map_or("", |rest| &rest[..4]);
        if hint.is_empty() { told } else { told.replace(hint, "[hint]") }
    };
    let generated = server.send(&cast.generate_secret(&app)).expect(201).position().to_string();
    insta::assert_snapshot!("explain_allowed", ask(SCOPES[0], &[]));
    server.send(&cast.edit_scopes(&app, &SCOPES[..3])).expect(200);
    insta::assert_snapshot!("explain_scope_missing", ask(SCOPES[1], &[]));
    let path = format!("/v1/tenants/{TENANT}/production/connections/{app}/disable");
    server.send(&Call::post(path, &json!({})).by(&cast.admin)).expect(200);
    insta::assert_snapshot!("explain_disabled", ask(SCOPES[0], &[]));
    insta::assert_snapshot!("explain_then", ask(SCOPES[0], &["--at", &generated]));
}

#[test]
fn programs_read_the_apis_answer() {
    let (world, server, cast, app) = set_up();
    let create = ["token", "create", "--role", "auditor", "--name", "Ours", "--output", "json"];
    let auditor = Bearer::of(&printed_json(world.run(&create)));
    let at = server.send(&cast.generate_secret(&app)).expect(201).position().to_string();
    let tenant = TENANT.to_string();
    let question = question(&app, &tenant, SCOPES[0]);
    let said: Value = printed_json(world.run(&[&question[..], &["--at", &at, "--output", "json"]].concat()));
    let query = format!("app_id={app}&tenant_id={TENANT}&environment=production&scope={}&at={at}", SCOPES[0]);
    let read = Call::get(format!("/v1/explain/access?{query}")).by(&auditor);
    // A token that was just created is one everywhere, a little later.
    let answer = crate::eventually("the auditor is known", || {
        let reply = server.send(&read);
        (reply.status == 200).then(|| reply.json())
    });
    assert_eq!(said, answer);
    assert_eq!((&said["allowed"], said["position"].to_string()), (&true.into(), at));
}

#[test]
fn what_cannot_be_asked_is_told_apart_from_what_is_not_there() {
    let (world, _server, _cast, app) = set_up();
    let nobody = "01890000-0000-7000-8000-000000000000";
    let tenant = TENANT.to_string();
    let good = question(&app, &tenant, SCOPES[0]);
    for (arguments, said) in [
        (question(nobody, &tenant, SCOPES[0]), format!("the log has no app {nobody}")),
        (question(&app, "77777", SCOPES[0]), "the log has no tenant 77777".to_owned()),
        (
            question(&app, &tenant, "tn.crm.typo:r"),
            "no catalog and no version of the app has tn.crm.typo:r".to_owned(),
        ),
        (
            [&good[..], &["--at", "9000-01-01T00:00:00Z"]].concat(),
            "9000-01-01T00:00:00Z is still to come".to_owned(),
        ),
    ] {
        assert_eq!(failed(world.run(&arguments), 1), format!("chancery: {said}\n"));
    }
    let after = failed(world.run(&[&good[..], &["--at", "1000000"]].concat()), 1);
    assert!(after.contains("it has nothing at 1000000"), "{after}");
    for wrong in [
        question("1", &tenant, SCOPES[0]),
        question(&app, "0", SCOPES[0]),
        question(&app, &tenant, "contacts"),
        [&good[..], &["--at", "yesterday"]].concat(),
        good[..4].to_vec(),
    ] {
        let said = failed(world.run(&wrong), 2);
        assert!(said.starts_with("error: "), "{wrong:?}: {said}");
    }
}

fn set_up() -> (World, Server, Cast, String) {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    server.send(&Call::put("/v1/scope-catalog", &catalog()).by(&cast.platform)).expect(200);
    let app = cast.connected_app(&server);
    (world, server, cast, app)
}

/// An operation for each scope.
fn catalog() -> Value {
    let parts = |scope: &'static str| scope[3..scope.len() - 2].split_once('.').unwrap();
    let named = |scope: &'static str| {
        let ((module, resource), is_view) = (parts(scope), scope.ends_with(":r"));
        json!({"scope": scope, "module": module, "resource": resource, "title": resource,
               "access": if is_view { "view" } else { "modify" }})
    };
    let operation = |scope: &'static str| {
        let ((module, resource), is_view) = (parts(scope), scope.ends_with(":r"));
        json!({"id": scope, "module": module, "method": if is_view { "GET" } else { "POST" },
               "path": format!("/{module}/v2/tenant/{{tenant}}/{resource}"), "scope": scope, "kind": "standard"})
    };
    json!({"scopes": SCOPES.map(named), "operations": SCOPES.map(operation)})
}
