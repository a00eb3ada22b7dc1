//! A token for every role, in the shape of `.dev/credentials.json`.

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Value, json};

use super::Organizations;
use super::api::Api;
use super::cast::{self, CUSTOMERS, Person, THIRD_PARTY};

#[derive(Debug, Serialize)]
pub(super) struct Tokens {
    pub(super) platform: String,
    pub(super) reviewer: String,
    pub(super) auditor: String,
    pub(super) operator: String,
    pub(super) gateway: String,
    pub(super) consumer: String,
    /// The third party's first.
    pub(super) developers: Vec<Developer>,
    /// One for every tenant in every environment.
    pub(super) tenant_admins: Vec<TenantAdmin>,
}

#[derive(Debug, Serialize)]
pub(super) struct Developer {
    pub(super) organization_id: String,
    pub(super) token: String,
}

#[derive(Debug, Serialize)]
pub(super) struct TenantAdmin {
    pub(super) tenant_id: u64,
    pub(super) environment: &'static str,
    pub(super) token: String,
}

impl Tokens {
    pub(super) fn issue(api: &mut Api, platform: &str, organizations: &Organizations) -> Result<Self> {
        let mut issue = |body: &Value| api.post("/v1/tokens", platform, body)?.text("token");
        let mut staff = |role: &str, person: &Person| {
            issue(&json!({"role": role, "name": format!("demo {role}"), "subject": subject(person)}))
        };
        let reviewer = staff("reviewer", &cast::REVIEWER)?;
        let auditor = staff("auditor", &cast::AUDITOR)?;
        let operator = staff("operator", &cast::OPERATOR)?;
        // Programs act for themselves.
        let gateway = issue(&json!({"role": "gateway", "name": "demo gateway"}))?;
        let consumer = issue(&json!({"role": "consumer", "name": "demo consumer"}))?;

        let mut developer = |organization_id: &str, person: &Person| {
            let body = json!({
                "role": "developer",
                "name": "demo developer",
                "organization_id": organization_id,
                "subject": subject(person),
            });
            anyhow::Ok(Developer { organization_id: organization_id.to_owned(), token: issue(&body)? })
        };
        let developers = vec![
            developer(&organizations.third_party, &THIRD_PARTY.developer)?,
            developer(&organizations.customer, &cast::CUSTOMER_DEVELOPER)?,
        ];

        let mut tenant_admins = Vec::new();
        for (tenant_id, environment, person) in instances() {
            let body = json!({
                "role": "tenant_admin",
                "name": format!("demo admin of {tenant_id} {environment}"),
                "tenants": [{"tenant_id": tenant_id, "environment": environment}],
                "subject": subject(person),
            });
            tenant_admins.push(TenantAdmin { tenant_id, environment, token: issue(&body)? });
        }
        let platform = platform.to_owned();
        Ok(Self { platform, reviewer, auditor, operator, gateway, consumer, developers, tenant_admins })
    }

    pub(super) fn third_party(&self) -> &str {
        &self.developers[0].token
    }

    pub(super) fn customer(&self) -> &str {
        &self.developers[1].token
    }

    /// The token of whoever decides for the tenant in the environment.
    pub(super) fn admin(&self, tenant_id: u64, environment: &str) -> Result<&str> {
        let admin = self
            .tenant_admins
            .iter()
            .find(|admin| (admin.tenant_id, admin.environment) == (tenant_id, environment));
        admin
            .map(|admin| admin.token.as_str())
            .with_context(|| format!("nobody in the demo decides for tenant {tenant_id} in {environment}"))
    }
}

/// Every instance, with its admin.
fn instances() -> impl Iterator<Item = (u64, &'static str, &'static Person)> {
    let of_customers = CUSTOMERS.iter().flat_map(|customer| {
        customer.tenants.iter().flat_map(move |(tenant_id, _)| {
            cast::ENVIRONMENTS.into_iter().map(move |environment| (*tenant_id, environment, &customer.admin))
        })
    });
    of_customers.chain([(THIRD_PARTY.integration_tenant_id, "integration", &THIRD_PARTY.admin)])
}

fn subject(person: &Person) -> Value {
    json!({"id": person.id, "name": person.name})
}
