//! Who decides in the story, and how each of their decisions is said.

use std::cell::Cell;

use serde_json::{Value, json};

use super::story::tenant;
use crate::{call::Call, cast::Bearer, process::Server};

pub(super) const READ: &str = "tn.crm.customers:r";
pub(super) const WRITE: &str = "tn.crm.customers:w";
pub(super) const JOBS: &str = "tn.jpm.jobs:r";
pub(super) const REPORTS: &str = "tn.rpr.reports:r";

/// Everybody who decides something.
pub(super) struct Players<'a> {
    server: &'a Server,
    pub(super) platform: Bearer,
    pub(super) maker: Bearer,
    pub(super) shop: Bearer,
    reviewer: Bearer,
    pub(super) admin: Bearer,
    pub(super) gateway: Bearer,
    /// The last decision's position.
    position: Cell<u64>,
}

/// A client id and a secret.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) secret_id: String,
}

impl<'a> Players<'a> {
    pub(super) fn gather(server: &'a Server, platform: Bearer) -> Self {
        use tenant::{MEMBER, NORTH, REMOVED_MEMBER, SILENT};
        let nobody = || platform.clone();
        let mut players = Self {
            server,
            maker: nobody(),
            shop: nobody(),
            reviewer: nobody(),
            admin: nobody(),
            gateway: nobody(),
            position: Cell::new(0),
            platform,
        };
        players.say(Call::put("/v1/scope-catalog", &catalog()), &players.platform);
        let mut instances = Vec::new();
        for (tenants, customer) in [(NORTH..=SILENT, "north"), (MEMBER..=REMOVED_MEMBER, "shop")] {
            for tenant in tenants {
                let environments = ["integration", "production"];
                let body = json!({"tenant_id": tenant, "name": format!("Tenant {tenant}"), "customer_id": customer,
                                  "environments": environments});
                players.say(Call::post("/v1/tenants", &body), &players.platform);
                instances.extend(environments.map(|name| json!({"tenant_id": tenant, "environment": name})));
            }
        }
        let organization = |body: Value| {
            players.say(Call::post("/v1/organizations", &body), &players.platform)["organization_id"].clone()
        };
        let maker =
            organization(json!({"name": "Maker", "kind": "third_party", "integration_tenant_id": 900}));
        let shop = organization(json!({"name": "Shop", "kind": "customer", "customer_id": "shop"}));
        let (maker, shop) = (
            players.token(json!({"role": "developer", "organization_id": maker})),
            players.token(json!({"role": "developer", "organization_id": shop})),
        );
        let reviewer = players.token(json!({"role": "reviewer"}));
        let admin = players.token(json!({"role": "tenant_admin", "tenants": instances}));
        players.gateway = players.token(json!({"role": "gateway"}));
        (players.maker, players.shop, players.reviewer, players.admin) = (maker, shop, reviewer, admin);
        players
    }

    /// A public app, approved, listed for everybody of the north: its id and its key.
    pub(super) fn app(&self, name: &str) -> (String, String) {
        let body = json!({
            "name": name, "organization_name": "Maker", "homepage_url": "https://maker.example.com/",
            "visibility": "public", "scopes": [READ, JOBS, REPORTS],
            "tenant_ids": (tenant::NORTH..=tenant::SILENT).collect::<Vec<_>>(),
        });
        let app = self.say(Call::post("/v1/apps", &body), &self.maker);
        let (id, key) = (text(&app, "app_id"), text(&app, "app_key"));
        let approve = json!({"decision": "approve", "reason": ""});
        self.say(Call::post(format!("/v1/apps/{id}/review"), &approve), &self.reviewer);
        (id, key)
    }

    pub(super) fn decide(&self, app: &str, tenant: u64, environment: &str) {
        let body = json!({"app_id": app, "version": 1, "decision": "allow"});
        self.say(Call::post(format!("/v1/tenants/{tenant}/{environment}/connections"), &body), &self.admin);
    }

    /// Connects the app, and generates a secret.
    pub(super) fn connected(&self, app: &str, tenant: u64) -> Credential {
        self.decide(app, tenant, "production");
        self.secret(app, tenant, "production", &json!({}))
    }

    pub(super) fn secret(&self, app: &str, tenant: u64, environment: &str, body: &Value) -> Credential {
        let path = format!("/v1/apps/{app}/connections/{tenant}/{environment}/secrets");
        Credential::of(&self.say(Call::post(path, body), &self.maker))
    }

    pub(super) fn revoke_secret(&self, app: &str, tenant: u64, credential: &Credential) {
        let path = format!("/v1/apps/{app}/connections/{tenant}/production/secrets/{}", credential.secret_id);
        self.say(Call::delete(path), &self.maker);
    }

    /// What the tenant's admin does about the connection.
    pub(super) fn at(&self, app: &str, tenant: u64, what: &str, body: &Value) {
        let path = format!("/v1/tenants/{tenant}/production/connections/{app}{what}");
        self.say(Call::post(path, body), &self.admin);
    }

    pub(super) fn disconnect(&self, app: &str, tenant: u64) {
        self.say(Call::delete(format!("/v1/tenants/{tenant}/production/connections/{app}")), &self.admin);
    }

