//! Secrets and tokens are told once, to those whom they belong to, and stand nowhere: not in the most talkative log,
//! not in the database, not in what is published, not in a metric, not in an error.

use chancery_views::dump;
use serde_json::json;

use crate::{
    call::Call,
    cast::{Bearer, Cast, SCOPES},
    checks::{client, log, messages},
    eventually,
    process::Address,
    world::World,
};

#[test]
fn rule_20_secrets_and_tokens_stand_nowhere() {
    let world = World::to_be_killed();
    let address = Address::fresh();
    let talkative = |format: &'static str| {
        world
            .serve_with(&address, |command| {
                command.env("RUST_LOG", "trace").env("CHANCERY_LOG_FORMAT", format);
            })
            .ready()
    };
    let mut server = talkative("text");
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    let secret = || {
        let reply = server.send(&cast.generate_secret(&app).key("secret"));
        reply.expect(201).json()["client_secret"].as_str().unwrap_or_default().to_owned()
    };
    let mut canaries = vec![secret()];
    assert_eq!(secret(), "", "a retry does not show it");
    let revoked = json!({"role": "auditor", "name": "Revoked"});
    let revoked = server.send(&Call::post("/v1/tokens", &revoked).by(&cast.platform)).expect(201);
    let revoked = Bearer::of(&revoked.json());
    assert!(world.run(&["token", "revoke", &revoked.token_id.to_string()]).status.success());
    let Cast { platform, developer, reviewer, admin, consumer } = &cast;
    canaries.extend([platform, developer, reviewer, admin, consumer, &revoked].map(|one| one.token.clone()));
    for url in [world.url(), world.nats.relay_url(), world.nats.reader_url()] {
        let password = url.split([':', '@']).nth(2).unwrap();
        canaries.push(password.to_owned());
    }

    let mut seen =
        vec![("errors", errors(&cast, &revoked, &canaries[0], &app, |call| server.send(&call).text))];
    // Servers that go away and come back are talked about too.
    world.nats.kill9();
    world.postgres().kill9();
    eventually("the server notices", || {
        let reply = server.send(&Call::get("/v1/apps").by(&cast.developer));
        (reply.status == 503).then(|| seen.push(("an error", reply.text)))
    });
    world.postgres().start_again().unwrap();
    world.nats.start_again().unwrap();
    server.kill9();
    server = talkative("json");
    server.send(&cast.edit_scopes(&app, &SCOPES)).expect(200);

    for path in ["/metrics", "/readyz"] {
        seen.push((path, server.ops(path).expect(200).text));
    }
    let all = Call::get("/v1/events?limit=1000").by(&cast.consumer);
    seen.push(("events over HTTP", server.send(&all).expect(200).text));
    let log = log(&world);
    seen.push(("messages", format!("{:?}", messages(&world, log.len() as u64))));
    for message in messages(&world, log.len() as u64) {
        seen.push(("a message's body", String::from_utf8(message.payload.to_vec()).unwrap()));
    }
    seen.push(("the database", database(&world)));
    server.terminate();
    let said = server.log();
    assert!(said.contains("TRACE") && said.len() > 100_000, "the log is not talkative: {} bytes", said.len());
    seen.push(("the log", said));

    for canary in &canaries {
        assert!(canary.len() >= 16, "not a secret: {canary}");
        for (place, text) in &seen {
            if let Some(at) = text.find(canary) {
                let around: String = text[at.saturating_sub(300)..].chars().take(400).collect();
                panic!("in {place} stands {canary}: … {around} …");
            }
        }
    }
}

/// What is answered to those who send secrets and tokens where they do not belong.
fn errors(cast: &Cast, revoked: &Bearer, secret: &str, app: &str, send: impl Fn(Call) -> String) -> String {
    let token = &cast.developer.token;
    let secrets = format!("/v1/apps/{app}/connections/101/production/secrets");
    let post = |body: String| Call::post(&*secrets, &json!({})).by(&cast.developer).json(body);
    let calls = [
        Call::get("/v1/apps").by(revoked),
        Call::get("/v1/apps").header("Authorization", format!("Basic {token}")),
        Call::get(format!("/v1/apps/{token}")).by(&cast.developer),
        Call::get(format!("/v1/apps?cursor={token}")).by(&cast.developer),
        Call::get("/v1/apps").by(&cast.developer).header("Chancery-Min-Position", token),
        post(format!("{{\"retire_previous_after\": \"{secret}\"}}")),
        post(format!("{{\"client_secret\": \"{secret}\"}}")),
        post(format!("\"{secret}\"")),
        post(secret.to_owned()),
        post("{}".to_owned()).header("If-Match", secret),
    ];
    let mut answers = String::new();
    for call in calls {
        answers.push_str(&send(call));
        answers.push('\n');
    }
    answers
}

/// Every row of every table.
fn database(world: &World) -> String {
    world.block_on(async {
        let mut client = client(world).await;
        let schemas = "SELECT DISTINCT schemaname::text FROM pg_tables \
                       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
        let mut rows = Vec::new();
        for schema in client.query(schemas, &[]).await.unwrap() {
            rows.extend(dump(&mut client, schema.get(0)).await.unwrap().into_values().flatten());
        }
        assert!(rows.len() > 50, "that is not all: {rows:#?}");
        rows.join("\n")
    })
}
