//! Apps: what they are, whom they are for, their versions and their review, until they are deleted.

mod audience;
mod create;
mod delete;
mod details;
mod edit;
mod history;
mod review;

use std::sync::Arc;

use crate::{
    AppCreated, AppDetailsEdited, AppId, AppKey, CredentialManagement, Event, HomepageUrl, Instance, Name,
    OrganizationId, Reason, Refusal, Stamp, Visibility,
};

pub use audience::{Audience, Review, Verdict};
pub use create::{Create, CreateFacts, create};
pub use delete::delete;
pub use details::{EditDetails, EditDetailsFacts, edit_details};
pub use edit::{EditScopes, edit_scopes};
pub use history::{Difference, History, Version};
pub use review::{approve, reject, request_review};

/// Where an app stands in its life.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    Live(Arc<App>),
    /// Gone for ever: to every decision as if it had never been (rule 11).
    Deleted {
        /// What it was at its end.
        app: Arc<App>,
        deleted: Stamp,
    },
}

/// What an app is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    pub app_id: AppId,
    pub app_key: AppKey,
    pub organization_id: OrganizationId,
    pub name: Name,
    pub organization_name: Name,
    pub homepage_url: HomepageUrl,
    pub audience: Audience,
    pub credential_management: CredentialManagement,
    /// Where it was created from: for a third party its own integration instance (rule 2).
    pub instance: Instance,
    pub history: History,
    pub created: Stamp,
}

impl App {
    pub const fn visibility(&self) -> Visibility {
        self.audience.visibility()
    }

    pub const fn review(&self) -> &Review {
        self.audience.review()
    }
}

impl State {
    /// The app if it exists and is not deleted.
    pub fn live(&self) -> Option<&App> {
        match self {
            Self::Absent | Self::Deleted { .. } => None,
            Self::Live(app) => Some(app),
        }
    }

    /// The app as its owner and an auditor may still look it up: also what it was, and since when it is gone.
    pub fn known(&self) -> Option<(&App, Option<&Stamp>)> {
        match self {
            Self::Absent => None,
            Self::Live(app) => Some((app, None)),
            Self::Deleted { app, deleted } => Some((app, Some(deleted))),
        }
    }

    /// The app as the organization that owns it sees it; to any other there is none.
    pub fn owned_by(&self, organization_id: OrganizationId) -> Result<&App, Refusal> {
        self.live().filter(|app| app.organization_id == organization_id).ok_or(Refusal::AppUnknown)
    }
}

/// Folds one event of the app's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (State::Absent, Event::AppCreated(event)) => State::Live(Arc::new(created(event, stamp))),
        (State::Live(app), Event::AppDeleted(_)) => State::Deleted { app, deleted: stamp.clone() },
        (State::Live(mut app), event) => {
            change(&mut app, event, stamp);
            State::Live(app)
        }
        (state @ (State::Absent | State::Deleted { .. }), _) => state,
    }
}

fn change(app: &mut Arc<App>, event: &Event, stamp: &Stamp) {
    match event {
        Event::AppDetailsEdited(event) => describe(Arc::make_mut(app), event),
        Event::CredentialManagementChanged(event) => {
            Arc::make_mut(app).credential_management = event.credential_management;
        }
        Event::ScopesEdited(event) => {
            Arc::make_mut(app).history.publish(event.scopes.clone(), stamp.clone());
        }
        Event::ReviewRequested(_) => Arc::make_mut(app).audience.await_review(),
        Event::AppApproved(event) => {
            Arc::make_mut(app).audience.approve(verdict(&event.reason, stamp));
        }
        Event::AppRejected(event) => {
            Arc::make_mut(app).audience.reject(verdict(&event.reason, stamp));
        }
        _ => {}
    }
}

fn verdict(reason: &Reason, stamp: &Stamp) -> Verdict {
    Verdict { reason: reason.clone(), decided: stamp.clone() }
}

fn describe(app: &mut App, event: &AppDetailsEdited) {
    app.name = event.name.clone();
    app.organization_name = event.organization_name.clone();
    app.homepage_url = event.homepage_url.clone();
    app.audience.open_to(event.visibility);
}

fn created(event: &AppCreated, stamp: &Stamp) -> App {
    App {
        app_id: event.app_id,
        app_key: event.app_key.clone(),
        organization_id: event.organization_id,
        name: event.name.clone(),
        organization_name: event.organization_name.clone(),
        homepage_url: event.homepage_url.clone(),
        audience: Audience::created(event.visibility, event.review_required),
        credential_management: event.credential_management,
        instance: Instance {
            tenant_id: event.instance_tenant_id,
            environment: event.instance_environment.clone(),
        },
        history: History::first(event.scopes.clone(), stamp.clone()),
        created: stamp.clone(),
    }
}
