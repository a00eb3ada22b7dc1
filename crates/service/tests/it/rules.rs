//! What no log may say, whatever raced: the rules about apps, listings, connections and secrets once more, as plain
//! tables of facts, written without a look at the domain.

use std::collections::{BTreeMap, BTreeSet};

use chancery_journal::Journal;
use chancery_wire::{Position, Recorded};
use jiff::Timestamp;
use serde_json::Value;

/// What stands at one place of the log.
#[derive(Debug, Default)]
struct Facts {
    customer_of: BTreeMap<String, String>,
    apps: BTreeMap<String, App>,
    deleted: BTreeSet<String>,
    listed: BTreeSet<(String, String)>,
    connections: BTreeMap<Key, Connection>,
    /// Every client id that was ever minted, and for which app and holder.
    clients: BTreeMap<String, (String, String)>,
    live_secrets: BTreeSet<(String, String)>,
    groups: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug)]
struct App {
    latest: String,
    private: bool,
    visible: bool,
}

/// App, tenant, environment.
type Key = (String, String, String);

#[derive(Debug)]
struct Connection {
    version: String,
    client_id: String,
    group_id: Option<String>,
    disabled: bool,
}

/// Goes through the whole log and holds every rule after every command.
pub async fn hold(journal: &Journal) {
    let events = journal.read(Position::START, usize::MAX).await.unwrap();
    let mut facts = Facts::default();
    for (number, event) in events.iter().enumerate() {
        facts.take(event);
        let last = events.get(number + 1).is_none_or(|next| next.command_id != event.command_id);
        if last {
            facts.hold(event);
        }
    }
}

