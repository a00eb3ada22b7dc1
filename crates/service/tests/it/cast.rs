//! Who plays: the platform, reviewers and readers; two third parties, a customer, and tenants' admins.

use chancery_devkit::TestDb;
use serde_json::{Value, json};

use crate::{
    call::Reply,
    server::{self, Server},
};

pub const NORTH: u64 = 101;
pub const SOUTH: u64 = 102;
pub const EAST: u64 = 103;
/// The integration instances of the third parties.
pub const MAKER_LAB: u64 = 900;
pub const OTHER_LAB: u64 = 901;

pub const CUSTOMERS_READ: &str = "tn.crm.customers:r";
pub const CUSTOMERS_WRITE: &str = "tn.crm.customers:w";
pub const JOBS_READ: &str = "tn.jpm.jobs:r";
pub const JOBS_WRITE: &str = "tn.jpm.jobs:w";

/// A running service with organizations, tenants, a catalog and a token for everyone.
#[derive(Debug)]
pub struct Cast {
    pub server: Server,
    pub platform: String,
    pub reviewer: String,
    pub auditor: String,
    pub operator: String,
    pub gateway: String,
    pub consumer: String,
    /// Of a third party.
    pub maker: String,
    pub maker_id: String,
    /// Of another third party.
    pub other: String,
    /// Of the customer that owns NORTH and SOUTH.
    pub shop: String,
    /// Of NORTH, in both environments.
    pub north: String,
    /// Of SOUTH, in production.
    pub south: String,
    pub db: TestDb,
}

impl Cast {
    pub async fn new() -> Self {
        let db = server::database();
        let server = Server::start(&db).await;
        let platform = server.first_token().await;
        let setup = Setup { server: &server, platform: &platform };
        setup.put("/v1/scope-catalog", &catalog()).await;
        for (tenant_id, customer_id) in [(NORTH, "shop"), (SOUTH, "shop"), (EAST, "elsewhere")] {
            let environments = ["integration", "production"];
            let body = json!({"tenant_id": tenant_id, "name": format!("Tenant {tenant_id}"),
                              "customer_id": customer_id, "environments": environments});
            setup.post("/v1/tenants", &body).await;
        }
        let maker_id = setup.organization(&third_party("Maker", MAKER_LAB)).await;
        let other_id = setup.organization(&third_party("Other", OTHER_LAB)).await;
        let shop_id =
            setup.organization(&json!({"name": "Shop", "kind": "customer", "customer_id": "shop"})).await;
        Self {
            reviewer: setup.token(json!({"role": "reviewer", "subject": person("rita")})).await,
            auditor: setup.token(json!({"role": "auditor"})).await,
            operator: setup.token(json!({"role": "operator"})).await,
            gateway: setup.token(json!({"role": "gateway"})).await,
            consumer: setup.token(json!({"role": "consumer"})).await,
            maker: setup
                .token(json!({"role": "developer", "organization_id": maker_id, "subject": person("mia")}))
                .await,
            other: setup.token(json!({"role": "developer", "organization_id": other_id})).await,
            shop: setup.token(json!({"role": "developer", "organization_id": shop_id})).await,
            north: setup
                .token(json!({"role": "tenant_admin", "subject": person("nora"),
                              "tenants": [instance(NORTH, "production"), instance(NORTH, "integration")]}))
                .await,
            south: setup
                .token(json!({"role": "tenant_admin", "tenants": [instance(SOUTH, "production")]}))
                .await,
            maker_id,
            platform,
            server,
            db,
        }
    }

    /// Creates an app of the maker, listed for NORTH and SOUTH.
    pub async fn app(&self) -> Value {
        let reply = self.server.post("/v1/apps").token(&self.maker).json(&app_body()).send().await;
        reply.expect(201).json()
    }

    /// An app that a reviewer approved; its id.
    pub async fn approved_app(&self) -> String {
        let app = self.app().await["app_id"].as_str().unwrap().to_owned();
        let body = json!({"decision": "approve", "reason": ""});
        let path = format!("/v1/apps/{app}/review");
        self.server.post(&path).token(&self.reviewer).json(&body).send().await.expect(200);
        app
    }

    /// NORTH's admin allows the app in production.
    pub async fn connect(&self, app: &str, version: u64) -> Reply {
        let body = json!({"app_id": app, "version": version, "decision": "allow"});
        let path = format!("/v1/tenants/{NORTH}/production/connections");
        self.server.post(&path).token(&self.north).json(&body).send().await
    }

    pub async fn edit_scopes(&self, app: &str, scopes: &[&str]) -> Reply {
        let path = format!("/v1/apps/{app}/scopes");
        self.server.put(&path).token(&self.maker).json(&json!({"scopes": scopes})).send().await
    }

    /// A read that reflects everything up to now.
    pub async fn read(&self, path: &str, token: &str) -> Reply {
        let head = self.server.journal.head().await.unwrap().position.to_string();
        self.server.get(path).token(token).header("Chancery-Min-Position", &head).send().await
    }

    /// Every event of one type, oldest first.
    pub async fn events(&self, event_type: &str) -> Vec<Value> {
        let reply = self.read(&format!("/v1/events?type={event_type}&limit=1000"), &self.consumer).await;
        reply.expect(200).json()["items"].as_array().unwrap().clone()
    }
}

pub fn app_body() -> Value {
    json!({
        "name": "Scheduler",
        "organization_name": "Maker",
        "homepage_url": "https://maker.example.com/scheduler",
        "visibility": "public",
        "tenant_ids": [NORTH, SOUTH],
        "scopes": [CUSTOMERS_READ, JOBS_READ],
    })
}

pub fn instance(tenant_id: u64, environment: &str) -> Value {
    json!({"tenant_id": tenant_id, "environment": environment})
}

fn person(id: &str) -> Value {
    json!({"id": id, "name": format!("Name of {id}")})
}

fn third_party(name: &str, integration_tenant_id: u64) -> Value {
    json!({"name": name, "kind": "third_party", "integration_tenant_id": integration_tenant_id})
}

pub fn catalog() -> Value {
    let scope = |scope: &str| {
        let (module, resource) = scope[3..scope.len() - 2].split_once('.').unwrap();
        let access = if scope.ends_with(":r") { "view" } else { "modify" };
        json!({"scope": scope, "module": module, "resource": resource, "access": access, "title": resource})
    };
    let scopes = [CUSTOMERS_READ, CUSTOMERS_WRITE, JOBS_READ, JOBS_WRITE].map(scope);
    json!({"scopes": scopes, "operations": [{
        "id": "Customers_Get", "module": "crm", "method": "GET", "path": "/crm/v2/tenant/{tenant}/customers/{id}",
        "scope": CUSTOMERS_READ, "kind": "standard",
    }]})
}

struct Setup<'a> {
    server: &'a Server,
    platform: &'a str,
}

impl Setup<'_> {
    async fn put(&self, path: &str, body: &Value) {
        self.server.put(path).token(self.platform).json(body).send().await.expect(200);
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.server.post(path).token(self.platform).json(body).send().await.expect(201).json()
    }

    async fn organization(&self, body: &Value) -> String {
        self.post("/v1/organizations", body).await["organization_id"].as_str().unwrap().to_owned()
    }

    async fn token(&self, mut body: Value) -> String {
        body["name"] = "For the tests".into();
        self.post("/v1/tokens", &body).await["token"].as_str().unwrap().to_owned()
    }
}
