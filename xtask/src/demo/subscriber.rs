//! What a tenant's admin decides about an app.

use anyhow::Result;
use serde_json::{Value, json};

use super::api::{Answer, Api};
use super::tokens::Tokens;

/// A tenant of an app, in one environment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subscriber<'a> {
    pub(super) tokens: &'a Tokens,
    pub(super) app_id: &'a str,
    pub(super) tenant_id: u64,
    pub(super) environment: &'a str,
}

/// What an app's programs get tokens with.
#[derive(Debug)]
pub(super) struct Secret {
    pub(super) client_id: String,
    pub(super) client_secret: String,
}

impl Subscriber<'_> {
    pub(super) fn connect(&self, api: &mut Api, version: u64) -> Result<()> {
        self.decide(api, &json!({"app_id": self.app_id, "version": version, "decision": "allow"})).map(drop)
    }

    pub(super) fn decline(&self, api: &mut Api, version: u64) -> Result<()> {
        self.decide(api, &json!({"app_id": self.app_id, "version": version, "decision": "decline"})).map(drop)
    }

    /// Consents through a group; returns the client id, which its members share.
    pub(super) fn connect_through(&self, api: &mut Api, version: u64, group_id: &str) -> Result<String> {
        let body = json!({
            "app_id": self.app_id,
            "version": version,
            "decision": "allow",
            "group_id": group_id,
        });
        self.decide(api, &body)?.text("client_id")
    }

    pub(super) fn decide_upgrade(&self, api: &mut Api, version: u64, decision: &str) -> Result<()> {
        self.change(api, "/upgrade", &json!({"version": version, "decision": decision}))
    }

    pub(super) fn pause(&self, api: &mut Api) -> Result<()> {
        self.change(api, "/disable", &json!({}))
    }

    pub(super) fn go_on(&self, api: &mut Api) -> Result<()> {
        self.change(api, "/restore", &json!({}))
    }

    /// Ends the connection. The next consent is to a new one.
    pub(super) fn leave(&self, api: &mut Api) -> Result<()> {
        api.delete(&self.connection(), self.admin()?).map(drop)
    }

    /// The third party generates the secret. Only the demo's own traffic uses it: whoever else needs one generates the
    /// next.
    pub(super) fn hand_out_secret(&self, api: &mut Api) -> Result<Secret> {
        let Self { tokens, app_id, tenant_id, environment } = self;
        let path = format!("/v1/apps/{app_id}/connections/{tenant_id}/{environment}/secrets");
        let secret = api.post(&path, tokens.third_party(), &json!({}))?;
        Ok(Secret { client_id: secret.text("client_id")?, client_secret: secret.text("client_secret")? })
    }

    fn decide(&self, api: &mut Api, body: &Value) -> Result<Answer> {
        let Self { tenant_id, environment, .. } = self;
        api.post(&format!("/v1/tenants/{tenant_id}/{environment}/connections"), self.admin()?, body)
    }

    fn change(&self, api: &mut Api, action: &str, body: &Value) -> Result<()> {
        api.post(&(self.connection() + action), self.admin()?, body).map(drop)
    }

    fn connection(&self) -> String {
        let Self { app_id, tenant_id, environment, .. } = self;
        format!("/v1/tenants/{tenant_id}/{environment}/connections/{app_id}")
    }

    fn admin(&self) -> Result<&str> {
        self.tokens.admin(self.tenant_id, self.environment)
    }
}
