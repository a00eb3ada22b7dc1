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
    /// The third party's first, then the customer's, then the newcomer's.
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

        let developers = vec![
            Developer::new(api, platform, &organizations.third_party, &subject(&THIRD_PARTY.developer))?,
            Developer::new(api, platform, &organizations.customer, &subject(&cast::CUSTOMER_DEVELOPER))?,
        ];
        let tenant_admins = instances()
            .map(|(tenant_id, environment, person)| {
                TenantAdmin::new(api, platform, tenant_id, environment, person)
            })
            .collect::<Result<_>>()?;
        let platform = platform.to_owned();
        Ok(Self { platform, reviewer, auditor, operator, gateway, consumer, developers, tenant_admins })
    }

    /// Tokens for a company that was let in: for whoever asked, and for the admin of its integration instance.
    pub(super) fn welcome(&mut self, api: &mut Api, organization_id: &str, requester_id: &str) -> Result<()> {
        let requester = json!({"id": requester_id, "name": cast::NEWCOMER.name});
        self.developers.push(Developer::new(api, &self.platform, organization_id, &requester)?);
        let (tenant_id, _) = cast::NEWCOMERS_TENANT;
        let admin = &cast::NEWCOMERS_ADMIN;
        self.tenant_admins.push(TenantAdmin::new(api, &self.platform, tenant_id, "integration", admin)?);
        Ok(())
    }

    pub(super) fn third_party(&self) -> &str {
        &self.developers[0].token
    }

    pub(super) fn customer(&self) -> &str {
        &self.developers[1].token
    }

    pub(super) fn newcomer(&self) -> Result<&str> {
        let developer = self.developers.get(2).context("nobody was let in yet")?;
        Ok(&developer.token)
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

impl Developer {
    fn new(api: &mut Api, platform: &str, organization_id: &str, subject: &Value) -> Result<Self> {
        let body = json!({
            "role": "developer",
            "name": "demo developer",
            "organization_id": organization_id,
            "subject": subject,
        });
        let token = api.post("/v1/tokens", platform, &body)?.text("token")?;
        Ok(Self { organization_id: organization_id.to_owned(), token })
    }
}

impl TenantAdmin {
    fn new(
        api: &mut Api,
        platform: &str,
        tenant_id: u64,
        environment: &'static str,
        person: &Person,
    ) -> Result<Self> {
        let body = json!({
            "role": "tenant_admin",
            "name": format!("demo admin of {tenant_id} {environment}"),
            "tenants": [{"tenant_id": tenant_id, "environment": environment}],
            "subject": subject(person),
        });
        let token = api.post("/v1/tokens", platform, &body)?.text("token")?;
        Ok(Self { tenant_id, environment, token })
    }
}

/// Every instance that is registered from the start, with its admin.
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
