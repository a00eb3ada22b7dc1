//! What the requests are about: the bearer's own, and the same of somebody else.

use serde_json::{Value, json};

use super::{
    document::Operation,
    request::{Names, Request},
};
use crate::{
    call::Call,
    cast::{CUSTOMERS_READ, Cast, EAST, JOBS_READ, MAKER_LAB, OTHER_LAB, SOUTH, instance},
    operators::Operator,
    poison::poison,
};

/// Two of everyone who is bound to an organization or to a tenant.
#[derive(Debug)]
pub struct Stage<'a> {
    cast: &'a Cast,
    rival: String,
    east: String,
}

/// One operation's request.
#[derive(Debug)]
pub struct Scene<'a> {
    /// About what the bearer may see.
    pub own: Request<'a>,
    /// The same things of others.
    pub foreign: Names,
    developer: String,
}

/// A developer, and the tenant that connects its apps.
struct Side<'a> {
    developer: &'a str,
    admin: &'a str,
    tenant: u64,
    lab: u64,
}

/// How far an app has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Until {
    Created,
    Reviewed,
    Connected,
    ThenEdited,
    ThenDisabled,
}

impl<'a> Stage<'a> {
    pub async fn new(cast: &'a Cast) -> Self {
        let issue = async |body: Value| {
            let reply = cast.server.post("/v1/tokens").token(&cast.platform).json(&body).send().await;
            text(&reply.expect(201).json(), "token")
        };
        let body = json!({"name": "Rival", "kind": "customer", "customer_id": "elsewhere"});
        let rival = cast.server.post("/v1/organizations").token(&cast.platform).json(&body).send().await;
        let rival = rival.expect(201).json()["organization_id"].clone();
        Self {
            cast,
            rival: issue(json!({"role": "developer", "name": "Rival", "organization_id": rival})).await,
            east: issue(
                json!({"role": "tenant_admin", "name": "East", "tenants": [instance(EAST, "production")]}),
            )
            .await,
        }
    }

