//! What the model's numbers are called in the system.

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    cast::Bearer,
    model::{Environment, Mode, Pair, Place, STRANGER, Scopes},
};

/// An organization and its developer.
#[derive(Debug, Clone)]
pub(super) struct Organization {
    pub(super) id: String,
    pub(super) developer: Bearer,
}

/// Everything that a sequence brought about.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// What is added to a tenant's number: each sequence has its own.
    pub(super) tenants_from: u64,
    pub(super) organizations: Vec<Organization>,
    pub(super) requests: Vec<String>,
    pub(super) apps: Vec<String>,
    pub(super) networks: Vec<String>,
    pub(super) groups: Vec<String>,
    /// Client ids, and the number of the command that minted them.
    pub(super) clients: HashMap<String, usize>,
    /// Secrets' ids, and the number of the command that generated them.
    pub(super) secrets: HashMap<String, usize>,
}

impl Names {
    pub(super) fn tenant(&self, number: u64) -> u64 {
        if number == STRANGER { 9_999_999 } else { self.tenants_from + number }
    }

    /// The customer whose organization has this number.
    pub(super) fn customer(&self, organization: usize) -> String {
        format!("customer-{}-{organization}", self.tenants_from)
    }

    pub(super) fn app(&self, number: usize) -> String {
        named(&self.apps, number)
    }

    pub(super) fn group(&self, number: usize) -> String {
        named(&self.groups, number)
    }

    pub(super) fn network(&self, number: usize) -> String {
        named(&self.networks, number)
    }

    pub(super) fn request(&self, number: usize) -> String {
        named(&self.requests, number)
    }

    pub(super) fn secret(&self, number: usize) -> String {
        let known = self.secrets.iter().find(|(_, known)| **known == number);
        known.map_or_else(nobodys, |(id, _)| id.clone())
    }

    pub(super) fn developer(&self, number: usize) -> &Bearer {
        &self.organizations[number].developer
    }

    pub(super) fn instance(&self, place: Place) -> Value {
        json!({"tenant_id": self.tenant(place.tenant), "environment": place.environment.as_str()})
    }

    /// `/v1/tenants/{tenant}/{environment}`
    pub(super) fn at_tenant(&self, place: Place) -> String {
        format!("/v1/tenants/{}/{}", self.tenant(place.tenant), place.environment.as_str())
    }

    /// `/v1/tenants/{tenant}/{environment}/connections/{app}`
    pub(super) fn of_tenant(&self, (app, place): Pair) -> String {
        format!("{}/connections/{}", self.at_tenant(place), self.app(app))
    }

    /// `/v1/apps/{app}/connections/{tenant}/{environment}`
    pub(super) fn of_app(&self, (app, place): Pair) -> String {
        let (tenant, environment) = (self.tenant(place.tenant), place.environment.as_str());
        format!("/v1/apps/{}/connections/{tenant}/{environment}", self.app(app))
    }
}

/// The id of this number; one that is nobody's where there is none.
fn named(ids: &[String], number: usize) -> String {
    ids.get(number).cloned().unwrap_or_else(nobodys)
}

fn nobodys() -> String {
    Uuid::now_v7().to_string()
}

pub(super) fn visibility(public: bool) -> &'static str {
    if public { "public" } else { "private" }
}

pub(super) fn credential_management(mode: Mode) -> &'static str {
    match mode {
        Mode::Developer => "developer",
        Mode::TenantAdmin => "tenant_admin",
    }
}

pub(super) fn environment(text: &str) -> Environment {
    Environment::BOTH.into_iter().find(|known| known.as_str() == text).expect("an environment of the model")
}

pub(super) fn catalog(scopes: Scopes) -> Value {
    let scope = |scope: &str| {
        let (module, resource) = scope[3..scope.len() - 2].split_once('.').unwrap();
        let access = if scope.ends_with(":r") { "view" } else { "modify" };
        json!({"scope": scope, "module": module, "resource": resource, "access": access, "title": resource})
    };
    let operation = |scope: &str| {
        let path = format!("/{}/tenant/{{tenant}}", scope.replace(['.', ':'], "/"));
        json!({"id": scope, "module": "crm", "method": "GET", "path": path, "scope": scope, "kind": "standard"})
    };
    let texts = texts(scopes);
    json!({
        "scopes": texts.iter().copied().map(scope).collect::<Vec<_>>(),
        "operations": texts.iter().copied().map(operation).collect::<Vec<_>>(),
    })
}

pub(super) fn texts(scopes: Scopes) -> Vec<&'static str> {
    scopes.numbers().map(|number| crate::model::SCOPES[number]).collect()
}
