//! What a command must lead to.

mod access;
mod apps;
mod connections;
mod credentials;
mod groups;

use super::{
    command::{Command, Pick},
    facts::Facts,
};

/// What a command leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// It is carried out, and something is other than before.
    Changes,
    /// It is carried out, and everything is as before.
    Nothing,
    /// It is refused, with one of these codes.
    Refused(Vec<&'static str>),
    /// The rules leave open which of both.
    NothingOrRefused(Vec<&'static str>),
}

/// What the rules object to a command, or what it leads to.
type Answer = Result<Expected, Vec<&'static str>>;

impl Facts {
    /// Carries the command out; `fresh` is the number of whatever the command brings about.
    pub fn carry_out(&mut self, command: &Command, fresh: usize) -> Expected {
        use Command as C;
        let answer = match command.clone() {
            C::Wait { hours } => {
                self.now += hours;
                Ok(Expected::Nothing)
            }
            C::PublishCatalog { scopes } => Ok(self.publish_catalog(scopes)),
            C::RequestAccess => Ok(self.request_access()),
            C::DecideAccess { request, verdict, reason, tenant } => {
                self.decide_access(request, verdict, reason, tenant)
            }
            C::Review { app, verdict, reason } => self.review_app(app.number(), verdict, reason),
            C::CreateApp { organization, public, mode, instance, tenants, scopes } => {
                self.create_app(organization, public, mode, instance, &tenants, scopes)
            }
            C::Patch { by, app, name, public, mode } => self.patch(by, app.number(), name, public, mode),
            C::EditScopes { by, app, scopes } => self.edit_scopes(by, app.number(), scopes),
            C::AddTenants { by, app, tenants } => self.add_tenants(by, app.number(), &tenants),
            C::RemoveTenant { by, app, tenant } => self.remove_tenant(by, app.number(), tenant),
            C::RequestReview { by, app } => self.request_review(by, app.number()),
            C::Delete { by, app } => self.delete(by, app.number()),
            C::Consent { at, version, verdict, group } => {
                let group = group.map(Pick::number);
                self.consent(at.pair(), version.number(), verdict, group, fresh)
            }
            C::Upgrade { at, version, verdict } => self.upgrade(at.pair(), version.number(), verdict),
            C::Disable { at } => self.pause(at.pair(), true),
            C::Restore { at } => self.pause(at.pair(), false),
            C::Disconnect { at } => self.disconnect(at.pair()),
            C::Generate { side, at, overlap } => self.generate(side, at.pair(), overlap, fresh),
            C::RevokeSecret { side, at, secret } => self.revoke_secret(side, at.pair(), secret),
            C::CreateNetwork { organization } => self.create_network(organization),
            C::CreateGroup { by, network, environment } => self.create_group(by, network, environment),
            C::AddToGroup { by, group, tenant } => self.add_to_group(by, group, tenant),
            C::RemoveFromGroup { by, group, tenant } => self.remove_from_group(by, group, tenant),
            C::Offer { by, group, app } => self.offer(by, group, app.number()),
            C::GenerateForGroup { by, group, app, overlap } => {
                self.generate_for_group(by, group, app.number(), overlap, fresh)
            }
        };
        answer.unwrap_or_else(Expected::Refused)
    }
}

/// Gathers the codes of all rules that object.
#[derive(Debug, Default)]
struct Objections(Vec<&'static str>);

impl Objections {
    fn when(&mut self, objects: bool, code: &'static str) {
        if objects {
            self.0.push(code);
        }
    }

    fn none(self) -> Result<(), Vec<&'static str>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// What is told about an app that the caller does not see.
fn app_unknown() -> Vec<&'static str> {
    vec!["app_unknown"]
}

const fn changes_if(something: bool) -> Expected {
    if something { Expected::Changes } else { Expected::Nothing }
}
