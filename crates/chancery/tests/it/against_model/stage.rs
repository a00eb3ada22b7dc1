//! What a sequence plays on: one system for all, organizations and tenants of its own.

use jiff::Timestamp;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};

use crate::{
    call::{Call, Reply},
    cast::Bearer,
    model::{Command, Expected, Facts, Pair, Scopes},
    process::Server,
    world::World,
};

use super::names::{Names, Organization, catalog};

/// What all sequences share.
pub(super) struct System<'a> {
    pub(super) server: &'a Server,
    pub(super) platform: Bearer,
    pub(super) reviewer: Bearer,
    pub(super) auditor: Bearer,
}

impl<'a> System<'a> {
    pub(super) fn new(world: &World, server: &'a Server) -> Self {
        let create = ["token", "create", "--role", "platform", "--name", "First", "--output", "json"];
        let platform = Bearer::of(&serde_json::from_slice(&world.run(&create).stdout).unwrap());
        let system = Self { server, reviewer: platform.clone(), auditor: platform.clone(), platform };
        let reviewer = system.token(json!({"role": "reviewer", "subject": {"id": "rita", "name": "Rita"}}));
        let auditor = system.token(json!({"role": "auditor"}));
        Self { reviewer, auditor, ..system }
    }

    /// What the platform does.
    fn arrange(&self, call: Call) -> Reply {
        let reply = self.server.send(&call.by(&self.platform));
        assert!(reply.is_success(), "{}", reply.text);
        reply
    }

    fn token(&self, mut body: Value) -> Bearer {
        body["name"] = "For the model".into();
        Bearer::of(&self.arrange(Call::post("/v1/tokens", &body)).json())
    }

    fn organization(&self, body: &Value) -> Organization {
        let organization = self.arrange(Call::post("/v1/organizations", body)).json();
        self.represented(organization["organization_id"].as_str().unwrap())
    }

    fn represented(&self, id: &str) -> Organization {
        let developer = self.token(json!({"role": "developer", "organization_id": id}));
        Organization { id: id.to_owned(), developer }
    }
}

/// What one sequence plays on.
pub(super) struct Stage<'a> {
    pub(super) system: &'a System<'a>,
    pub(super) names: Names,
    /// Of all tenants, as far as they are registered.
    pub(super) admin: Bearer,
    /// The last position that an answer told.
    pub(super) head: u64,
    pub(super) began: Timestamp,
}

impl<'a> Stage<'a> {
    pub(super) fn new(system: &'a System<'a>, sequence: u64) -> Self {
        let facts = Facts::start();
        let mut names = Names { tenants_from: 100 * (sequence + 1), ..Names::default() };
        system.arrange(Call::put("/v1/scope-catalog", &catalog(Scopes::ALL)));
        for (number, organization) in facts.organizations.iter().enumerate() {
            let body = match organization.lab {
                Some(lab) => json!({"name": "A third party", "kind": "third_party",
                                    "integration_tenant_id": names.tenant(lab)}),
                None => json!({"name": "A customer", "kind": "customer",
                               "customer_id": names.customer(number)}),
            };
            names.organizations.push(system.organization(&body));
        }
        // A third party's lab is registered with it.
        let customers = |tenant: &u64| facts.organizations[facts.tenants[tenant].customer].lab.is_none();
        for tenant in facts.tenants.keys().copied().filter(customers) {
            system.arrange(registration(&names, &facts, tenant));
        }
        let admin = admin(system, &names, &facts);
        let mut stage = Self { system, names, admin, head: 0, began: Timestamp::now() };
        stage.look_at_head();
        stage
    }

    /// Something was recorded beside what the commands say.
    pub(super) fn look_at_head(&mut self) {
        // A command that changes nothing tells the log's head.
        self.head = self.system.arrange(registration(&self.names, &Facts::start(), 10)).position();
    }