impl Facts {
    /// What the event says, if it may be said where things stand.
    fn take(&mut self, event: &Recorded) {
        let data: Value = serde_json::from_slice(&event.data).unwrap();
        let text = |field: &str| data[field].as_str().unwrap_or_default().to_owned();
        let given = |field: &str| Some(text(field)).filter(|text| !text.is_empty());
        let app = text("app_id");
        let key = (app.clone(), text("tenant_id"), text("environment"));
        let what = format!("{} at {}: {data}", event.event_type, event.position);
        if event.key_app.is_some() && event.event_type != "AppCreated" {
            assert!(self.apps.contains_key(&app) && !self.deleted.contains(&app), "a dead app: {what}");
        }
        match event.event_type.as_str() {
            "TenantRegistered" => drop(self.customer_of.insert(text("tenant_id"), text("customer_id"))),
            "AppCreated" => {
                let private = text("visibility") == "VISIBILITY_PRIVATE";
                let visible = data["review_required"] != true;
                self.apps.insert(app, App { latest: "1".into(), private, visible });
            }
            "AppApproved" => self.apps.get_mut(&app).unwrap().visible = true,
            "ScopesEdited" => self.apps.get_mut(&app).unwrap().latest = text("version"),
            "AppDeleted" => drop(self.deleted.insert(app)),
            "TenantAdded" => assert!(self.listed.insert((app, text("tenant_id"))), "listed twice: {what}"),
            "TenantRemoved" => assert!(self.listed.remove(&(app, text("tenant_id"))), "not listed: {what}"),
            "TenantConnected" => {
                assert!(!self.connections.contains_key(&key), "connected twice: {what}");
                assert!(self.listed.contains(&(app.clone(), key.1.clone())), "not listed: {what}");
                let about = &self.apps[&app];
                assert!(about.visible && about.latest == text("version"), "not on offer: {what}");
                let (client_id, group_id) = (text("client_id"), given("group_id"));
                let holder = group_id.clone().unwrap_or_else(|| format!("{key:?}"));
                let minted = self.clients.entry(client_id.clone()).or_insert((app.clone(), holder.clone()));
                assert_eq!(*minted, (app, holder), "another's client id: {what}");
                if let Some(group_id) = &group_id {
                    assert!(self.groups[group_id].contains(&key.1), "not in the group: {what}");
                }
                let connection =
                    Connection { version: text("version"), client_id, group_id, disabled: false };
                self.connections.insert(key, connection);
            }
            "ConnectionDeclined" => assert!(!self.connections.contains_key(&key), "connected: {what}"),
            "VersionUpgraded" => {
                let latest = &self.apps[&app].latest;
                let connection = self.connections.get_mut(&key).expect(&what);
                assert!(!connection.disabled && connection.version == text("from_version"), "{what}");
                assert_eq!(*latest, text("version"), "not the latest: {what}");
                connection.version = text("version");
            }
            "ConnectionDisabled" | "ConnectionRestored" => {
                let disabled = event.event_type == "ConnectionDisabled";
                let connection = self.connections.get_mut(&key).expect(&what);
                assert_ne!(connection.disabled, disabled, "nothing changes: {what}");
                connection.disabled = disabled;
            }
            "ConnectionRevoked" => {
                let ended = self.connections.remove(&key).expect(&what);
                if text("cause") == "REVOCATION_CAUSE_GROUP_TENANT_REMOVED" {
                    assert!(ended.group_id.is_some(), "not through a group: {what}");
                }
            }
            "SecretGenerated" => {
                let client_id = text("client_id");
                let stands = self.connections.values().any(|connection| connection.client_id == client_id);
                assert!(stands, "a secret of what does not stand: {what}");
                let retired = given("retired_secret_id");
                let at_once = |at: &String| at.parse::<Timestamp>().unwrap() <= event.recorded_at;
                let previous =
                    given("previous_retires_at").filter(at_once).and_then(|_| given("previous_secret_id"));
                for ended in retired.into_iter().chain(previous) {
                    self.live_secrets.remove(&(client_id.clone(), ended));
                }
                self.live_secrets.insert((client_id, text("secret_id")));
            }
            "SecretRevoked" => {
                let secret = (text("client_id"), text("secret_id"));
                assert!(self.live_secrets.remove(&secret), "it opened nothing: {what}");
            }
            "GroupCreated" => drop(self.groups.insert(text("group_id"), BTreeSet::new())),
            "GroupTenantAdded" => {
                let added = self.groups.get_mut(&text("group_id")).unwrap().insert(text("tenant_id"));
                assert!(added, "added twice: {what}");
            }
            "GroupTenantRemoved" => {
                let removed = self.groups.get_mut(&text("group_id")).unwrap().remove(&text("tenant_id"));
                assert!(removed, "not in it: {what}");
            }
            _ => {}
        }
    }

    /// What stands after a whole command.
    fn hold(&self, event: &Recorded) {
        let what = format!("after {} at {}", event.event_type, event.position);
        let mut shared: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for ((app, tenant, environment), connection) in &self.connections {
            // A deleted app's connections end with it, without an event each (rule 11).
            if self.deleted.contains(app) {
                continue;
            }
            let of = format!("{app} {tenant} {environment} {what}");
            assert!(self.listed.contains(&(app.clone(), tenant.clone())), "stands unlisted: {of}");
            if let Some(group_id) = &connection.group_id {
                assert!(self.groups[group_id].contains(tenant), "stands outside its group: {of}");
                let client_id = shared.entry((app, group_id)).or_insert(&connection.client_id);
                assert_eq!(*client_id, connection.client_id, "two client ids in a group: {of}");
            }
        }
        let mut live: BTreeMap<&str, usize> = BTreeMap::new();
        for (client_id, _) in &self.live_secrets {
            *live.entry(client_id).or_default() += 1;
        }
        assert!(live.values().all(|count| *count <= 2), "three secrets live {what}: {live:?}");
        for (app, about) in self.apps.iter().filter(|(_, about)| about.private) {
            let tenants = self.listed.iter().filter(|(listed, _)| listed == app);
            let customers: BTreeSet<_> = tenants.map(|(_, tenant)| &self.customer_of[tenant]).collect();
            assert!(customers.len() <= 1, "{app} {about:?} serves {customers:?} {what}");
        }
    }
}
