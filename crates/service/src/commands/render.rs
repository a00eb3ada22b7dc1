//! States as the shapes of the contract, the same that the views give. Names of people are joined at read and
//! never kept, so an answer to a command has their ids only.

mod connection;
mod network;

use chancery_domain::{
    Reason, Scope, ScopeSet, Stamp,
    app::{App, Review},
};
use chancery_views::{Who, apps};

use super::words;

pub(crate) use connection::{Shown, connection, state};
pub(super) use network::{group, network};

/// An app, also what it was when it was deleted.
pub(crate) fn app(app: &App, deleted: Option<&Stamp>, tenant_count: Option<u64>) -> apps::App {
    apps::App {
        app_id: app.app_id.0,
        app_key: app.app_key.to_string(),
        organization_id: app.organization_id.0,
        name: app.name.to_string(),
        organization_name: app.organization_name.to_string(),
        homepage_url: app.homepage_url.to_string(),
        visibility: words::visibility(app.visibility()),
        credential_management: words::credential_management(app.credential_management),
        tenant_count,
        version: app.history.latest().get(),
        scopes: scopes(app.history.scopes()),
        review: match app.review() {
            Review::NotRequired => chancery_views::Review::NotRequired,
            Review::Pending => chancery_views::Review::Pending,
            Review::Approved(_) => chancery_views::Review::Approved,
            Review::Rejected(_) => chancery_views::Review::Rejected,
        },
        review_reason: match app.review() {
            Review::NotRequired | Review::Pending => None,
            Review::Approved(verdict) | Review::Rejected(verdict) => reason(&verdict.reason),
        },
        created_at: app.created.at,
        created_by: who(&app.created),
        deleted_at: deleted.map(|deleted| deleted.at),
        deleted_by: deleted.map(who),
        stream_version: 0,
    }
}

pub(super) fn who(stamp: &Stamp) -> Who {
    Who { id: stamp.by.id.to_string(), name: None }
}

/// A decision without words has no reason, in the views too.
pub(super) fn reason(reason: &Reason) -> Option<String> {
    Some(reason.to_string()).filter(|words| !words.is_empty())
}

pub(super) fn scopes(scopes: &ScopeSet) -> Vec<String> {
    scopes.iter().map(Scope::to_string).collect()
}
