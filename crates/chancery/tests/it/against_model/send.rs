//! Commands as calls.

use serde_json::{Value, json};

use crate::{
    call::{Call, Reply},
    cast::Bearer,
    model::{Command as C, Facts, Pair, Side, Verdict},
};

use super::{
    names::{catalog, credential_management, texts, visibility},
    stage::Stage,
};

impl Stage<'_> {
    /// Sends the command as somebody who may give it.
    pub(super) fn give(&self, command: &C, facts: &Facts) -> Reply {
        let call = match command {
            C::Wait { .. } => unreachable!("nobody sends that"),
            C::PublishCatalog { scopes } => {
                Call::put("/v1/scope-catalog", &catalog(*scopes)).by(&self.system.platform)
            }
            C::RequestAccess | C::DecideAccess { .. } | C::Review { .. } => self.of_strangers(command),
            C::Consent { .. }
            | C::Upgrade { .. }
            | C::Disable { .. }
            | C::Restore { .. }
            | C::Disconnect { .. } => self.of_admins(command),
            C::Generate { .. } | C::RevokeSecret { .. } => self.of_either_side(command),
            C::CreateNetwork { .. }
            | C::CreateGroup { .. }
            | C::AddToGroup { .. }
            | C::RemoveFromGroup { .. }
            | C::Offer { .. }
            | C::GenerateForGroup { .. } => self.of_customers(command, facts),
            _ => self.of_developers(command),
        };
        self.system.server.send(&call)
    }

    fn of_strangers(&self, command: &C) -> Call {
        let reviewer = &self.system.reviewer;
        match command {
            C::DecideAccess { request, verdict, reason, tenant } => {
                let tenant =
                    tenant.map(|number| json!({"tenant_id": self.names.tenant(number), "name": "A lab"}));
                let mut body = decision(*verdict, *reason);
                if let Some(tenant) = tenant {
                    body["tenant"] = tenant;
                }
                let path = format!("/v1/access-requests/{}/decision", self.names.request(*request));
                Call::post(path, &body).by(reviewer)
            }
            C::Review { app, verdict, reason } => {
                let path = format!("/v1/apps/{}/review", self.names.app(app.number()));
                Call::post(path, &decision(*verdict, *reason)).by(reviewer)
            }
            _ => {
                let body = json!({"name": "Sam", "email": "sam@example.com", "company": "A company",
                                  "purpose": "To build."});
                // From everywhere: an address may ask five times an hour.
                let part = || fastrand::u8(1..255);
                let address = format!("{}.{}.{}.{}", part(), part(), part(), part());
                Call::post("/v1/access-requests", &body).header("X-Forwarded-For", address)
            }
        }
    }

    fn of_developers(&self, command: &C) -> Call {
        let app = |number: usize, rest: &str| format!("/v1/apps/{}{rest}", self.names.app(number));
        let tenants =
            |tenants: &[u64]| tenants.iter().map(|number| self.names.tenant(*number)).collect::<Vec<_>>();
        let (call, by) = match command {
            C::CreateApp { organization, public, mode, instance, tenants: listed, scopes } => {
                let mut body = json!({
                    "name": "App 0",
                    "organization_name": "An organization",
                    "homepage_url": "https://www.example.com/",
                    "visibility": visibility(*public),
                    "tenant_ids": tenants(listed),
                    "scopes": texts(*scopes),
                });
                if let Some(mode) = mode {
                    body["credential_management"] = credential_management(*mode).into();
                }
                if let Some(place) = instance {
                    body["instance"] = self.names.instance(*place);
                }
                return Call::post("/v1/apps", &body).by(self.names.developer(*organization));
            }
            C::Patch { by, app: number, name, public, mode } => {
                let mut body = json!({});
                if let Some(name) = name {
                    body["name"] = format!("App {name}").into();
                }
                if let Some(public) = public {
                    body["visibility"] = visibility(*public).into();
                }
                if let Some(mode) = mode {
                    body["credential_management"] = credential_management(*mode).into();
                }
                (Call::patch(app(number.number(), ""), &body), by)
            }
            C::EditScopes { by, app: number, scopes } => {
                (Call::put(app(number.number(), "/scopes"), &json!({"scopes": texts(*scopes)})), by)
            }
            C::AddTenants { by, app: number, tenants: listed } => {
                (Call::post(app(number.number(), "/tenants"), &json!({"tenant_ids": tenants(listed)})), by)
            }
            C::RemoveTenant { by, app: number, tenant } => {
                let tenant = self.names.tenant(*tenant);
                (Call::delete(app(number.number(), &format!("/tenants/{tenant}"))), by)
            }
            C::RequestReview { by, app: number } => (Call::ask(app(number.number(), "/review-requests")), by),
            C::Delete { by, app: number } => (Call::delete(app(number.number(), "")), by),
            _ => unreachable!("not a developer's: {command:?}"),
        };
        call.by(self.names.developer(by.number()))
    }

    fn of_admins(&self, command: &C) -> Call {
        let path = |pair: Pair, rest: &str| format!("{}{rest}", self.names.of_tenant(pair));
        let call = match command {
            C::Consent { at, version, verdict, group } => {
                let (app, place) = at.pair();
                let mut body = json!({"app_id": self.names.app(app), "version": version.number(),
                                      "decision": consent(*verdict)});
                if let (Some(group), Verdict::Yes) = (group, verdict) {
                    body["group_id"] = self.names.group(group.number()).into();
                }
                Call::post(format!("{}/connections", self.names.at_tenant(place)), &body)
            }
            C::Upgrade { at, version, verdict } => {
                let body = json!({"version": version.number(), "decision": consent(*verdict)});
                Call::post(path(at.pair(), "/upgrade"), &body)
            }
            C::Disable { at } => Call::ask(path(at.pair(), "/disable")),
            C::Restore { at } => Call::ask(path(at.pair(), "/restore")),
            C::Disconnect { at } => Call::delete(path(at.pair(), "")),
            _ => unreachable!("not an admin's: {command:?}"),
        };
        call.by(&self.admin)
    }

    fn of_either_side(&self, command: &C) -> Call {
        let at = |side: &Side, pair: Pair| -> (String, &Bearer) {
            match side.developer() {
                Some(number) => (self.names.of_app(pair), self.names.developer(number)),
                None => (self.names.of_tenant(pair), &self.admin),
            }
        };
        match command {
            C::Generate { side, at: pair, overlap } => {
                let (path, bearer) = at(side, pair.pair());
                Call::post(format!("{path}/secrets"), &retire_after(*overlap)).by(bearer)
            }
            C::RevokeSecret { side, at: pair, secret } => {
                let (path, bearer) = at(side, pair.pair());
                Call::delete(format!("{path}/secrets/{}", self.names.secret(*secret))).by(bearer)
            }
            _ => unreachable!("not about a secret: {command:?}"),
        }
    }

    fn of_customers(&self, command: &C, facts: &Facts) -> Call {
        // A group that is nowhere is looked for in the first network.
        let at = |number: usize, rest: &str| {
            let network = self.names.network(facts.groups.get(number).map_or(0, |group| group.network));
            format!("/v1/networks/{network}/groups/{}{rest}", self.names.group(number))
        };
        let (call, by) = match command {
            C::CreateNetwork { organization } => {
                let call = Call::post("/v1/networks", &json!({"name": "A network"}));
                return call.by(self.names.developer(*organization));
            }
            C::CreateGroup { by, network, environment } => {
                let path = format!("/v1/networks/{}/groups", self.names.network(*network));
                (Call::post(path, &json!({"name": "A group", "environment": environment.as_str()})), by)
            }
            C::AddToGroup { by, group, tenant } => {
                (Call::set(at(*group, &format!("/tenants/{}", self.names.tenant(*tenant)))), by)
            }
            C::RemoveFromGroup { by, group, tenant } => {
                (Call::delete(at(*group, &format!("/tenants/{}", self.names.tenant(*tenant)))), by)
            }
            C::Offer { by, group, app } => {
                (Call::post(at(*group, "/connections"), &json!({"app_id": self.names.app(app.number())})), by)
            }
            C::GenerateForGroup { by, group, app, overlap } => {
                let rest = format!("/connections/{}/secrets", self.names.app(app.number()));
                (Call::post(at(*group, &rest), &retire_after(*overlap)), by)
            }
            _ => unreachable!("not about a group: {command:?}"),
        };
        call.by(self.names.developer(by.number()))
    }
}

fn decision(verdict: Verdict, reason: bool) -> Value {
    let decision = match verdict {
        Verdict::Yes => "approve",
        Verdict::No => "reject",
    };
    json!({"decision": decision, "reason": if reason { "Because." } else { "" }})
}

fn consent(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Yes => "allow",
        Verdict::No => "decline",
    }
}

fn retire_after(hours: i64) -> Value {
    json!({"retire_previous_after": format!("PT{hours}H")})
}
