//! What ends a token ends it everywhere: at the gate that heard of it, at one in another process, and at those that
//! are in gateways' own.

use serde_json::json;

use super::{
    embedded::{Embedded, over_nats, settings},
    players::{Credential, Players},
    story::{AUDIENCE, ISSUER, KEY, gate, tenant},
};
use crate::{
    call::Call,
    cast::Bearer,
    eventually,
    process::{Address, Server},
    world::World,
};

/// Whether NATS is there when it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Lives,
    IsKilled,
}

/// A call that passes, until what it needs has ended.
struct Connected {
    what: &'static str,
    app: String,
    app_key: String,
    tenant: u64,
    credential: Credential,
    token: String,
    /// What it is refused with then.
    code: &'static str,
}

#[test]
fn rule_30_what_ends_a_token_reaches_every_gate() {
    reaches_every_gate(Stream::Lives);
}

#[test]
fn rule_30_what_ends_a_token_reaches_every_gate_while_nats_is_away() {
    reaches_every_gate(Stream::IsKilled);
}

fn reaches_every_gate(stream: Stream) {
    let world = World::new();
    let server = serve(&world, &Address::fresh());
    let create = ["token", "create", "--role", "platform", "--name", "First", "--output", "json"];
    let platform = Bearer::of(&serde_json::from_slice(&world.run(&create).stdout).unwrap());
    let players = Players::gather(&server, platform);
    let connections = connections(&players);
    let (gateway, elsewhere) = (&players.gateway, gate(&world, "gate").ready());
    let start = |settings| Embedded::start(&world, &server.url, gateway, settings);
    let (streaming, over_http) = (start(over_nats(&world)), start(settings()));
    let codes = |call: &Connected| {
        let request = call.request();
        let ask = Call::post("/v1/authorize", &request).by(gateway);
        let at = |server: &Server| {
            let told = server.ask(&ask).json();
            told["code"].as_str().unwrap_or("allowed").to_owned()
        };
        [at(&server), at(&elsewhere), call.at(&streaming), call.at(&over_http)]
    };
    for call in &connections {
        eventually(call.what, || (codes(call) == ["allowed"; 4]).then_some(()));
    }
    if stream == Stream::IsKilled {
        world.nats.kill9();
    }
    for call in &connections {
        call.end(&players);
        eventually(call.what, || (codes(call) == [call.code; 4]).then_some(()));
    }
}

/// A server with every role, and its gate.
pub(super) fn serve(world: &World, at: &Address) -> Server {
    let server = world.serve_with(at, |command| {
        command.args(["--issuer", ISSUER, "--audience", AUDIENCE]).env("CHANCERY_KEY", KEY);
    });
    server.ready()
}

/// One for each way to end.
fn connections(players: &Players<'_>) -> Vec<Connected> {
    use tenant::{LEAKED, LEFT, NORTH, PAUSED, UNLISTED, UPGRADED};
    let (main, gone) = (players.app("Main"), players.app("Gone"));
    let ends = [
        ("a pause", &main, PAUSED, "token_cut_off"),
        ("a disconnection", &main, LEFT, "token_cut_off"),
        ("a tenant that is listed no longer", &main, UNLISTED, "token_cut_off"),
        ("a revoked secret", &main, LEAKED, "token_cut_off"),
        ("a revoked token", &main, UPGRADED, "token_cut_off"),
        ("a deleted app", &gone, NORTH, "app_deleted"),
    ];
    let connected = ends.map(|(what, (app, key), tenant, code)| {
        let (app, app_key, credential) = (app.clone(), key.clone(), players.connected(app, tenant));
        Connected { what, app, app_key, tenant, credential, token: String::new(), code }
    });
    players.known();
    let issued =
        connected.into_iter().map(|call| Connected { token: players.issue(&call.credential, None), ..call });
    issued.collect()
}

impl Connected {
    fn request(&self) -> serde_json::Value {
        let path = format!("/crm/v2/tenant/{}/customers", self.tenant);
        json!({"method": "GET", "path": path, "environment": "production", "app_key": self.app_key,
               "authorization": format!("Bearer {}", self.token)})
    }

    fn at(&self, door: &Embedded<'_>) -> String {
        let request = self.request();
        let field = |name: &str| request[name].as_str().unwrap();
        let asked = door.asked(&chancery_sdk::gate::Request {
            method: field("method"),
            path: field("path"),
            environment: Some(field("environment")),
            app_key: Some(field("app_key")).into(),
            authorization: Some(field("authorization")).into(),
        });
        asked.0
    }

    /// Ends it.
    fn end(&self, players: &Players<'_>) {
        let Self { app, tenant, credential, .. } = self;
        match self.what {
            "a pause" => players.at(app, *tenant, "/disable", &json!({})),
            "a disconnection" => players.disconnect(app, *tenant),
            "a revoked secret" => players.revoke_secret(app, *tenant, credential),
            "a revoked token" => players.revoke_token(credential, &self.token),
            "a deleted app" => drop(players.say(Call::delete(format!("/v1/apps/{app}")), &players.maker)),
            _ => drop(players.say(Call::delete(format!("/v1/apps/{app}/tenants/{tenant}")), &players.maker)),
        }
    }
}
