//! The demo's apps, each a small story.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use super::api::Api;
use super::cast::THIRD_PARTY;
use super::gateway::Client;
use super::subscriber::{Secret, Subscriber};
use super::tokens::Tokens;

/// The scopes of the versions 1, 2 and 3 of the app that serves ten tenants.
const VERSIONS: [&[&str]; 3] = [
    &["tn.crm.customers:r", "tn.jpm.appointments:r", "tn.jpm.jobs:r"],
    &["tn.crm.customers:r", "tn.dis.technicianshifts:r", "tn.jpm.appointments:r", "tn.jpm.jobs:r"],
    &[
        "tn.crm.customers:r",
        "tn.dis.appointmentassignments:w",
        "tn.dis.technicianshifts:r",
        "tn.jpm.appointments:w",
        "tn.jpm.jobs:r",
    ],
];

/// Lists its tenants while it waits for review, is approved, and changes its scopes twice: tenants end on version 1
/// (1001 with the offer open, 1002 having declined it), on 2 (2001, 2002) and on 3; 6001 never decides. In between
/// 5001 pauses it and goes on, and 4002 leaves and comes back, with another client id. Returns the ten clients.
pub(super) fn serve_ten_tenants(api: &mut Api, tokens: &Tokens) -> Result<Vec<Client>> {
    let developer = tokens.third_party();
    let app = api.post(
        "/v1/apps",
        developer,
        &json!({
            "name": "Routewise",
            "organization_name": THIRD_PARTY.name,
            "homepage_url": "https://routewise.example/",
            "visibility": "public",
            "scopes": VERSIONS[0],
        }),
    )?;
    let (app_id, app_key) = (app.text("app_id")?, app.text("app_key")?);
    let path = format!("/v1/apps/{app_id}");
    let tenant_ids = [1001, 1002, 2001, 2002, 3001, 3002, 4001, 4002, 5001, 5002, 6001];
    api.post(&format!("{path}/tenants"), developer, &json!({"tenant_ids": tenant_ids}))?;
    let approval = json!({"decision": "approve", "reason": "Does what its homepage says."});
    api.post(&format!("{path}/review"), &tokens.reviewer, &approval)?;

    let tenant = |tenant_id| Subscriber { tokens, app_id: &app_id, tenant_id, environment: "production" };
    let mut secrets = BTreeMap::new();
    for tenant_id in [1001, 1002, 2001, 2002, 3001, 3002] {
        tenant(tenant_id).connect(api, 1)?;
        secrets.insert(tenant_id, tenant(tenant_id).hand_out_secret(api)?);
    }

    api.put(&format!("{path}/scopes"), developer, &json!({"scopes": VERSIONS[1]}))?;
    for tenant_id in [2001, 2002] {
        tenant(tenant_id).decide_upgrade(api, 2, "allow")?;
    }
    for tenant_id in [4001, 4002] {
        tenant(tenant_id).connect(api, 2)?;
        secrets.insert(tenant_id, tenant(tenant_id).hand_out_secret(api)?);
    }

    api.put(&format!("{path}/scopes"), developer, &json!({"scopes": VERSIONS[2]}))?;
    for tenant_id in [3001, 3002, 4001, 4002] {
        tenant(tenant_id).decide_upgrade(api, 3, "allow")?;
    }
    for tenant_id in [1002, 2001, 2002] {
        tenant(tenant_id).decide_upgrade(api, 3, "decline")?;
    }
    for tenant_id in [5001, 5002] {
        tenant(tenant_id).connect(api, 3)?;
        secrets.insert(tenant_id, tenant(tenant_id).hand_out_secret(api)?);
    }

    tenant(5001).pause(api)?;
    tenant(5001).go_on(api)?;
    tenant(4002).leave(api)?;
    tenant(4002).connect(api, 3)?;
    secrets.insert(4002, tenant(4002).hand_out_secret(api)?);
    let client = |(tenant_id, secret): (u64, Secret)| Client {
        app_id: app_id.clone(),
        app_key: app_key.clone(),
        tenant_id,
        id: secret.client_id,
        secret: secret.client_secret,
    };
    Ok(secrets.into_iter().map(client).collect())
}

