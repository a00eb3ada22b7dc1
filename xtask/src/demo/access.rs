//! Strangers ask to be let in, and one of them builds an app that is not right at once.

use anyhow::Result;
use serde_json::json;

use super::api::Api;
use super::apps::create;
use super::cast::{NEWCOMER, NEWCOMERS_TENANT, Stranger, TURNED_AWAY, WAITING};
use super::subscriber::Subscriber;
use super::tokens::Tokens;

/// One is let in and gets an integration instance, one is turned away, one is still waiting.
pub(super) fn decide_on_strangers(api: &mut Api, tokens: &mut Tokens) -> Result<()> {
    let newcomer = ask(api, &NEWCOMER)?;
    let turned_away = ask(api, &TURNED_AWAY)?;
    ask(api, &WAITING)?;

    let (tenant_id, name) = NEWCOMERS_TENANT;
    let approval = json!({
        "decision": "approve",
        "reason": "A company of that name exists, and says what it wants.",
        "tenant": {"tenant_id": tenant_id, "name": name},
    });
    let approved = api.post(&decision(&newcomer), &tokens.reviewer, &approval)?;
    let rejection = json!({"decision": "reject", "reason": "Customers' data is not for sale."});
    api.post(&decision(&turned_away), &tokens.reviewer, &rejection)?;
    tokens.welcome(api, &approved.text("organization_id")?, &approved.text("requester_id")?)
}

/// The newcomer's app is rejected, corrected, resubmitted and approved. Then 6001 declines it, looks again and allows
/// it; 2001 declines it and leaves it at that.
pub(super) fn correct_an_app(api: &mut Api, tokens: &Tokens) -> Result<()> {
    let developer = tokens.newcomer()?;
    let app = json!({
        "name": "Callback Report TEST",
        "organization_name": NEWCOMER.company,
        "homepage_url": "https://larkfield.example/todo",
        "visibility": "public",
        "tenant_ids": [2001, 6001],
        "scopes": ["tn.jpm.jobhistory:r", "tn.jpm.jobs:r", "tn.tlc.calls:r"],
    });
    let app_id = &create(api, developer, &app)?;
    let path = format!("/v1/apps/{app_id}");
    let rejection =
        json!({"decision": "reject", "reason": "The homepage is empty, and the name is a test's."});
    api.post(&format!("{path}/review"), &tokens.reviewer, &rejection)?;
    let correction =
        json!({"name": "Callback Report", "homepage_url": "https://larkfield.example/callbacks"});
    api.patch(&path, developer, &correction)?;
    api.post(&format!("{path}/review-requests"), developer, &json!({}))?;
    let approval = json!({"decision": "approve", "reason": "Corrected."});
    api.post(&format!("{path}/review"), &tokens.reviewer, &approval)?;

    let tenant = |tenant_id| Subscriber { tokens, app_id, tenant_id, environment: "production" };
    tenant(6001).decline(api, 1)?;
    tenant(2001).decline(api, 1)?;
    tenant(6001).connect(api, 1)
}

/// The request's id.
fn ask(api: &mut Api, stranger: &Stranger) -> Result<String> {
    let body = json!({
        "name": stranger.name,
        "email": stranger.email,
        "company": stranger.company,
        "purpose": stranger.purpose,
    });
    api.ask("/v1/access-requests", &body)?.text("request_id")
}

fn decision(request_id: &str) -> String {
    format!("/v1/access-requests/{request_id}/decision")
}
