//! What the demo has that a request can name. Without it nearly every request would be about nothing.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::up::Private;

/// Values by what they are of: `app`, `tenant` and the like as paths have them, `text` and `number` for the rest.
#[derive(Debug)]
pub(super) struct Things(pub(super) BTreeMap<&'static str, Vec<Value>>);

impl Things {
    pub(super) fn look_up(product: &Private) -> Result<Self> {
        let mut api = product.api();
        let credentials = product.credentials();
        let token = |pointer: &str| {
            let token = credentials.pointer(pointer).and_then(Value::as_str);
            token.with_context(|| format!("the demo's credentials have no {pointer}"))
        };
        let platform = token("/tokens/platform")?;
        let mut spare = Vec::new();
        for _ in 0..5 {
            let body = json!({"role": "operator", "name": "To be revoked"});
            spare.push(api.post("/v1/tokens", platform, &body)?.value["token_id"].clone());
        }
        let list = |path: &str, token: &str, field: &str| -> Result<Vec<Value>> {
            let list = api.get(path, token)?.value;
            Ok(list["items"].as_array().into_iter().flatten().map(|item| item[field].clone()).collect())
        };

        let mut things: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
        let mut add = |name, values: Vec<Value>| things.entry(name).or_default().extend(values);
        for developer in ["/tokens/developers/0/token", "/tokens/developers/1/token"] {
            let developer = token(developer)?;
            let apps = list("/v1/apps", developer, "app_id")?;
            for app in &apps {
                let connections = list(&format!("/v1/apps/{}/connections", word(app)), developer, "secrets")?;
                let secrets = connections.iter().filter_map(Value::as_array).flatten();
                add("secret", secrets.map(|secret| secret["secret_id"].clone()).collect());
            }
            add("app", apps);
            let networks = list("/v1/networks", developer, "network_id")?;
            for network in &networks {
                add("group", list(&format!("/v1/networks/{}/groups", word(network)), developer, "group_id")?);
            }
            add("network", networks);
        }
        add("tenant", list("/v1/tenants", platform, "tenant_id")?);
        add("environment", vec!["production".into(), "integration".into()]);
        // Of tokens, access requests and people: `{id}` is any of them.
        add("id", spare);
        add("id", list("/v1/access-requests", token("/tokens/reviewer")?, "request_id")?);
        add("id", vec!["person-405".into(), "person-406".into()]);

        let catalog = api.get("/v1/scope-catalog", platform)?.value;
        let scopes = catalog["scopes"].as_array().into_iter().flatten();
        add("text", scopes.take(8).map(|scope| scope["scope"].clone()).collect());
        add(
            "text",
            ["https://a.example/", "a@b.example", "PT24H", "PT0S", "northwind"].map(Value::from).into(),
        );
        add("number", (1..=20).map(Value::from).collect());
        let named = ["app", "group", "environment"].map(|name| things[name].clone()).concat();
        things.entry("text").or_default().extend(named);
        let tenants = things["tenant"].clone();
        things.entry("number").or_default().extend(tenants);
        Ok(Self(things))
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