    /// A customer's app that its members share a credential of: the app, its key, the group's path, the credential.
    pub(super) fn group(&self, members: &[u64]) -> (String, String, (String, Credential)) {
        let network = self.say(Call::post("/v1/networks", &json!({"name": "Stores"})), &self.shop);
        let groups = format!("/v1/networks/{}/groups", text(&network, "network_id"));
        let body = json!({"name": "West", "environment": "production"});
        let group = text(&self.say(Call::post(&*groups, &body), &self.shop), "group_id");
        let path = format!("{groups}/{group}");
        for member in members {
            self.say(Call::set(format!("{path}/tenants/{member}")), &self.shop);
        }
        let body = json!({
            "name": "Stock", "organization_name": "Shop", "homepage_url": "https://shop.example.com/",
            "visibility": "private", "credential_management": "developer", "instance": {"tenant_id": members[0], "environment": "production"},
            "scopes": [READ],
        });
        let app = self.say(Call::post("/v1/apps", &body), &self.shop);
        let (id, key) = (text(&app, "app_id"), text(&app, "app_key"));
        self.say(Call::post(format!("{path}/connections"), &json!({"app_id": id})), &self.shop);
        for member in members {
            let body = json!({"app_id": id, "version": 1, "decision": "allow", "group_id": group});
            self.say(Call::post(format!("/v1/tenants/{member}/production/connections"), &body), &self.admin);
        }
        let secret = self.say(Call::post(format!("{path}/connections/{id}/secrets"), &json!({})), &self.shop);
        (id, key, (path, Credential::of(&secret)))
    }

    pub(super) fn issue(&self, credential: &Credential, scope: Option<&str>) -> String {
        let Credential { id, secret, .. } = credential;
        let scope = scope.map_or_else(String::new, |scope| format!("&scope={scope}"));
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}{scope}");
        let answer = self.server.send(&Call::ask("/connect/token").form(form));
        text(&answer.expect(200).json(), "access_token")
    }

    /// The gate there knows what was decided so far: tokens say how much their issuer knew.
    pub(super) fn known(&self) {
        let copy = Call::get("/v1/gate/snapshot").by(&self.gateway).at_least(self.position.get());
        self.server.send(&copy).expect(200);
    }

    pub(super) fn revoke_token(&self, credential: &Credential, token: &str) {
        let Credential { id, secret, .. } = credential;
        let form = format!("client_id={id}&client_secret={secret}&token={token}");
        self.server.send(&Call::ask("/connect/revoke").form(form)).expect(200);
    }

    pub(super) fn token(&self, mut body: Value) -> Bearer {
        body["name"] = "For the tests".into();
        Bearer::of(&self.say(Call::post("/v1/tokens", &body), &self.platform))
    }

    pub(super) fn say(&self, call: Call, who: &Bearer) -> Value {
        let call = call.by(who);
        let reply = self.server.send(&call);
        assert!(reply.is_success(), "{} {}", call.path, reply.text);
        self.position.set(reply.position());
        reply.json()
    }
}

impl Credential {
    fn of(shown: &Value) -> Self {
        Self {
            id: text(shown, "client_id"),
            secret: text(shown, "client_secret"),
            secret_id: text(shown, "secret_id"),
        }
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// Templates that overlap, a report and an export.
fn catalog() -> Value {
    let scope = |scope: &str| {
        let (module, resource) = scope[3..scope.len() - 2].split_once('.').unwrap();
        let access = if scope.ends_with(":r") { "view" } else { "modify" };
        json!({"scope": scope, "module": module, "resource": resource, "access": access, "title": resource})
    };
    let operation = |id: &str, method: &str, path: &str, scope: &str, kind: &str| {
        let module = scope[3..].split('.').next().unwrap();
        json!({"id": id, "module": module, "method": method, "path": path, "scope": scope, "kind": kind})
    };
    let customers = "/crm/v2/tenant/{tenant}/customers";
    let jobs = "/jpm/v2/tenant/{tenant}";
    let scopes = [READ, WRITE, JOBS, "tn.jpm.jobs:w", REPORTS].map(scope);
    json!({
        "scopes": scopes,
        "operations": [
            operation("Customers_List", "GET", customers, READ, "standard"),
            operation("Customers_Create", "POST", customers, WRITE, "standard"),
            operation("Customers_Get", "GET", &format!("{customers}/{{id}}"), READ, "standard"),
            operation("Customers_Notes", "GET", &format!("{customers}/{{id}}/notes"), READ, "standard"),
            operation("Customers_NewNotes", "GET", &format!("{customers}/notes/{{id}}"), WRITE, "standard"),
            operation("Jobs_Create", "POST", &format!("{jobs}/jobs"), "tn.jpm.jobs:w", "standard"),
            operation("Jobs_Export", "GET", &format!("{jobs}/export/jobs"), JOBS, "export"),
            operation("Reports_Run", "POST", "/reporting/v2/tenant/{tenant}/reports/{reportId}/data", REPORTS,
                      "reporting"),
        ],
    })
}
