//! Somebody is forgotten: name, address and purpose stand nowhere any more, and everything else goes on.

use serde_json::{Value, json};

use crate::{
    archive::{export, files, folder, run},
    call::Call,
    cast::{Bearer, Cast},
    checks::{is_in_the_views, is_published, is_whole, log, messages},
    command_line::printed,
    process::{Address, Server},
    world::World,
};

const NAME: &str = "Wilhelmina Kanarienvogel";
const STRANGER: &str = "Balthasar Unbekannt";
const EMAIL: &str = "balthasar@unbekannt.example";
const PURPOSE: &str = "Wir planen Touren im Gebirge";
const PERSONAL: [&str; 4] = [NAME, STRANGER, EMAIL, PURPOSE];

#[test]
fn who_is_forgotten_stands_nowhere_any_more() {
    let world = World::to_be_killed();
    let server = world
        .serve_with(&Address::fresh(), |command| {
            command.env("RUST_LOG", "trace");
        })
        .ready();
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    let reviewer = reviewer(&server, &cast);
    let request = json!({"name": STRANGER, "email": EMAIL, "company": "Unbekannt AG", "purpose": PURPOSE});
    let request = server.send(&Call::post("/v1/access-requests", &request)).expect(201).json();
    let request_id = request["request_id"].as_str().unwrap();
    let decision =
        json!({"decision": "approve", "reason": "known", "tenant": {"tenant_id": 950, "name": "Theirs"}});
    let decide = Call::post(format!("/v1/access-requests/{request_id}/decision"), &decision).by(&reviewer);
    server.send(&decide).expect(200);
    // What is looked for is found while it is known: so the search is worth something.
    let dump = || database(&world);
    for personal in PERSONAL {
        assert!(dump().contains(personal), "{personal}");
    }
    let pages = |said: &mut String| {
        for (path, bearer) in [
            ("/v1/access-requests", &cast.reviewer),
            ("/v1/tokens?limit=100", &cast.platform),
            ("/v1/organizations", &cast.platform),
            ("/v1/tenants", &cast.platform),
            ("/v1/events?limit=1000", &cast.consumer),
            (&*format!("/v1/apps/{app}"), &cast.developer),
        ] {
            said.push_str(&server.send(&Call::get(path).by(bearer)).expect(200).text);
        }
    };
    let mut named = String::new();
    pages(&mut named);
    assert!(PERSONAL.iter().all(|personal| named.contains(personal)), "{named}");

    // One over HTTP, one by the command line.
    server.send(&Call::delete("/v1/people/wilma").by(&cast.platform)).expect(200);
    let requester = server.send(&Call::get("/v1/access-requests").by(&cast.reviewer)).expect(200).json();
    let requester = requester["items"][0]["requester_id"].as_str().unwrap().to_owned();
    let said = printed(world.run(&["people", "forget", &requester, "--output", "json"]));
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["person_id"], requester);
    let again = printed(world.run(&["people", "forget", &requester, "--output", "json"]));
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap(), said);
    let malformed = world.run(&["people", "forget", "somebody@somewhere.example"]);
    assert_eq!(malformed.status.code(), Some(1));

    let events = log(&world);
    is_whole(&events);
    is_published(&world, &events);
    is_in_the_views(&world, events.len());
    let mut seen = vec![("a dump", dump())];
    let mut nameless = String::new();
    pages(&mut nameless);
    assert!(nameless.contains("forgotten"));
    seen.push(("the API", nameless));
    let stream = messages(&world, events.len() as u64);
    seen.push(("the stream", format!("{stream:?}")));
    let bodies = stream.iter().map(|message| String::from_utf8(message.payload.to_vec()).unwrap());
    seen.push(("a message's body", bodies.collect()));
    for encoding in ["ndjson", "csv"] {
        let (_temporary, folder) = folder();
        export(&world, &folder, &["--compression", "none", "--format", encoding]);
        let text = files(&folder).into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap());
        seen.push(("an export", text.collect()));
    }
    for path in ["/metrics", "/readyz"] {
        seen.push((path, server.ops(path).expect(200).text));
    }
    server.terminate();
    seen.push(("the log", server.log()));
    for (place, text) in &seen {
        assert!(text.len() > 100, "nothing to look at: {place}");
        for personal in PERSONAL {
            if let Some(at) = text.find(personal) {
                let around: String = text[..at].chars().rev().take(300).collect();
                let around: String = around.chars().rev().collect();
                panic!("in {place} stands {personal} behind: {around}");
            }
        }
    }

    // What was exported is still the log.
    let (_temporary, folder) = folder();
    export(&world, &folder, &[]);
    let other = World::new();
    printed(run(&other, "import", &folder, &[]));
    assert_eq!(log(&other), events);
}

/// A reviewer with a name of their own.
fn reviewer(server: &Server, cast: &Cast) -> Bearer {
    let body = json!({"role": "reviewer", "name": "Review", "subject": {"id": "wilma", "name": NAME}});
    Bearer::of(&server.send(&Call::post("/v1/tokens", &body).by(&cast.platform)).expect(201).json())
}

/// Everything that `pg_dump` takes along.
fn database(world: &World) -> String {
    let dumped = world.postgres().tool("pg_dump").args(["--inserts", "postgres"]).output().unwrap();
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    String::from_utf8(dumped.stdout).unwrap()
}
