//! What is decided before anybody calls: apps, connections in every state, and the tokens of their credentials.

use serde_json::json;

use super::{
    issuer::Issuer,
    players::{JOBS, Players, READ, REPORTS, WRITE},
};
use crate::{
    call::Call,
    cast::Bearer,
    process::{Address, Server},
    world::World,
};

/// Under which signing keys are stored.
pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const ISSUER: &str = "https://chancery.example";
pub(crate) const AUDIENCE: &str = "https://api.example";

/// The tenants, and what became of the main app's connection with each.
pub(crate) mod tenant {
    /// Connected at version 1 of 2, in both environments.
    pub(crate) const NORTH: u64 = 101;
    /// Upgraded to version 2.
    pub(crate) const UPGRADED: u64 = 102;
    /// Disabled.
    pub(crate) const PAUSED: u64 = 103;
    /// Disabled and restored.
    pub(crate) const RESUMED: u64 = 104;
    /// Disconnected.
    pub(crate) const LEFT: u64 = 105;
    /// Disconnected and connected again.
    pub(crate) const BACK: u64 = 106;
    /// Taken off the app's list.
    pub(crate) const UNLISTED: u64 = 107;
    /// Secrets were replaced: one at once, one with an overlap.
    pub(crate) const ROTATED: u64 = 108;
    pub(crate) const OVERLAPPED: u64 = 109;
    /// The secret was revoked; another one works.
    pub(crate) const LEAKED: u64 = 110;
    /// Two calls a minute.
    pub(crate) const SLOW: u64 = 111;
    /// Listed, and nothing was decided.
    pub(crate) const SILENT: u64 = 112;
    /// Of the group: consenting, disabled, disconnected, taken out of it.
    pub(crate) const MEMBER: u64 = 201;
    pub(crate) const PAUSED_MEMBER: u64 = 202;
    pub(crate) const FORMER_MEMBER: u64 = 203;
    pub(crate) const REMOVED_MEMBER: u64 = 204;
}

/// Everything that the cases name. Tokens were issued when it is said.
pub(crate) struct Story {
    pub(crate) world: World,
    pub(crate) server: Server,
    pub(crate) platform: Bearer,
    pub(crate) gateway: Bearer,
    pub(crate) consumer: Bearer,
    pub(crate) maker: Bearer,
    pub(crate) admin: Bearer,
    pub(crate) keys: Keys,
    pub(crate) tokens: Tokens,
}

/// App keys.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) main: String,
    pub(crate) other: String,
    pub(crate) deleted: String,
    pub(crate) grouped: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) north: String,
    pub(crate) north_in_integration: String,
    /// For reading customers alone.
    pub(crate) north_narrow: String,
    pub(crate) upgraded: String,
    pub(crate) before_upgrade: String,
    pub(crate) paused: String,
    pub(crate) before_pause: String,
    pub(crate) after_pause: String,
    pub(crate) left: String,
    pub(crate) before_return: String,
    pub(crate) after_return: String,
    pub(crate) unlisted: String,
    pub(crate) of_replaced_secret: String,
    pub(crate) of_new_secret: String,
    pub(crate) of_retiring_secret: String,
    pub(crate) of_revoked_secret: String,
    pub(crate) of_secret_beside: String,
    pub(crate) revoked: String,
    pub(crate) slow: String,
    pub(crate) slow_narrow: String,
    pub(crate) other: String,
    pub(crate) deleted: String,
    /// Of a secret that was revoked before the app was deleted.
    pub(crate) deleted_and_revoked: String,
    pub(crate) group_before: String,
    pub(crate) group: String,
    /// What no case could wait for, or no issuer of ours would issue.
    pub(crate) expired: String,
    pub(crate) expired_and_revoked: String,
    pub(crate) from_future: String,
    pub(crate) of_other_issuer: String,
    pub(crate) for_other_audience: String,
    pub(crate) expired_of_other_issuer: String,
}

impl Story {
    pub(crate) fn tell() -> Self {
        let world = World::new();
        // It makes the keys, so that they are as old as the tokens that have expired by now.
        let past = Issuer::open(&world, ISSUER, AUDIENCE, -3_600);
        let server = gate(&world, "api,gate,projections").ready();
        let create = ["token", "create", "--role", "platform", "--name", "First", "--output", "json"];
        let platform = Bearer::of(&serde_json::from_slice(&world.run(&create).stdout).unwrap());
        let players = Players::gather(&server, platform.clone());
        let gateway = players.gateway.clone();
        let consumer = players.token(json!({"role": "consumer"}));
        let (keys, tokens) = players.play(&world, &past);
        let (maker, admin) = (players.maker.clone(), players.admin.clone());
        Self { world, server, platform, gateway, consumer, maker, admin, keys, tokens }
    }
}

/// A process that decides calls, and does what else its roles say.
pub(crate) fn gate(world: &World, roles: &str) -> Server {
    gate_with(world, roles, &[])
}

pub(crate) fn gate_with(world: &World, roles: &str, more: &[&str]) -> Server {
    world.serve_with(&Address::fresh(), |command| {
        command.args(["--role", roles, "--issuer", ISSUER, "--audience", AUDIENCE]);
        command.args([
            "--host",
            "production=api.example.com",
            "--host",
            "integration=integration.example.com",
        ]);
        command.args(more).env("CHANCERY_KEY", KEY);
        for name in
            ["NATS_URL", "CHANCERY_NATS_READER_URL", "CHANCERY_NATS_METER_URL", "CHANCERY_NATS_USAGE_URL"]
        {
            command.env_remove(name);
        }
    })
}

