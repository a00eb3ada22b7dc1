//! A gateway of somebody else's, with the gate and the meter in its process: the SDK's example.

use std::{cell::RefCell, collections::BTreeMap};

use tempfile::TempDir;

use super::{
    players::Players,
    revoking::serve,
    story::{AUDIENCE, ISSUER, tenant::NORTH},
};
use crate::{
    call::{Call, Reply, agent},
    cast::Bearer,
    checks::client,
    eventually,
    examples::{Example, point},
    process::Address,
    world::World,
};

/// Calls by how they were decided; and under `finished`, those that passed.
type Calls = BTreeMap<String, i64>;

#[test]
fn a_gateway_lets_pass_what_may_pass_and_counts_each_call() {
    let world = World::new();
    let server = serve(&world, &Address::fresh());
    let create = ["token", "create", "--role", "platform", "--name", "First", "--output", "json"];
    let platform = Bearer::of(&serde_json::from_slice(&world.run(&create).stdout).unwrap());
    let players = Players::gather(&server, platform);
    let (app, key) = players.app("Main");
    let credential = players.connected(&app, NORTH);
    players.known();
    let token = players.issue(&credential, None);

    let (folder, address) = (TempDir::new().unwrap(), Address::fresh());
    let gateway = Example::start("gateway", folder.path(), |command| {
        point(command, &world, &server.url, &players.gateway);
        command.env("NATS_URL", world.nats.meter_url());
        command.env("LISTEN", address.url().trim_start_matches("http://"));
        command.env("ENVIRONMENT", "production").env("ISSUER", ISSUER).env("AUDIENCE", AUDIENCE);
    });
    let (agent, made) = (agent(), RefCell::new(Calls::new()));
    let call = |tenant: u64| -> Option<Reply> {
        let call = Call::get(format!("/crm/v2/tenant/{tenant}/customers"));
        let call = call.header("ST-App-Key", &*key).header("Authorization", format!("Bearer {token}"));
        let reply = call.send(&agent, &address.url()).ok()?;
        let code = reply.json()["code"].as_str().map_or_else(|| "allowed".to_owned(), str::to_owned);
        *made.borrow_mut().entry(code).or_default() += 1;
        Some(reply)
    };
    let passed = eventually("it listens", || call(NORTH));
    assert_eq!((passed.status, passed.json()["tenant"].as_u64()), (200, Some(NORTH)), "{}", passed.text);
    let refused = call(NORTH + 1).unwrap();
    assert_eq!((refused.status, &refused.json()["code"]), (403, &"tenant_mismatch".into()));
    players.disconnect(&app, NORTH);
    eventually("what was revoked is refused", || (call(NORTH)?.status == 401).then_some(()));
    gateway.stop();

    let mut made = made.into_inner();
    made.insert("finished".to_owned(), made["allowed"]);
    eventually("each call is in the reports", || (counted(&world) == made).then_some(()));
}

fn counted(world: &World) -> Calls {
    let sql = "SELECT CASE WHEN status_class IS NULL THEN outcome ELSE 'finished' END, sum(calls)::bigint \
               FROM usage_day JOIN usage_keys USING (key) WHERE peak_of = 0 GROUP BY 1";
    let rows = world.block_on(async { client(world).await.query(sql, &[]).await.unwrap() });
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
