//! Apps: what they are, their versions and their review.

mod create;
mod edit;
mod history;
mod review;

use std::sync::Arc;

use crate::{
    AppCreated, AppId, AppKey, CredentialManagement, Event, HomepageUrl, Instance, Name, OrganizationId,
    Reason, Refusal, Stamp, Visibility,
};

pub use create::{Create, CreateFacts, create};
pub use edit::{EditScopes, edit_scopes};
pub use history::{Difference, History, Version};
pub use review::{approve, reject};

/// Where an app stands in its life.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    Live(Arc<App>),
}

/// A live app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    pub app_id: AppId,
    pub app_key: AppKey,
    pub organization_id: OrganizationId,
    pub name: Name,
    pub organization_name: Name,
    pub homepage_url: HomepageUrl,
    pub visibility: Visibility,
    pub credential_management: CredentialManagement,
    /// Where it was created from: for a third party its own integration instance (rule 2).
    pub instance: Instance,
    pub review: Review,
    pub history: History,
    pub created: Stamp,
}

/// Where an app stands with the reviewers (rule 12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Review {
    NotRequired,
    Pending,
    Approved { reason: Reason, decided: Stamp },
    Rejected { reason: Reason, decided: Stamp },
}

impl Review {
    /// Whether tenants may see the app, as far as the review goes.
    pub const fn lets_tenants_see(&self) -> bool {
        matches!(self, Self::NotRequired | Self::Approved { .. })
    }
}

impl State {
    /// The app if it exists and is not deleted.
    pub fn live(&self) -> Option<&App> {
        match self {
            Self::Absent => None,
            Self::Live(app) => Some(app),
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
    match state {
        State::Absent => match event {
            Event::AppCreated(event) => State::Live(Arc::new(created(event, stamp))),
            _ => State::Absent,
        },
        State::Live(mut app) => {
            match event {
                Event::ScopesEdited(event) => {
                    Arc::make_mut(&mut app).history.publish(event.scopes.clone(), stamp.clone());
                }
                Event::AppApproved(event) => {
                    Arc::make_mut(&mut app).review =
                        Review::Approved { reason: event.reason.clone(), decided: stamp.clone() };
                }
                Event::AppRejected(event) => {
                    Arc::make_mut(&mut app).review =
                        Review::Rejected { reason: event.reason.clone(), decided: stamp.clone() };
                }
                _ => {}
            }
            State::Live(app)
        }
    }
}

fn created(event: &AppCreated, stamp: &Stamp) -> App {
    App {
        app_id: event.app_id,
        app_key: event.app_key.clone(),
        organization_id: event.organization_id,
        name: event.name.clone(),
        organization_name: event.organization_name.clone(),
        homepage_url: event.homepage_url.clone(),
        visibility: event.visibility,
        credential_management: event.credential_management,
        instance: Instance {
            tenant_id: event.instance_tenant_id,
            environment: event.instance_environment.clone(),
        },
        review: if event.review_required { Review::Pending } else { Review::NotRequired },
        history: History::first(event.scopes.clone(), stamp.clone()),
        created: stamp.clone(),
    }
}