/// A third party's app for one customer: nobody reviews it. One of the customer's two tenants pauses it.
pub(super) fn serve_one_customer(api: &mut Api, tokens: &Tokens) -> Result<()> {
    let app = json!({
        "name": "Juniper Timesheet Bridge",
        "organization_name": THIRD_PARTY.name,
        "homepage_url": "https://brightpath.example/juniper",
        "visibility": "private",
        "tenant_ids": [3001, 3002],
        "scopes": ["tn.prl.nonjobtimesheets:r", "tn.tms.activities:r"],
    });
    let app_id = &create(api, tokens.third_party(), &app)?;
    let tenant = |tenant_id| Subscriber { tokens, app_id, tenant_id, environment: "production" };
    for tenant_id in [3001, 3002] {
        tenant(tenant_id).connect(api, 1)?;
        tenant(tenant_id).hand_out_secret(api)?;
    }
    tenant(3002).pause(api)
}

/// A customer's app for its own tenant in both environments; the tenant's admin gets the secrets.
pub(super) fn serve_itself(api: &mut Api, tokens: &Tokens) -> Result<()> {
    let app = json!({
        "name": "Northwind Dispatch Board",
        "organization_name": "Northwind Mechanical",
        "homepage_url": "https://northwind.example/dispatch",
        "visibility": "private",
        "instance": {"tenant_id": 1001, "environment": "integration"},
        "tenant_ids": [1001],
        "scopes": ["tn.dis.teams:r", "tn.dis.zones:r"],
    });
    let app_id = &create(api, tokens.customer(), &app)?;
    for environment in ["integration", "production"] {
        Subscriber { tokens, app_id, tenant_id: 1001, environment }.connect(api, 1)?;
    }
    Ok(())
}

/// A public app that no reviewer has looked at: its tenant does not see it yet.
pub(super) fn wait_for_review(api: &mut Api, tokens: &Tokens) -> Result<()> {
    let app = json!({
        "name": "Fieldnote Inspections",
        "organization_name": THIRD_PARTY.name,
        "homepage_url": "https://fieldnote.example/",
        "visibility": "public",
        "tenant_ids": [1001],
        "scopes": ["tn.frm.forms:r", "tn.frm.submissions:r"],
    });
    create(api, tokens.third_party(), &app).map(drop)
}

/// A third party's app that ended: its key opens nothing, and its connections are revoked.
pub(super) fn end(api: &mut Api, tokens: &Tokens) -> Result<()> {
    let developer = tokens.third_party();
    let app = json!({
        "name": "Calder Spreadsheet Sync",
        "organization_name": THIRD_PARTY.name,
        "homepage_url": "https://brightpath.example/calder",
        "visibility": "private",
        "tenant_ids": [2001, 2002],
        "scopes": ["tn.acc.invoices:r", "tn.acc.payments:r"],
    });
    let app_id = &create(api, developer, &app)?;
    for tenant_id in [2001, 2002] {
        let tenant = Subscriber { tokens, app_id, tenant_id, environment: "production" };
        tenant.connect(api, 1)?;
        tenant.hand_out_secret(api)?;
    }
    api.delete(&format!("/v1/apps/{app_id}"), developer).map(drop)
}

/// The third party has somebody at a customer create its app there. It is refused, and recorded.
pub(super) fn tunnel(api: &mut Api, tokens: &Tokens) -> Result<()> {
    let app = json!({
        "name": "Routewise for Northwind",
        "organization_name": THIRD_PARTY.name,
        "homepage_url": "https://routewise.example/",
        "visibility": "private",
        "instance": {"tenant_id": 1001, "environment": "production"},
        "scopes": VERSIONS[0],
    });
    api.refused("/v1/apps", tokens.third_party(), &app, "customer_tunneling")
}

pub(super) fn create(api: &mut Api, developer: &str, app: &Value) -> Result<String> {
    api.post("/v1/apps", developer, app)?.text("app_id")
}
