//! A story of the checks' own, told to a Chancery that has the demo in it: an app, connected at one tenant, and its
//! credentials.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use ureq::Agent;

use crate::demo::Api;
use crate::up::Private;

pub(super) const TENANT: u64 = 1001;
pub(super) const ENVIRONMENT: &str = "production";
/// What the tenant granted.
pub(super) const SCOPES: [&str; 2] = ["tn.crm.customers:r", "tn.rpr.reports:r"];
/// What it did not.
pub(super) const FOREIGN_SCOPE: &str = "tn.jpm.jobs:r";
/// A call within the first of those scopes.
pub(super) const ALLOWED: &str = "/crm/v2/tenant/1001/customers";
/// A call that needs the foreign scope.
pub(super) const BEYOND: &str = "/jpm/v2/tenant/1001/jobs";
pub(super) const APP_KEY_HEADER: &str = "ST-App-Key";

/// What the app's programs hold.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    pub(super) app_key: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
}

impl Credentials {
    pub(super) fn new(product: &Private) -> Result<Self> {
        let token = |pointer: &str| {
            let token = product.credentials().pointer(pointer).and_then(Value::as_str);
            token.with_context(|| format!("the demo's credentials have no {pointer}"))
        };
        let (developer, reviewer) = (token("/tokens/developers/0/token")?, token("/tokens/reviewer")?);
        let admin = admin(product.credentials()).context("nobody in the demo decides for the tenant")?;
        let mut api = product.api("stage");
        let app = json!({
            "name": "Interop",
            "organization_name": "Brightpath Software",
            "homepage_url": "https://interop.example/",
            "visibility": "public",
            "tenant_ids": [TENANT],
            "scopes": SCOPES,
        });
        let app = api.post("/v1/apps", developer, &app)?.value;
        let app_id = word(&app, "app_id")?;
        let approval = json!({"decision": "approve", "reason": "It tries out the doors."});
        api.post(&format!("/v1/apps/{app_id}/review"), reviewer, &approval)?;
        let consent = json!({"app_id": app_id, "version": 1, "decision": "allow"});
        api.post(&format!("/v1/tenants/{TENANT}/{ENVIRONMENT}/connections"), admin, &consent)?;
        Self::generate(&mut api, developer, &app)
    }

    fn generate(api: &mut Api, developer: &str, app: &Value) -> Result<Self> {
        let app_id = word(app, "app_id")?;
        let path = format!("/v1/apps/{app_id}/connections/{TENANT}/{ENVIRONMENT}/secrets");
        let secret = api.post(&path, developer, &json!({}))?.value;
        Ok(Self {
            app_key: word(app, "app_key")?,
            client_id: word(&secret, "client_id")?,
            client_secret: word(&secret, "client_secret")?,
        })
    }
}

/// An access token, as any client gets it.
pub(super) fn token(agent: &Agent, product: &Private, credentials: &Credentials) -> Result<String> {
    let form = [("grant_type", "client_credentials")];
    let issued = connect(agent, product, credentials, "token", &form)?;
    word(&issued, "access_token")
}

pub(super) fn revoke(agent: &Agent, product: &Private, credentials: &Credentials, token: &str) -> Result<()> {
    connect(agent, product, credentials, "revoke", &[("token", token)]).map(drop)
}

fn connect(
    agent: &Agent,
    product: &Private,
    credentials: &Credentials,
    endpoint: &str,
    form: &[(&str, &str)],
) -> Result<Value> {
    let own = [("client_id", &*credentials.client_id), ("client_secret", &*credentials.client_secret)];
    let url = format!("{}/connect/{endpoint}", product.base_url());
    let mut answer = agent.post(url).send_form(form.iter().copied().chain(own))?;
    let text = answer.body_mut().read_to_string()?;
    ensure!(answer.status().is_success(), "/connect/{endpoint} answers {}: {text}", answer.status());
    serde_json::from_str(&text).with_context(|| format!("reading what /connect/{endpoint} answers"))
}

fn admin(credentials: &Value) -> Option<&str> {
    let admins = credentials["tokens"]["tenant_admins"].as_array()?;
    let here = |admin: &&Value| admin["tenant_id"] == TENANT && admin["environment"] == ENVIRONMENT;
    admins.iter().find(here)?["token"].as_str()
}

fn word(value: &Value, field: &str) -> Result<String> {
    value[field].as_str().map(str::to_owned).with_context(|| format!("the answer has no {field}"))
}
