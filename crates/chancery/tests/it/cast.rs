//! Who plays: the platform, a third party's developer, a reviewer, a tenant's admin, a consumer of events.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::{Call, Reply},
    process::Server,
    world::World,
};

pub(crate) const TENANT: u64 = 101;

pub(crate) const SCOPES: [&str; 4] =
    ["tn.crm.customers:r", "tn.crm.customers:w", "tn.jpm.jobs:r", "tn.jpm.jobs:w"];

/// A token and its id.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) token_id: Uuid,
    pub(crate) token: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Cast {
    pub(crate) platform: Bearer,
    pub(crate) developer: Bearer,
    pub(crate) reviewer: Bearer,
    pub(crate) admin: Bearer,
    pub(crate) consumer: Bearer,
}

impl Bearer {
    pub(crate) fn of(issued: &Value) -> Self {
        let text = |field: &str| issued[field].as_str().unwrap().to_owned();
        Self { token_id: text("token_id").parse().unwrap(), token: text("token") }
    }
}

impl Cast {
    /// The first token comes from the command line, everything else over HTTP.
    pub(crate) fn new(world: &World, server: &Server) -> Self {
        let create = ["token", "create", "--role", "platform", "--name", "First", "--output", "json"];
        let platform = Bearer::of(&serde_json::from_slice(&world.run(&create).stdout).unwrap());
        let say = |call: Call| {
            let reply = server.send(&call.by(&platform));
            assert!(reply.is_success(), "{}", reply.text);
            reply.json()
        };
        say(Call::put("/v1/scope-catalog", &catalog()));
        say(Call::post(
            "/v1/tenants",
            &json!({"tenant_id": TENANT, "name": "North", "customer_id": "north",
                    "environments": ["integration", "production"]}),
        ));
        let organization = say(Call::post(
            "/v1/organizations",
            &json!({"name": "Maker", "kind": "third_party", "integration_tenant_id": 900}),
        ));
        let token = |mut body: Value| {
            body["name"] = "For the tests".into();
            Bearer::of(&say(Call::post("/v1/tokens", &body)))
        };
        let person = |id: &str| json!({"id": id, "name": format!("Name of {id}")});
        let organization_id = &organization["organization_id"];
        let instance = json!({"tenant_id": TENANT, "environment": "production"});
        Self {
            developer: token(json!({"role": "developer", "organization_id": organization_id,
                                    "subject": person("mia")})),
            reviewer: token(json!({"role": "reviewer", "subject": person("rita")})),
            admin: token(json!({"role": "tenant_admin", "subject": person("nora"), "tenants": [instance]})),
            consumer: token(json!({"role": "consumer"})),
            platform,
        }
    }

    pub(crate) fn create_app(&self, name: &str) -> Call {
        Call::post("/v1/apps", &app(name, "developer")).by(&self.developer)
    }

    /// An app whose secrets belong to the tenant's admin: allowing it shows one.
    pub(crate) fn create_app_of_the_admin(&self, name: &str) -> Call {
        Call::post("/v1/apps", &app(name, "tenant_admin")).by(&self.developer)
    }

    pub(crate) fn approve(&self, app: &str) -> Call {
        let body = json!({"decision": "approve", "reason": ""});
        Call::post(format!("/v1/apps/{app}/review"), &body).by(&self.reviewer)
    }

    pub(crate) fn connect(&self, app: &str, version: u64) -> Call {
        let body = json!({"app_id": app, "version": version, "decision": "allow"});
        Call::post(format!("/v1/tenants/{TENANT}/production/connections"), &body).by(&self.admin)
    }

    pub(crate) fn generate_secret(&self, app: &str) -> Call {
        let path = format!("/v1/apps/{app}/connections/{TENANT}/production/secrets");
        Call::post(path, &json!({})).by(&self.developer)
    }

    pub(crate) fn edit_scopes(&self, app: &str, scopes: &[&str]) -> Call {
        Call::put(format!("/v1/apps/{app}/scopes"), &json!({"scopes": scopes})).by(&self.developer)
    }

    pub(crate) fn upgrade(&self, app: &str, version: u64) -> Call {
        let path = format!("/v1/tenants/{TENANT}/production/connections/{app}/upgrade");
        Call::post(path, &json!({"version": version, "decision": "allow"})).by(&self.admin)
    }

    /// An app that is connected; its id.
    pub(crate) fn connected_app(&self, server: &Server) -> String {
        let app = app_id(&server.send(&self.create_app("Shared")).expect(201));
        server.send(&self.approve(&app)).expect(200);
        server.send(&self.connect(&app, 1)).expect(201);
        app
    }
}

pub(crate) fn app_id(reply: &Reply) -> String {
    reply.json()["app_id"].as_str().unwrap().to_owned()
}

fn app(name: &str, credential_management: &str) -> Value {
    json!({
        "name": name,
        "organization_name": "Maker",
        "homepage_url": "https://maker.example.com/",
        "visibility": "public",
        "credential_management": credential_management,
        "tenant_ids": [TENANT],
        "scopes": [SCOPES[0], SCOPES[2]],
    })
}

fn catalog() -> Value {
    let scope = |scope: &str| {
        let (module, resource) = scope[3..scope.len() - 2].split_once('.').unwrap();
        let access = if scope.ends_with(":r") { "view" } else { "modify" };
        json!({"scope": scope, "module": module, "resource": resource, "access": access, "title": resource})
    };
    json!({"scopes": SCOPES.map(scope), "operations": []})
}
