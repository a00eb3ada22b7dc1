//! A valid request to each operation.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::Operation;
use crate::{
    call::{Call, Reply},
    cast::{CUSTOMERS_READ, Cast, JOBS_READ, NORTH, app_body, catalog},
};

/// What a request names, by the names of the path's parameters; bodies name the same things.
pub type Names = BTreeMap<&'static str, String>;

/// Where nothing is.
const ABSENT: [(&str, &str); 9] = [
    ("app", "01890000-0000-7000-8000-000000000000"),
    ("secret", "01890000-0000-7000-8000-000000000001"),
    ("network", "01890000-0000-7000-8000-000000000002"),
    ("group", "01890000-0000-7000-8000-000000000003"),
    ("id", "01890000-0000-7000-8000-000000000004"),
    ("tenant", "77777"),
    ("environment", "nowhere"),
    ("position", "4000000000"),
    ("name", "nowhere"),
];

#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub operation: &'a Operation,
    pub names: Names,
}

impl Request<'_> {
    /// The same about other things.
    pub fn about(&self, other: &Names) -> Self {
        let mut names = self.names.clone();
        names.extend(other.iter().map(|(key, value)| (*key, value.clone())));
        Self { operation: self.operation, names }
    }

    /// The names that it uses, for what is nowhere.
    pub fn absent(&self) -> Names {
        let all = ABSENT.map(|(key, value)| (key, value.to_owned()));
        all.into_iter().filter(|(key, _)| self.uses(key)).collect()
    }

    pub fn uses(&self, key: &'static str) -> bool {
        let other = self.about(&Names::from([(key, "0".to_owned())]));
        (self.path(), self.body()) != (other.path(), other.body())
    }

    pub async fn send(&self, cast: &Cast, token: Option<&str>) -> Reply {
        let (server, path) = (&cast.server, self.path());
        let mut call: Call = match &*self.operation.method {
            // What it reads has just been written.
            "get" => {
                let head = server.journal.head().await.unwrap().position.to_string();
                server.get(&path).header("Chancery-Min-Position", &head)
            }
            "post" => server.post(&path),
            "put" => server.put(&path),
            "patch" => server.patch(&path),
            "delete" => server.delete(&path),
            other => panic!("no method {other}"),
        };
        if let Some(body) = self.body() {
            call = call.json(&body);
        }
        if let Some(token) = token {
            call = call.token(token);
        }
        call.send().await
    }

    fn path(&self) -> String {
        let mut path = self.operation.target();
        for (key, value) in &self.names {
            path = path.replace(&format!("{{{key}}}"), value);
        }
        let id = &self.operation.id;
        assert!(!path.contains('{'), "{id}: add to tests/it/matrix/stage.rs what {path} may name");
        path
    }

    fn body(&self) -> Option<Value> {
        let name = |key: &str| self.names.get(key).cloned();
        let tenant = || name("tenant").map_or(0, |tenant| tenant.parse::<u64>().unwrap());
        let reason = "It does what it says.";
        Some(match &*self.operation.id {
            _ if self.operation.method == "get" => return None,
            "deleteApp"
            | "removeTenant"
            | "revokeToken"
            | "forgetPerson"
            | "revokeSecret"
            | "requestReview"
            | "disableConnection"
            | "restoreConnection"
            | "disconnect"
            | "revokeSecretAsTenant"
            | "addGroupTenant"
            | "removeGroupTenant"
            | "pauseProjection"
            | "resumeProjection"
            | "promoteProjection"
            | "rollBackProjection"
            | "dropFormerBuild"
            | "verifyProjection"
            | "cancelRebuild"
            | "pauseRebuild"
            | "retryDeadLetter" => return None,

            "publishScopeCatalog" => catalog(),
            "issueToken" => json!({"role": "operator", "name": "Of the matrix"}),
            "registerTenant" => {
                json!({"tenant_id": 5555, "name": "Matrix", "customer_id": "matrix", "environments": ["production"]})
            }
            "registerOrganization" => json!({"name": "Matrix", "kind": "customer", "customer_id": "matrix"}),
            "requestAccess" => {
                json!({"name": "Mara Stranger", "email": "mara@stranger.example", "company": "Strange Tools",
                       "purpose": "We plan routes."})
            }
            "decideAccess" => {
                json!({"decision": "approve", "reason": reason, "tenant": {"tenant_id": 910, "name": "Their lab"}})
            }
            "reviewApp" => json!({"decision": "approve", "reason": reason}),

            "createApp" => {
                let mut body = app_body();
                body["instance"] = json!({"tenant_id": tenant(), "environment": name("environment")});
                body
            }
            "editApp" => json!({"name": "Scheduler of the matrix"}),
            "editScopes" => json!({"scopes": [CUSTOMERS_READ, JOBS_READ, "tn.jpm.jobs:w"]}),
            "addTenants" => json!({"tenant_ids": [NORTH]}),
            "generateSecret" | "generateSecretAsTenant" | "generateGroupSecret" => json!({}),

            "decideConnection" => {
                json!({"app_id": name("app"), "version": 1, "decision": "allow", "group_id": name("group")})
            }
            "decideUpgrade" => json!({"version": 2, "decision": "allow"}),

            "authorize" => {
                json!({"method": "GET", "path": name("path"), "environment": "production",
                       "app_key": name("app_key"), "authorization": name("authorization")})
            }

            "rebuildProjection" | "resumeRebuild" => json!({"events_per_second": 1}),
            "skipDeadLetter" => json!({"reason": reason}),

            "setRateLimit" => json!({"calls": 120, "per": "PT1S"}),
            "setReportRateLimit" => Value::Null,

            "tellUsage" => {
                // The same each time it is asked for.
                let today = jiff::Timestamp::now().to_string()[..10].to_owned() + "T00:00:00Z";
                let source = "01890000-0000-7000-8000-000000000005";
                json!({"source": source, "sequence": 1, "from": today, "to": today, "items": []})
            }

            "createNetwork" => json!({"name": "Matrix"}),
            "createGroup" => json!({"name": "Matrix", "environment": "production"}),
            "connectGroup" => json!({"app_id": name("app")}),
            other => {
                panic!("{other} is new: say in tests/it/matrix/request.rs what a valid request to it is")
            }
        })
    }
}
