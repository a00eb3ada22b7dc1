//! Which role may call what (DESIGN §6).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{call::Call, cast::Cast, operators::Operator};

/// Method, path and the roles that may.
const OPERATIONS: &[(&str, &str, &[&str])] = &[
    ("GET", "/v1/scope-catalog", &ALL),
    ("PUT", "/v1/scope-catalog", &["platform"]),
    ("GET", "/v1/tokens", &["platform"]),
    ("POST", "/v1/tokens", &["platform"]),
    ("DELETE", "/v1/tokens/{id}", &["platform"]),
    ("GET", "/v1/tenants", &["platform"]),
    ("POST", "/v1/tenants", &["platform"]),
    ("GET", "/v1/organizations", &["platform"]),
    ("POST", "/v1/organizations", &["platform"]),
    ("DELETE", "/v1/people/{id}", &["platform"]),
    ("PUT", "/v1/apps/{app}/tenants/{tenant}/{environment}/rate-limit", &["platform"]),
    ("PUT", "/v1/tenants/{tenant}/{environment}/reports/{report}/rate-limit", &["platform"]),
    ("POST", "/v1/access-requests", &ALL),
    ("GET", "/v1/access-requests", &["reviewer"]),
    ("POST", "/v1/access-requests/{id}/decision", &["reviewer"]),
    ("GET", "/v1/reviews", &["reviewer"]),
    ("POST", "/v1/apps/{app}/review", &["reviewer"]),
    ("GET", "/v1/apps", &["developer"]),
    ("POST", "/v1/apps", &["developer"]),
    ("GET", "/v1/apps/{app}", &["developer", "auditor"]),
    ("PATCH", "/v1/apps/{app}", &["developer"]),
    ("PUT", "/v1/apps/{app}/scopes", &["developer"]),
    ("POST", "/v1/apps/{app}/tenants", &["developer"]),
    ("POST", "/v1/apps/{app}/review-requests", &["developer"]),
    ("GET", "/v1/apps/{app}/versions", &["developer", "auditor"]),
    ("GET", "/v1/apps/{app}/connections", &["developer", "auditor"]),
    ("GET", "/v1/apps/{app}/connections/{tenant}/{environment}", &["developer", "auditor"]),
    ("POST", "/v1/apps/{app}/connections/{tenant}/{environment}/secrets", &["developer"]),
    ("DELETE", "/v1/apps/{app}/connections/{tenant}/{environment}/secrets/{secret}", &["developer"]),
    ("GET", "/v1/networks", &["developer"]),
    ("POST", "/v1/networks", &["developer"]),
    ("GET", "/v1/networks/{network}", &["developer"]),
    ("GET", "/v1/networks/{network}/groups", &["developer"]),
    ("POST", "/v1/networks/{network}/groups", &["developer"]),
    ("GET", "/v1/networks/{network}/groups/{group}", &["developer"]),
    ("PUT", "/v1/networks/{network}/groups/{group}/tenants/{tenant}", &["developer"]),
    ("DELETE", "/v1/networks/{network}/groups/{group}/tenants/{tenant}", &["developer"]),
    ("POST", "/v1/networks/{network}/groups/{group}/connections", &["developer"]),
    ("POST", "/v1/networks/{network}/groups/{group}/connections/{app}/secrets", &["developer"]),
    ("GET", "/v1/tenants/{tenant}/{environment}/apps", &["tenant_admin", "auditor"]),
    ("POST", "/v1/tenants/{tenant}/{environment}/connections", &["tenant_admin"]),
    ("GET", "/v1/tenants/{tenant}/{environment}/connections/{app}", &["tenant_admin", "auditor"]),
    ("POST", "/v1/tenants/{tenant}/{environment}/connections/{app}/upgrade", &["tenant_admin"]),
    ("POST", "/v1/tenants/{tenant}/{environment}/connections/{app}/secrets", &["tenant_admin"]),
    ("POST", "/v1/tenants/{tenant}/{environment}/connections/{app}/disable", &["tenant_admin"]),
    ("POST", "/v1/tenants/{tenant}/{environment}/connections/{app}/restore", &["tenant_admin"]),
    ("DELETE", "/v1/tenants/{tenant}/{environment}/connections/{app}/secrets/{secret}", &["tenant_admin"]),
    ("DELETE", "/v1/tenants/{tenant}/{environment}/connections/{app}", &["tenant_admin"]),
    ("GET", "/v1/events", &["consumer", "gateway", "auditor", "platform"]),
    (
        "GET",
        "/v1/explain/access?app_id={app}&tenant_id={tenant}&environment={environment}&scope=tn.crm.customers:r",
        &["auditor"],
    ),
    ("POST", "/v1/authorize", &["gateway"]),
    ("GET", "/v1/gate/snapshot", &["gateway"]),
    ("POST", "/v1/usage", &["gateway"]),
    ("GET", "/v1/usage", &["platform"]),
    ("GET", "/v1/apps/{app}/usage", &["developer", "auditor"]),
    ("GET", "/v1/apps/{app}/usage/grants", &["developer", "auditor"]),
    ("GET", "/v1/tenants/{tenant}/{environment}/usage", &["tenant_admin", "auditor"]),
    ("GET", "/v1/tenants/{tenant}/{environment}/usage/grants", &["tenant_admin", "auditor"]),
    ("GET", "/v1/projections", &["operator"]),
    ("GET", "/v1/projections/{name}", &["operator"]),
    ("POST", "/v1/projections/{name}/verify", &["operator"]),
    ("GET", "/v1/projections/{name}/verifications/{id}", &["operator"]),
    ("GET", "/v1/projections/{name}/rebuilds", &["operator"]),
    ("GET", "/v1/projections/{name}/rebuilds/{id}", &["operator"]),
    ("POST", "/v1/projections/{name}/rebuilds/{id}/cancel", &["operator"]),
    ("POST", "/v1/projections/{name}/rebuilds/{id}/pause", &["operator"]),
    ("POST", "/v1/projections/{name}/rebuilds/{id}/resume", &["operator"]),
    ("POST", "/v1/projections/{name}/promote", &["operator"]),
    ("POST", "/v1/projections/{name}/rollback", &["operator"]),
    ("POST", "/v1/projections/{name}/rebuild", &["operator"]),
    ("DELETE", "/v1/projections/{name}/former-build", &["operator"]),
    ("GET", "/v1/projections/{name}/dead-letters", &["operator"]),
    ("POST", "/v1/projections/{name}/dead-letters/{position}/retry", &["operator"]),
    ("POST", "/v1/projections/{name}/dead-letters/{position}/skip", &["operator"]),
    ("POST", "/v1/projections/{name}/pause", &["operator"]),
    ("POST", "/v1/projections/{name}/resume", &["operator"]),
    // At the end: after these there is nothing left that the others could name.
    ("DELETE", "/v1/apps/{app}/tenants/{tenant}", &["developer"]),
    ("DELETE", "/v1/apps/{app}", &["developer"]),
];
const ABSENT: &str = "00000000-0000-7000-8000-000000000000";
const ALL: [&str; 8] =
    ["platform", "reviewer", "auditor", "operator", "gateway", "consumer", "developer", "tenant_admin"];

