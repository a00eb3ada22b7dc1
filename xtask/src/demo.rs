//! The demo: a developer portal after its first weeks, loaded through the public HTTP API as any client would do it.
//!
//! One third party's public app serves ten tenants with one app key and ten credentials. Two scope edits later its
//! tenants stand on versions 1, 2 and 3; one of them has an upgrade on offer, and an eleventh has not connected. Beside
//! it stand private apps, one of them paused at a tenant, an app that waits for its review, and one that was deleted. A
//! customer's tenants share a credential in a group. Strangers asked for access; the one who was let in had an app
//! rejected and corrected it. One attempt at customer tunneling is on record. The app's ten clients have made a few hundred
//! calls through the gate, some of which it refused.
//!
//! Nothing here is repeated by a later start: the tokens that the story is told with are shown once. A load that was
//! interrupted begins again with empty data (`up/supervise.rs`).

mod cast;

mod access;
mod apps;
mod hub;
mod subscriber;

mod gateway;
mod traffic;

mod api;
mod tokens;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::{Value, json};

use crate::up::Endpoints;
pub(crate) use api::Api;
use cast::{CUSTOMERS, THIRD_PARTY};
use gateway::Gateway;
use tokens::Tokens;

/// The scopes and operations of a real platform; `xtask/demo/README.md` says where they are from.
const CATALOG: &str = include_str!("../demo/scope-catalog.json");

/// What `.dev/credentials.json` holds beside the URLs.
#[derive(Debug, Serialize)]
pub(crate) struct Credentials {
    tokens: Tokens,
}

/// Tells the whole story to an empty Chancery.
pub(crate) fn load(
    endpoints: &Endpoints,
    platform_token: &str,
    progress: &ProgressBar,
) -> Result<Credentials> {
    let mut api = Api::new(&endpoints.base_url, "demo");
    let chapter = |title: &str| progress.set_message(format!("loading the demo: {title}"));

    chapter("the scope catalog");
    let catalog = serde_json::from_str(CATALOG).context("reading the demo's scope catalog")?;
    api.put("/v1/scope-catalog", platform_token, &catalog)?;

    chapter("organizations and tenants");
    let organizations = Organizations::register(&mut api, platform_token)?;

    chapter("tokens");
    let mut tokens = Tokens::issue(&mut api, platform_token, &organizations)?;

    chapter("an app for ten tenants");
    let clients = apps::serve_ten_tenants(&mut api, &tokens)?;
    chapter("private apps, and one that waits");
    apps::serve_one_customer(&mut api, &tokens)?;
    apps::serve_itself(&mut api, &tokens)?;
    apps::wait_for_review(&mut api, &tokens)?;
    chapter("strangers who ask for access");
    access::decide_on_strangers(&mut api, &mut tokens)?;
    access::correct_an_app(&mut api, &tokens)?;
    chapter("a customer's group");
    hub::share_a_credential(&mut api, &tokens)?;
    chapter("an attempt at tunneling, and an app that ends");
    apps::tunnel(&mut api, &tokens)?;
    apps::end(&mut api, &tokens)?;

    let mut gateway = Gateway::new(&endpoints.base_url, &endpoints.gateway_url, &tokens.gateway);
    traffic::drive(&api, &mut gateway, &clients, tokens.third_party(), progress)?;

    chapter("reading it back");
    let first = clients.first().context("the demo's app has no clients")?;
    check(&api, &tokens, &first.app_id)?;
    Ok(Credentials { tokens })
}

/// The ids of the organizations that build apps.
#[derive(Debug)]
struct Organizations {
    third_party: String,
    customer: String,
}

impl Organizations {
    /// Registers them and every tenant.
    fn register(api: &mut Api, platform: &str) -> Result<Self> {
        let body = json!({
            "name": THIRD_PARTY.name,
            "kind": "third_party",
            "integration_tenant_id": THIRD_PARTY.integration_tenant_id,
        });
        let third_party = api.post("/v1/organizations", platform, &body)?.text("organization_id")?;
        for customer in &CUSTOMERS {
            for (tenant_id, name) in customer.tenants {
                let body = json!({
                    "tenant_id": tenant_id,
                    "name": name,
                    "customer_id": customer.id,
                    "environments": cast::ENVIRONMENTS,
                });
                api.post("/v1/tenants", platform, &body)?;
            }
        }
        let builder = &CUSTOMERS[0];
        let body = json!({"name": builder.name, "kind": "customer", "customer_id": builder.id});
        let customer = api.post("/v1/organizations", platform, &body)?.text("organization_id")?;
        Ok(Self { third_party, customer })
    }
}

/// Whether the views show what was loaded: so that what is announced as ready can be read.
fn check(api: &Api, tokens: &Tokens, app_id: &str) -> Result<()> {
    let list = api.get(&format!("/v1/apps/{app_id}/connections?limit=100"), tokens.third_party())?;
    let is_connected = |connection: &&Value| connection["state"] == "connected";
    let connected = list.value["items"].as_array().into_iter().flatten().filter(is_connected).count();
    ensure!(connected == 10, "the demo's app should be connected with 10 tenants; it is with {connected}");
    let attempts = api.get("/v1/events?type=TunnelingBlocked", &tokens.consumer)?;
    let attempts = attempts.value["items"].as_array().map_or(0, Vec::len);
    ensure!(attempts == 1, "the log should hold one attempt at tunneling; it holds {attempts}");
    Ok(())
}
