//! A customer's group, with an admin for each of its tenants.

use serde_json::{Value, json};

use crate::{
    call::{Call, Reply},
    cast::{CUSTOMERS_READ, Cast, JOBS_READ, NORTH, instance},
    server::Server,
};

/// The first of the group's tenants; the others follow it.
pub const FIRST: u64 = 201;

/// A cast with a network of the customer `shop` and a group in production.
#[derive(Debug)]
pub struct Hub {
    pub cast: Cast,
    pub network: String,
    pub group: String,
    /// Each tenant of the group, with its admin's token.
    pub members: Vec<(u64, String)>,
}

impl Hub {
    pub async fn new(members: u64) -> Self {
        let cast = Cast::new().await;
        let body = json!({"name": "Stores"});
        let network =
            id(&cast.server.post("/v1/networks").token(&cast.shop).json(&body).send().await, "network_id");
        let body = json!({"name": "West", "environment": "production"});
        let path = format!("/v1/networks/{network}/groups");
        let group = id(&cast.server.post(&path).token(&cast.shop).json(&body).send().await, "group_id");
        let mut hub = Self { cast, network, group, members: Vec::new() };
        for tenant_id in FIRST..FIRST + members {
            let admin = hub.tenant(tenant_id, "shop").await;
            hub.add(tenant_id).await.expect(200);
            hub.members.push((tenant_id, admin));
        }
        hub
    }

    /// Registers a tenant and gives its admin a token.
    pub async fn tenant(&self, tenant_id: u64, customer_id: &str) -> String {
        let Cast { server, platform, .. } = &self.cast;
        let body = json!({"tenant_id": tenant_id, "name": format!("Tenant {tenant_id}"),
                          "customer_id": customer_id, "environments": ["production"]});
        server.post("/v1/tenants").token(platform).json(&body).send().await.expect(201);
        let body = json!({"role": "tenant_admin", "name": "For the tests",
                          "tenants": [instance(tenant_id, "production")]});
        let token = server.post("/v1/tokens").token(platform).json(&body).send().await.expect(201);
        token.json()["token"].as_str().unwrap().to_owned()
    }

    pub fn path(&self) -> String {
        format!("/v1/networks/{}/groups/{}", self.network, self.group)
    }

    pub async fn add(&self, tenant_id: u64) -> Reply {
        let path = format!("{}/tenants/{tenant_id}", self.path());
        self.cast.server.put(&path).token(&self.cast.shop).send().await
    }

    pub async fn remove(&self, tenant_id: u64) -> Reply {
        let path = format!("{}/tenants/{tenant_id}", self.path());
        self.cast.server.delete(&path).token(&self.cast.shop).send().await
    }

    /// A private app of the customer's; its id.
    pub async fn app(&self, credential_management: &str) -> String {
        let body = json!({
            "name": "Stock",
            "organization_name": "Shop",
            "homepage_url": "https://shop.example.com/stock",
            "visibility": "private",
            "credential_management": credential_management,
            "instance": instance(NORTH, "production"),
            "scopes": [CUSTOMERS_READ, JOBS_READ],
        });
        id(&self.cast.server.post("/v1/apps").token(&self.cast.shop).json(&body).send().await, "app_id")
    }

    /// Offers the app to the group.
    pub async fn offer(&self, app: &str) -> Reply {
        let path = format!("{}/connections", self.path());
        self.cast.server.post(&path).token(&self.cast.shop).json(&json!({"app_id": app})).send().await
    }

    /// An app that the group is offered; its id.
    pub async fn offered(&self, credential_management: &str) -> String {
        let app = self.app(credential_management).await;
        self.offer(&app).await.expect(201);
        app
    }

    /// A member's admin allows version 1 of the app, through the group.
    pub fn consent(&self, server: &Server, member: usize, app: &str) -> Call {
        let (tenant_id, admin) = &self.members[member];
        let body = json!({"app_id": app, "version": 1, "decision": "allow", "group_id": self.group});
        server.post(&format!("/v1/tenants/{tenant_id}/production/connections")).token(admin).json(&body)
    }

    /// A member's connection of the app, as its admin reads it.
    pub async fn connection(&self, member: usize, app: &str) -> Value {
        let (tenant_id, admin) = &self.members[member];
        let path = format!("/v1/tenants/{tenant_id}/production/connections/{app}");
        self.cast.read(&path, admin).await.expect(200).json()
    }
}

fn id(reply: &Reply, name: &str) -> String {
    reply.clone().expect(201).json()[name].as_str().unwrap().to_owned()
}