#[tokio::test]
async fn only_the_roles_of_the_contract_may_call_an_operation() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let current = |found: &Value| {
        found["items"].as_array().unwrap().iter().all(|one| one["state"] == "live" && one["lag_events"] == 0)
    };
    Operator(&cast).until("", current).await;
    for (method, template, roles) in OPERATIONS {
        let path = template
            .replace("{app}", &app)
            .replace("{tenant}", "101")
            .replace("{environment}", "production")
            .replace("{report}", "77")
            .replace("{id}", ABSENT)
            .replace("{name}", "versions")
            .replace("{position}", "1")
            .replace("{secret}", ABSENT)
            .replace("{network}", ABSENT)
            .replace("{group}", ABSENT);
        for role in ALL {
            let reply = call(&cast, method, &path).token(token(&cast, role)).send().await;
            let what = format!("{role}: {method} {path}");
            if roles.contains(&role) {
                assert!(
                    reply.status != 401 && !reply.text.contains("role_forbidden"),
                    "{what}: {}",
                    reply.text
                );
                let there = *method != "GET" || template.contains("{network}") || template.contains("{id}");
                assert!(there || reply.status == 200, "{what}: {}", reply.text);
            } else {
                assert_eq!(reply.status, 403, "{what}: {}", reply.text);
                reply.problem(403, "role_forbidden");
            }
        }
    }
}

#[tokio::test]
async fn one_event_is_for_those_who_may_read_all() {
    let cast = Cast::new().await;
    for role in ALL {
        let reply = cast.server.get("/v1/events/1").token(token(&cast, role)).send().await;
        let wanted = if ["consumer", "gateway", "auditor", "platform"].contains(&role) { 200 } else { 403 };
        assert_eq!(reply.status, wanted, "{role}: {}", reply.text);
    }
}

#[test]
fn the_table_of_roles_has_every_operation() {
    let document: Value =
        serde_json::from_str(&chancery_service::http::document().to_json().unwrap()).unwrap();
    let path = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    let mut known: BTreeSet<_> =
        OPERATIONS.iter().map(|(method, target, _)| (method.to_lowercase(), path(target))).collect();
    known.insert(("get".to_owned(), "/v1/events/{position}".to_owned()));
    let documented: BTreeSet<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(|method| (method.clone(), path.clone()))
        })
        .collect();
    assert_eq!(documented, known);
}

fn call(cast: &Cast, method: &str, path: &str) -> Call {
    match method {
        "GET" => cast.server.get(path),
        "POST" => cast.server.post(path).json(&json!({})),
        "PUT" => cast.server.put(path).json(&json!({})),
        "PATCH" => cast.server.patch(path).json(&json!({})),
        "DELETE" => cast.server.delete(path),
        other => panic!("no method {other}"),
    }
}

fn token<'a>(cast: &'a Cast, role: &str) -> &'a str {
    match role {
        "platform" => &cast.platform,
        "reviewer" => &cast.reviewer,
        "auditor" => &cast.auditor,
        "operator" => &cast.operator,
        "gateway" => &cast.gateway,
        "consumer" => &cast.consumer,
        "developer" => &cast.maker,
        "tenant_admin" => &cast.north,
        other => panic!("no role {other}"),
    }
}
