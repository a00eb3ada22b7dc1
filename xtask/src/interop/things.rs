//! What the demo has that a request can name, and words that fields take. Without it nearly every request would be
//! about nothing, or be refused for its first field.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use ureq::Agent;

use super::stage::{self, ALLOWED, BEYOND, Credentials};
use crate::demo::Api;
use crate::up::Private;

/// Where a request names what: a place as schemathesis writes it, and which [`Things`] are named there.
pub(super) const PLACES: [(&str, &str); 40] = [
    ("path.app", "app"),
    ("path.environment", "environment"),
    ("path.group", "group"),
    ("path.id", "id"),
    ("path.network", "network"),
    ("path.secret", "secret"),
    ("path.tenant", "tenant"),
    ("body.app_id", "app"),
    ("body.app_key", "app_key"),
    ("body.authorization", "authorization"),
    ("body.company", "label"),
    ("body.customer_id", "customer"),
    ("body.email", "email"),
    ("body.environment", "environment"),
    ("body.environments[*]", "environment"),
    ("body.from", "begin"),
    ("body.homepage_url", "url"),
    ("body.instance.environment", "environment"),
    ("body.instance.tenant_id", "tenant"),
    ("body.integration_tenant_id", "fresh"),
    ("body.method", "method"),
    ("body.name", "label"),
    ("body.organization_name", "label"),
    ("body.path", "call"),
    ("body.per", "window"),
    ("body.purpose", "label"),
    ("body.reason", "label"),
    ("body.retire_previous_after", "duration"),
    ("body.scopes[*]", "scope"),
    ("body.sequence", "first"),
    ("body.source", "source"),
    ("body.source_ip", "address"),
    ("body.subject.name", "label"),
    ("body.tenant.name", "label"),
    ("body.tenant.tenant_id", "fresh"),
    ("body.tenant_id", "fresh"),
    ("body.tenant_ids[*]", "tenant"),
    ("body.to", "end"),
    ("body.version", "version"),
    ("query.group_by", "dimensions"),
];
/// What is deleted on the way is not what the others name.
pub(super) const SPARE: (&str, &str, &str) = ("deleteApp", "path.app", "spare");

/// Values by what they are of.
#[derive(Debug)]
pub(super) struct Things(pub(super) BTreeMap<&'static str, Vec<Value>>);

impl Things {
    pub(super) fn look_up(product: &Private) -> Result<Self> {
        let mut things = Self(BTreeMap::from([
            ("address", vec!["192.0.2.1".into()]),
            ("call", vec![ALLOWED.into(), BEYOND.into()]),
            ("customer", vec!["northwind".into(), "nobody".into()]),
            ("dimensions", vec!["operation,outcome".into()]),
            ("duration", vec!["PT24H".into(), "PT0S".into()]),
            ("email", vec!["a@b.example".into()]),
            ("environment", vec!["production".into(), "integration".into()]),
            ("first", vec![1.into()]),
            ("fresh", (70_001..70_041).map(Value::from).collect()),
            ("label", vec!["Northwind".into(), "Any name".into()]),
            ("method", vec!["GET".into()]),
            ("tenant", vec![1001.into(), 1002.into()]),
            ("url", vec!["https://a.example/".into()]),
            ("version", (1..=3).map(Value::from).collect()),
            ("window", vec!["PT1S".into(), "PT1M".into()]),
        ]));
        let credentials = Credentials::new(product)?;
        let access = stage::token(&Agent::new_with_defaults(), product, &credentials)?;
        things.add("app_key", [credentials.app_key.into()]);
        things.add("authorization", [format!("Bearer {access}").into()]);
        let mut api = product.api("things");
        let token = |pointer: &str| {
            let token = product.credentials().pointer(pointer).and_then(Value::as_str);
            token.with_context(|| format!("the demo's credentials have no {pointer}"))
        };
        let platform = token("/tokens/platform")?;
        let catalog = api.get("/v1/scope-catalog", platform)?.value;
        let scopes = catalog["scopes"].as_array().into_iter().flatten().take(8);
        things.add("scope", scopes.map(|scope| scope["scope"].clone()));
        // Usage is told by processes with an id like those of events, about a time that is not long ago.
        let events = api.get("/v1/events?limit=40", token("/tokens/consumer")?)?.value;
        let events = events["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        things.add("source", events.iter().map(|event| event["event_id"].clone()));
        things.add("begin", events.first().map(|event| event["recorded_at"].clone()));
        things.add("end", events.last().map(|event| event["recorded_at"].clone()));
        // A third party creates apps from its integration instance, a customer from any that it owns.
        things.add_apps(&mut api, token("/tokens/developers/0/token")?, &Value::Null)?;
        let instance = json!({"tenant_id": 1001, "environment": "production"});
        things.add_apps(&mut api, token("/tokens/developers/1/token")?, &instance)?;
        // `{id}` is of an access request, a person or a token.
        things.add("id", fields(&api, "/v1/access-requests", token("/tokens/reviewer")?, "request_id")?);
        things.add("id", ["person-405".into()]);
        for _ in 0..3 {
            let body = json!({"role": "operator", "name": "To be revoked"});
            things.add("id", [api.post("/v1/tokens", platform, &body)?.value["token_id"].clone()]);
        }
        let nothing = PLACES.iter().find(|(_, thing)| things.0.get(thing).is_none_or(Vec::is_empty));
        ensure!(nothing.is_none(), "the demo has nothing for {nothing:?}");
        Ok(things)
    }

    /// A developer's apps, and what belongs to them.
    fn add_apps(&mut self, api: &mut Api, developer: &str, instance: &Value) -> Result<()> {
        let apps = fields(api, "/v1/apps", developer, "app_id")?;
        for app in &apps {
            let path = format!("/v1/apps/{}/connections", word(app));
            let connections = api.get(&path, developer)?.value;
            let connections = connections["items"].as_array().into_iter().flatten();
            let first = connections.filter(|connection| connection["tenant_id"] == 1001);
            let secrets = first.flat_map(|connection| connection["secrets"].as_array().into_iter().flatten());
            self.add("secret", secrets.map(|secret| secret["secret_id"].clone()));
        }
        self.add("app", apps);
        let networks = fields(api, "/v1/networks", developer, "network_id")?;
        for network in &networks {
            let path = format!("/v1/networks/{}/groups", word(network));
            self.add("group", fields(api, &path, developer, "group_id")?);
        }
        self.add("network", networks);
        let spare = json!({
            "name": "To be deleted",
            "organization_name": "Any",
            "homepage_url": "https://a.example/",
            "visibility": "private",
            "instance": instance,
            "scopes": [self.0["scope"][0]],
        });
        let spare = api.post("/v1/apps", developer, &spare)?.value;
        self.add("spare", [spare["app_id"].clone()]);
        Ok(())
    }

    fn add(&mut self, name: &'static str, values: impl IntoIterator<Item = Value>) {
        self.0.entry(name).or_default().extend(values);
    }
}

/// One field of every item of a list.
fn fields(api: &Api, path: &str, token: &str, field: &str) -> Result<Vec<Value>> {
    let list = api.get(path, token)?.value;
    Ok(list["items"].as_array().into_iter().flatten().map(|item| item[field].clone()).collect())
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