impl Players<'_> {
    /// All of it, in its order.
    fn play(&self, world: &World, past: &Issuer) -> (Keys, Tokens) {
        use tenant::{
            BACK, FORMER_MEMBER, LEAKED, LEFT, MEMBER, NORTH, OVERLAPPED, PAUSED, PAUSED_MEMBER,
            REMOVED_MEMBER, RESUMED, ROTATED, SLOW, UNLISTED, UPGRADED,
        };
        let (main, main_key) = self.app("Main");
        let (other, other_key) = self.app("Other");
        let (gone, gone_key) = self.app("Gone");

        let north = self.connected(&main, NORTH);
        self.decide(&main, NORTH, "integration");
        let in_integration = self.secret(&main, NORTH, "integration", &json!({}));
        let with_other = self.connected(&other, NORTH);
        let other_token = self.issue(&with_other, None);

        let upgraded = self.connected(&main, UPGRADED);
        let before_upgrade = self.issue(&upgraded, None);

        let paused = self.connected(&main, PAUSED);
        let paused_token = self.issue(&paused, None);
        self.at(&main, PAUSED, "/disable", &json!({}));
        let resumed = self.connected(&main, RESUMED);
        let before_pause = self.issue(&resumed, None);
        self.at(&main, RESUMED, "/disable", &json!({}));
        self.at(&main, RESUMED, "/restore", &json!({}));

        let left = self.issue(&self.connected(&main, LEFT), None);
        self.disconnect(&main, LEFT);
        let before_return = self.issue(&self.connected(&main, BACK), None);
        self.disconnect(&main, BACK);
        let back = self.connected(&main, BACK);
        let unlisted = self.issue(&self.connected(&main, UNLISTED), None);
        self.say(Call::delete(format!("/v1/apps/{main}/tenants/{UNLISTED}")), &self.maker);

        let replaced = self.issue(&self.connected(&main, ROTATED), None);
        let new = self.secret(&main, ROTATED, "production", &json!({"retire_previous_after": "PT0S"}));
        let retiring = self.issue(&self.connected(&main, OVERLAPPED), None);
        self.secret(&main, OVERLAPPED, "production", &json!({}));
        let leaked = self.connected(&main, LEAKED);
        let of_revoked_secret = self.issue(&leaked, None);
        let expired_and_revoked = past.issue(world, &leaked);
        let beside = self.secret(&main, LEAKED, "production", &json!({}));
        let of_secret_beside = self.issue(&beside, None);
        let revoked = self.issue(&beside, None);
        self.revoke_secret(&main, LEAKED, &leaked);
        self.revoke_token(&beside, &revoked);

        let slow = self.connected(&main, SLOW);
        let twice = json!({"calls": 2, "per": "PT1M"});
        let limit = format!("/v1/apps/{main}/tenants/{SLOW}/production/rate-limit");
        self.say(Call::put(limit, &twice), &self.platform);
        let once = json!({"calls": 1, "per": "PT1M"});
        let limit = format!("/v1/tenants/{NORTH}/production/reports/77/rate-limit");
        self.say(Call::put(limit, &once), &self.platform);

        let scopes = json!({"scopes": [READ, WRITE, JOBS, REPORTS]});
        self.say(Call::put(format!("/v1/apps/{main}/scopes"), &scopes), &self.maker);
        let yes = json!({"version": 2, "decision": "allow"});
        self.at(&main, UPGRADED, "/upgrade", &yes);

        let (grouped, grouped_key, group) =
            self.group(&[MEMBER, PAUSED_MEMBER, FORMER_MEMBER, REMOVED_MEMBER]);
        let group_before = self.issue(&group.1, None);
        self.at(&grouped, PAUSED_MEMBER, "/disable", &json!({}));
        self.disconnect(&grouped, FORMER_MEMBER);
        self.say(Call::delete(format!("{}/tenants/{REMOVED_MEMBER}", group.0)), &self.shop);

        let deleted = self.issue(&self.connected(&gone, NORTH), None);
        let at_upgraded = self.connected(&gone, UPGRADED);
        let deleted_and_revoked = self.issue(&at_upgraded, None);
        self.revoke_secret(&gone, UPGRADED, &at_upgraded);
        self.say(Call::delete(format!("/v1/apps/{gone}")), &self.maker);

        let elsewhere = |issuer: &str, audience: &str, shift| {
            Issuer::open(world, issuer, audience, shift).issue(world, &north)
        };
        self.known();
        let tokens = Tokens {
            north: self.issue(&north, None),
            north_in_integration: self.issue(&in_integration, None),
            north_narrow: self.issue(&north, Some(READ)),
            upgraded: self.issue(&upgraded, None),
            before_upgrade,
            paused: paused_token,
            before_pause,
            after_pause: self.issue(&resumed, None),
            left,
            before_return,
            after_return: self.issue(&back, None),
            unlisted,
            of_replaced_secret: replaced,
            of_new_secret: self.issue(&new, None),
            of_retiring_secret: retiring,
            of_revoked_secret,
            of_secret_beside,
            revoked,
            slow: self.issue(&slow, None),
            slow_narrow: self.issue(&slow, Some(JOBS)),
            other: other_token,
            deleted,
            deleted_and_revoked,
            group_before,
            group: self.issue(&group.1, None),
            expired: past.issue(world, &north),
            expired_and_revoked,
            from_future: elsewhere(ISSUER, AUDIENCE, 3_600),
            of_other_issuer: elsewhere("https://elsewhere.example", AUDIENCE, 0),
            for_other_audience: elsewhere(ISSUER, "https://elsewhere.example", 0),
            expired_of_other_issuer: elsewhere("https://elsewhere.example", AUDIENCE, -3_600),
        };
        (Keys { main: main_key, other: other_key, deleted: gone_key, grouped: grouped_key }, tokens)
    }
}
