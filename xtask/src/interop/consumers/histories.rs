//! What consumers must know: the version history of every app, as the API tells it.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::follower::Follower;
use crate::demo::Api;
use crate::interop::stage::{FOREIGN_SCOPE, SCOPES};
use crate::up::Private;

pub(super) struct Histories {
    api: Api,
    developer: String,
    auditor: String,
    /// Edits so far.
    edits: usize,
    /// The app that is edited.
    app: String,
}

impl Histories {
    pub(super) fn new(product: &Private) -> Result<Self> {
        let token = |pointer: &str| {
            let token = product.credentials().pointer(pointer).and_then(Value::as_str);
            token.map(str::to_owned).with_context(|| format!("the demo's credentials have no {pointer}"))
        };
        let (developer, auditor) = (token("/tokens/developers/0/token")?, token("/tokens/auditor")?);
        let mut api = product.api("consumers");
        let app = create(&mut api, &developer)?;
        Ok(Self { api, developer, auditor, edits: 0, app })
    }

    /// Edits the scopes that many times, and makes another app now and then.
    pub(super) fn edit(&mut self, times: usize) -> Result<()> {
        for _ in 0..times {
            if self.edits % 5 == 4 {
                self.app = create(&mut self.api, &self.developer)?;
            }
            let [first, second] = SCOPES;
            let sets = [vec![first], vec![first, second, FOREIGN_SCOPE], vec![second]];
            let scopes = json!({"scopes": sets[self.edits % sets.len()]});
            self.api.put(&format!("/v1/apps/{}/scopes", self.app), &self.developer, &scopes)?;
            self.edits += 1;
        }
        Ok(())
    }

    /// Of the last edit.
    pub(super) fn position(&self) -> Result<u64> {
        self.api.position().parse().context("reading the position of the last command")
    }

    /// Compares every app's history with what the follower made of the events.
    pub(super) fn compare(&self, follower: &Follower<'_>) -> Result<String> {
        let created = self.api.get("/v1/events?type=AppCreated&limit=1000", &self.auditor)?.value;
        let created = created["items"].as_array().context("the API tells of no apps")?;
        let mut versions = 0;
        for event in created {
            let app = event["data"]["app_id"].as_str().context("an AppCreated names no app")?;
            let expected = self.history(app)?;
            let found = follower.show(app)?;
            ensure!(
                found == expected,
                "{} has another history of {app}:\n{found}\nThe API has\n{expected}",
                follower.name()
            );
            versions += expected.as_array().map_or(0, Vec::len);
        }
        Ok(format!("{versions} versions of {} apps are the API's", created.len()))
    }

    /// Without people's names, which no event has.
    fn history(&self, app: &str) -> Result<Value> {
        let mut page = self.api.get(&format!("/v1/apps/{app}/versions?limit=100"), &self.auditor)?.value;
        ensure!(page["next_cursor"].is_null(), "{app} has more than a page of versions");
        for item in page["items"].as_array_mut().into_iter().flatten() {
            item["created_by"].as_object_mut().context("a version has no author")?.remove("name");
        }
        Ok(page["items"].take())
    }
}

fn create(api: &mut Api, developer: &str) -> Result<String> {
    let app = json!({
        "name": "Followed",
        "organization_name": "Brightpath Software",
        "homepage_url": "https://followed.example/",
        "visibility": "public",
        "scopes": SCOPES,
    });
    let app = api.post("/v1/apps", developer, &app)?.value;
    app["app_id"].as_str().map(str::to_owned).context("the answer has no app_id")
}