    pub async fn scene<'o>(&self, operation: &'o Operation) -> Scene<'o> {
        let cast = self.cast;
        let hub = operation.path.starts_with("/v1/networks") || operation.id == "decideConnection";
        let (developer, other) = if hub { (&cast.shop, &self.rival) } else { (&cast.maker, &cast.other) };
        let own = Side { developer, admin: &cast.south, tenant: SOUTH, lab: MAKER_LAB };
        let foreign = Side { developer: other, admin: &self.east, tenant: EAST, lab: OTHER_LAB };
        let mut names = self.things(&own, operation, hub).await;
        let mut others = Names::new();
        if !names.is_empty() {
            others = self.things(&foreign, operation, hub).await;
            names.insert("environment", environment(operation).to_owned());
        }
        names.extend(self.unbound(operation).await);
        let own = Request { operation, names };
        others.retain(|key, _| own.uses(key));
        Scene { own, foreign: others, developer: developer.clone() }
    }

    /// What belongs to no organization and to no tenant.
    async fn unbound(&self, operation: &Operation) -> Names {
        let Cast { server, platform, .. } = self.cast;
        let id = match &*operation.id {
            "revokeToken" => {
                let body = json!({"role": "operator", "name": "Soon revoked"});
                let issued = server.post("/v1/tokens").token(platform).json(&body).send().await.expect(201);
                text(&issued.json(), "token_id")
            }
            "decideAccess" => {
                let body = json!({"name": "Max Stranger", "email": "max@stranger.example", "company": "Max Tools",
                                  "purpose": "We plan."});
                let asked = server.post("/v1/access-requests").json(&body).send().await.expect(201);
                text(&asked.json(), "request_id")
            }
            "forgetPerson" => "rita".to_owned(),
            "setReportRateLimit" => return Names::from([("report", "77".to_owned())]),
            "authorize" => return self.callable().await,
            "getEvent" => return Names::from([("position", "1".to_owned())]),
            _ if operation.path.starts_with("/v1/projections/{name}") => {
                return self.projection(&operation.id).await;
            }
            _ => return Names::new(),
        };
        Names::from([("id", id)])
    }

    /// A projection as the operation needs it. What is paused is read by nobody else here.
    async fn projection(&self, operation: &str) -> Names {
        let operator = Operator(self.cast);
        let named = |name: &str| Names::from([("name", name.to_owned())]);
        let about = |name: &str, path: &str| {
            let id = path.rsplit('/').next().unwrap_or_default().to_owned();
            Names::from([("name", name.to_owned()), ("id", id)])
        };
        let slow = json!({"events_per_second": 1, "promote": "manual"});
        match operation {
            "promoteProjection" => {
                operator.ready("versions").await;
                named("versions")
            }
            "rollBackProjection" => {
                operator.promoted("apps").await;
                named("apps")
            }
            "dropFormerBuild" => {
                operator.promoted("networks").await;
                named("networks")
            }
            "getRebuild" | "cancelRebuild" | "pauseRebuild" | "resumeRebuild" => {
                let name = "directory";
                let shown = operator.get("/directory/rebuilds").await.expect(200).json();
                if let Some(id) = shown["items"][0]["rebuild_id"].as_str() {
                    let path = format!("/directory/rebuilds/{id}");
                    operator.post(&format!("{path}/cancel"), json!({})).await;
                    operator.until(&path, |rebuild| rebuild["state"] == "cancelled").await;
                }
                about(name, &operator.rebuild(name, slow).await)
            }
            "getVerification" => {
                let reply = operator.post("/versions/verify", json!({})).await.expect(202);
                about("versions", reply.header("Location").unwrap_or_default())
            }
            "retryDeadLetter" | "skipDeadLetter" => {
                let position = poison(self.cast).await.failed;
                let parked = |found: &Value| {
                    found["items"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .any(|letter| letter["position"] == position.get())
                };
                operator.until("/versions/dead-letters", parked).await;
                Names::from([("name", "versions".to_owned()), ("position", position.to_string())])
            }
            _ => named("access_requests"),
        }
    }

    /// A call that may pass.
    async fn callable(&self) -> Names {
        let Cast { server, maker, south, .. } = self.cast;
        let side = Side { developer: maker, admin: south, tenant: SOUTH, lab: MAKER_LAB };
        let app = self.app(&side, "authorize").await["app"].clone();
        let shown = self.cast.read(&format!("/v1/apps/{app}"), maker).await.json();
        let path = format!("/v1/apps/{app}/connections/{SOUTH}/production/secrets");
        let secret = done(server.post(&path).token(maker).json(&json!({}))).await;
        let (id, secret) = (text(&secret, "client_id"), text(&secret, "client_secret"));
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let form = server.post("/connect/token").text("application/x-www-form-urlencoded", form);
        let token = text(&form.send().await.expect(200).json(), "access_token");
        Names::from([
            ("path", format!("/crm/v2/tenant/{SOUTH}/customers/5")),
            ("app_key", text(&shown, "app_key")),
            ("authorization", format!("Bearer {token}")),
        ])
    }

    /// A side's things, as the operation needs them.
    async fn things(&self, side: &Side<'_>, operation: &Operation, hub: bool) -> Names {
        if operation.id == "createApp" {
            return Names::from([("tenant", side.lab.to_string())]);
        }
        let named = |name: &str| operation.target().contains(&format!("{{{name}}}"));
        match (hub, named("app") || named("tenant") || named("network")) {
            (true, true) => self.group(side, &operation.id).await,
            (false, true) => self.app(side, &operation.id).await,
            (_, false) => Names::new(),
        }
    }

    /// A third party's app and its connection.
    async fn app(&self, side: &Side<'_>, operation: &str) -> Names {
        let until = match operation {
            "reviewApp" => Until::Created,
            "requestReview" => Until::Reviewed,
            "decideUpgrade" => Until::ThenEdited,
            "restoreConnection" => Until::ThenDisabled,
            _ => Until::Connected,
        };
        let by_tenant = operation.ends_with("AsTenant");
        let body = json!({
            "name": "Scheduler", "organization_name": "Of the matrix", "homepage_url": "https://maker.example.com/",
            "visibility": "public", "tenant_ids": [side.tenant], "scopes": [CUSTOMERS_READ, JOBS_READ],
            "credential_management": if by_tenant { "tenant_admin" } else { "developer" },
        });
        let server = &self.cast.server;
        let app = text(&done(server.post("/v1/apps").token(side.developer).json(&body)).await, "app_id");
        let mut names = side.names();
        names.insert("app", app.clone());
        let path = format!("/v1/apps/{app}");
        if until >= Until::Reviewed {
            let decision = if until == Until::Reviewed { "reject" } else { "approve" };
            let body = json!({"decision": decision, "reason": "So it is."});
            done(server.post(&format!("{path}/review")).token(&self.cast.reviewer).json(&body)).await;
        }
        if until >= Until::Connected {
            let connected = self.consent(side, &names).await;
            let secret = if by_tenant {
                text(&connected["secrets"][0], "secret_id")
            } else {
                let path = format!("{path}/connections/{}/production/secrets", side.tenant);
                text(&done(server.post(&path).token(side.developer).json(&json!({}))).await, "secret_id")
            };
            names.insert("secret", secret);
        }
        if until == Until::ThenEdited {
            let body = json!({"scopes": [JOBS_READ]});
            done(server.put(&format!("{path}/scopes")).token(side.developer).json(&body)).await;
        }
        if until == Until::ThenDisabled {
            let path = format!("/v1/tenants/{}/production/connections/{app}/disable", side.tenant);
            done(server.post(&path).token(side.admin)).await;
        }
        names
    }

    /// A customer's network with a group, and an app that is offered to it.
    async fn group(&self, side: &Side<'_>, operation: &str) -> Names {
        let server = &self.cast.server;
        let post = |path: &str, body: &Value| done(server.post(path).token(side.developer).json(body));
        let network = text(&post("/v1/networks", &json!({"name": "Stores"})).await, "network_id");
        let body = json!({"name": "West", "environment": "production"});
        let group = text(&post(&format!("/v1/networks/{network}/groups"), &body).await, "group_id");
        let body = json!({
            "name": "Stock", "organization_name": "Of the matrix", "homepage_url": "https://shop.example.com/",
            "visibility": "private", "credential_management": "developer",
            "instance": instance(side.tenant, "production"), "scopes": [CUSTOMERS_READ],
        });
        let app = text(&post("/v1/apps", &body).await, "app_id");
        let path = format!("/v1/networks/{network}/groups/{group}");
        if operation != "addGroupTenant" {
            done(server.put(&format!("{path}/tenants/{}", side.tenant)).token(side.developer)).await;
        }
        if operation != "connectGroup" {
            post(&format!("{path}/connections"), &json!({"app_id": app})).await;
        }
        let mut names = side.names();
        names.extend([("app", app), ("network", network), ("group", group)]);
        if operation == "generateGroupSecret" {
            self.consent(side, &names).await;
        }
        names
    }

    /// The tenant's admin allows the app, through the group if there is one.
    async fn consent(&self, side: &Side<'_>, names: &Names) -> Value {
        let body = json!({"app_id": names["app"], "version": 1, "decision": "allow", "group_id": names.get("group")});
        let path = format!("/v1/tenants/{}/production/connections", side.tenant);
        done(self.cast.server.post(&path).token(side.admin).json(&body)).await
    }
}

impl Scene<'_> {
    /// The request about what is foreign, and about what is absent.
    pub fn everywhere(&self) -> Vec<Request<'_>> {
        let elsewhere = [self.foreign.clone(), self.own.absent()];
        elsewhere.into_iter().filter(|names| !names.is_empty()).map(|names| self.own.about(&names)).collect()
    }

    /// The token of the role's bearer whose own things these are.
    pub fn token<'a>(&'a self, cast: &'a Cast, role: &str) -> &'a str {
        match role {
            "developer" => &self.developer,
            "tenant_admin" => &cast.south,
            "reviewer" => &cast.reviewer,
            "platform" => &cast.platform,
            "gateway" => &cast.gateway,
            "consumer" => &cast.consumer,
            "auditor" => &cast.auditor,
            "operator" => &cast.operator,
            other => panic!("{other} is a new role: give it a token in tests/it/matrix/stage.rs"),
        }
    }
}

impl Side<'_> {
    fn names(&self) -> Names {
        Names::from([("tenant", self.tenant.to_string())])
    }
}

fn environment(operation: &Operation) -> &'static str {
    if operation.id == "createApp" { "integration" } else { "production" }
}

async fn done(call: Call) -> Value {
    let reply = call.send().await;
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
    reply.json()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}
