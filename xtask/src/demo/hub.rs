//! Enterprise Hub: a customer's tenants share one credential for its own app.

use anyhow::{Result, ensure};
use serde_json::json;

use super::api::Api;
use super::apps::create;
use super::cast::CUSTOMERS;
use super::subscriber::Subscriber;
use super::tokens::Tokens;

/// The customer's network has one group with both of its tenants. The app is offered to the group; each tenant's admin
/// consents for itself, both get the same client id, and the developer generates the one secret.
pub(super) fn share_a_credential(api: &mut Api, tokens: &Tokens) -> Result<()> {
    let (customer, developer) = (&CUSTOMERS[0], tokens.customer());
    let app = json!({
        "name": "Northwind Fleet Board",
        "organization_name": customer.name,
        "homepage_url": "https://northwind.example/fleet",
        "visibility": "private",
        "credential_management": "developer",
        "instance": {"tenant_id": 1001, "environment": "production"},
        "scopes": ["tn.dis.gpspings:w", "tn.inv.trucks:r", "tn.stt.technicians:r"],
    });
    let app_id = &create(api, developer, &app)?;
    let network = api.post("/v1/networks", developer, &json!({"name": "Northwind"}))?.text("network_id")?;
    let groups = format!("/v1/networks/{network}/groups");
    let group = json!({"name": "Front Range", "environment": "production"});
    let group_id = &api.post(&groups, developer, &group)?.text("group_id")?;
    for (tenant_id, _) in customer.tenants {
        api.put(&format!("{groups}/{group_id}/tenants/{tenant_id}"), developer, &json!({}))?;
    }
    let connections = format!("{groups}/{group_id}/connections");
    api.post(&connections, developer, &json!({"app_id": app_id}))?;

    let mut clients = Vec::new();
    for &(tenant_id, _) in customer.tenants {
        let tenant = Subscriber { tokens, app_id, tenant_id, environment: "production" };
        clients.push(tenant.connect_through(api, 1, group_id)?);
    }
    ensure!(clients.iter().all(|client| *client == clients[0]), "the group's clients differ: {clients:?}");
    api.post(&format!("{connections}/{app_id}/secrets"), developer, &json!({})).map(drop)
}
