//! The demo's apps, each a small story.

use anyhow::Result;
use serde_json::{Value, json};

use super::api::Api;
use super::cast::THIRD_PARTY;
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
/// (1001 with the offer open, 1002 having declined it), on 2 (2001, 2002) and on 3; 6001 never decides.
pub(super) fn serve_ten_tenants(api: &mut Api, tokens: &Tokens) -> Result<String> {
    let developer = tokens.third_party();
    let app_id = create(
        api,
        developer,
        &json!({
            "name": "Routewise",
            "organization_name": THIRD_PARTY.name,
            "homepage_url": "https://routewise.example/",
            "visibility": "public",
            "scopes": VERSIONS[0],
        }),
    )?;
    let path = format!("/v1/apps/{app_id}");
    let tenant_ids = [1001, 1002, 2001, 2002, 3001, 3002, 4001, 4002, 5001, 5002, 6001];
    api.post(&format!("{path}/tenants"), developer, &json!({"tenant_ids": tenant_ids}))?;
    let approval = json!({"decision": "approve", "reason": "Does what its homepage says."});
    api.post(&format!("{path}/review"), &tokens.reviewer, &approval)?;

    let tenant = |tenant_id| Subscriber { tokens, app_id: &app_id, tenant_id, environment: "production" };
    for tenant_id in [1001, 1002, 2001, 2002, 3001, 3002] {
        tenant(tenant_id).connect(api, 1)?;
        tenant(tenant_id).hand_out_secret(api)?;
    }

    api.put(&format!("{path}/scopes"), developer, &json!({"scopes": VERSIONS[1]}))?;
    for tenant_id in [2001, 2002] {
        tenant(tenant_id).decide_upgrade(api, 2, "allow")?;
    }
    for tenant_id in [4001, 4002] {
        tenant(tenant_id).connect(api, 2)?;
        tenant(tenant_id).hand_out_secret(api)?;
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
        tenant(tenant_id).hand_out_secret(api)?;
    }
    Ok(app_id)
}

/// A third party's app for one customer: nobody reviews it.
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
    let tenant = Subscriber { tokens, app_id, tenant_id: 3001, environment: "production" };
    tenant.connect(api, 1)?;
    tenant.hand_out_secret(api)
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

fn create(api: &mut Api, developer: &str, app: &Value) -> Result<String> {
    api.post("/v1/apps", developer, app)?.text("app_id")
}

/// A tenant of an app, in one environment.
struct Subscriber<'a> {
    tokens: &'a Tokens,
    app_id: &'a str,
    tenant_id: u64,
    environment: &'a str,
}

impl Subscriber<'_> {
    fn connect(&self, api: &mut Api, version: u64) -> Result<()> {
        let Self { tokens, app_id, tenant_id, environment } = self;
        let path = format!("/v1/tenants/{tenant_id}/{environment}/connections");
        let body = json!({"app_id": app_id, "version": version, "decision": "allow"});
        api.post(&path, tokens.admin(*tenant_id, environment)?, &body).map(drop)
    }

    fn decide_upgrade(&self, api: &mut Api, version: u64, decision: &str) -> Result<()> {
        let Self { tokens, app_id, tenant_id, environment } = self;
        let path = format!("/v1/tenants/{tenant_id}/{environment}/connections/{app_id}/upgrade");
        let body = json!({"version": version, "decision": decision});
        api.post(&path, tokens.admin(*tenant_id, environment)?, &body).map(drop)
    }

    /// The third party generates the secret. Nobody keeps it: whoever needs one generates the next.
    fn hand_out_secret(&self, api: &mut Api) -> Result<()> {
        let Self { tokens, app_id, tenant_id, environment } = self;
        let path = format!("/v1/apps/{app_id}/connections/{tenant_id}/{environment}/secrets");
        api.post(&path, tokens.third_party(), &json!({})).map(drop)
    }
}