    /// Whether the answer is one that the model expects.
    pub(super) fn agrees(&mut self, reply: &Reply, expected: &Expected) -> bool {
        let position = reply.header("Chancery-Position").and_then(|text| text.parse().ok());
        let changed = position.is_some_and(|position: u64| position > self.head);
        if reply.is_success() {
            self.head = position.unwrap_or(self.head);
        }
        match expected {
            Expected::Changes => reply.is_success() && changed,
            Expected::Nothing => reply.is_success() && !changed,
            Expected::Refused(codes) => is_one_of(reply, codes),
            Expected::NothingOrRefused(codes) => (reply.is_success() && !changed) || is_one_of(reply, codes),
        }
    }

    /// Remembers what the command brought about.
    pub(super) fn learn(
        &mut self,
        command: &Command,
        reply: &Reply,
        facts: &Facts,
        number: usize,
    ) -> Result<(), TestCaseError> {
        let answer = reply.json();
        let id = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
        match command {
            Command::RequestAccess => self.names.requests.push(id("request_id")),
            Command::CreateApp { .. } => self.names.apps.push(id("app_id")),
            Command::CreateNetwork { .. } => self.names.networks.push(id("network_id")),
            Command::CreateGroup { .. } => self.names.groups.push(id("group_id")),
            Command::DecideAccess { tenant: Some(_), .. } => {
                self.names.organizations.push(self.system.represented(&id("organization_id")));
                self.admin = admin(self.system, &self.names, facts);
                self.look_at_head();
            }
            Command::Generate { .. } | Command::GenerateForGroup { .. } => {
                self.names.secrets.insert(id("secret_id"), number);
            }
            Command::Consent { at, .. } => self.learn_client(&answer, at.pair(), facts, number)?,
            _ => {}
        }
        Ok(())
    }

    /// A client id stands for the command that minted it, and for no other.
    fn learn_client(
        &mut self,
        answer: &Value,
        pair: Pair,
        facts: &Facts,
        number: usize,
    ) -> Result<(), TestCaseError> {
        let (Some(consent), Some(client)) = (facts.consents.get(&pair), answer["client_id"].as_str()) else {
            return Ok(());
        };
        if consent.credential == number {
            let known = self.names.clients.insert(client.to_owned(), number);
            if let Some(known) = known {
                return Err(TestCaseError::fail(format!(
                    "command {number} shares what command {known} minted"
                )));
            }
        }
        if answer.get("client_secret").is_some() {
            let secret = answer["secrets"][0]["secret_id"].as_str().unwrap_or_default();
            self.names.secrets.insert(secret.to_owned(), number);
        }
        Ok(())
    }
}

fn registration(names: &Names, facts: &Facts, number: u64) -> Call {
    let tenant = facts.tenants[&number];
    let environments = ["integration", "production"];
    let body = json!({"tenant_id": names.tenant(number), "name": "A tenant",
                      "customer_id": names.customer(tenant.customer),
                      "environments": &environments[..if tenant.in_production { 2 } else { 1 }]});
    Call::post("/v1/tenants", &body)
}

/// The admin of every tenant in each of its environments.
fn admin(system: &System<'_>, names: &Names, facts: &Facts) -> Bearer {
    let places: Vec<_> = facts.places().map(|place| names.instance(place)).collect();
    system.token(json!({"role": "tenant_admin", "tenants": places}))
}

/// What is not seen is told like what does not exist, by one code for all.
fn is_one_of(reply: &Reply, codes: &[&str]) -> bool {
    const UNSEEN: [&str; 8] = [
        "access_request_unknown",
        "app_unknown",
        // Nobody is the admin of a tenant where it does not exist.
        "environment_unknown",
        "group_unknown",
        "network_unknown",
        "secret_unknown",
        "tenant_not_in_group",
        "tenant_not_listed",
    ];
    let answer = reply.json();
    let code = answer["code"].as_str().unwrap_or_default();
    !reply.is_success()
        && codes
            .iter()
            .any(|expected| *expected == code || (code == "not_found" && UNSEEN.contains(expected)))
}
