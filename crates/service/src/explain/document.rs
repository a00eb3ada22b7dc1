//! An explanation as it is shown, over HTTP and by the command line.

use chancery_gate::Denial;
use chancery_wire::{Position, v1};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Explanation;
use crate::events::{EventDocument, Names};

/// Why an app may use a scope at a tenant, or may not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessExplanation)]
pub struct AccessDocument<'a> {
    pub log_id: Uuid,
    /// As of which position.
    pub position: u64,
    /// And as of when; null before the first event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub time: Option<Timestamp>,
    pub app_id: Uuid,
    pub tenant_id: u64,
    pub environment: &'a str,
    pub scope: &'a str,
    pub allowed: bool,
    /// The gate's code, where it is not allowed.
    pub code: Option<&'static str>,
    /// What must be done.
    pub detail: &'a str,
    /// The role that must do it, where something must be done.
    pub who: Option<&'static str>,
    /// And with which request.
    #[serde(rename = "where")]
    pub place: Option<&'a str>,
    /// The credential that it is granted to.
    pub client_id: Option<String>,
    /// The group that shares the credential.
    pub group_id: Option<Uuid>,
    /// The version that the tenant granted, where the decision came as far as to it.
    pub granted_version: Option<u32>,
    /// The app's latest, where the scope is missing.
    pub latest_version: Option<u32>,
    /// What the scope opens, by the catalog of that moment.
    pub operations: Vec<OpenedOperation<'a>>,
    /// The position of the event that published that catalog, if there was one.
    pub catalog_position: Option<u64>,
    /// The events that make it so, with a sentence each: folding these alone gives the same answer.
    pub events: Vec<EventDocument<'a>>,
}

/// An operation that needs the scope.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedOperation<'a> {
    pub id: &'a str,
    pub method: &'a str,
    pub path: &'a str,
}

impl Explanation {
    /// With the names that were read for its events. An error is data that is not JSON.
    pub fn document<'a>(
        &'a self,
        log_id: Uuid,
        names: &'a Names,
    ) -> Result<AccessDocument<'a>, serde_json::Error> {
        let Self { question, moment, outcome, events, advice, operations, catalog, .. } = self;
        let granted = outcome.as_ref().ok();
        let held = match outcome {
            Err(Denial::ScopeMissing(held)) => Some(held),
            _ => None,
        };
        let events = events.iter().map(|event| EventDocument::of(event, names));
        Ok(AccessDocument {
            log_id,
            position: moment.position.get(),
            time: (moment.position > Position::START).then_some(moment.time),
            app_id: question.app_id.0,
            tenant_id: question.instance.tenant_id.get(),
            environment: question.instance.environment.as_str(),
            scope: question.scope.as_str(),
            allowed: outcome.is_ok(),
            code: outcome.as_ref().err().map(Denial::code),
            detail: &advice.detail,
            who: advice.who,
            place: advice.place.as_deref(),
            client_id: granted.map(|granted| granted.client_id.to_string()),
            group_id: granted.and_then(|granted| granted.group_id),
            granted_version: granted
                .map(|granted| granted.version)
                .or_else(|| held.map(|held| held.granted_version)),
            latest_version: held.map(|held| held.latest_version),
            operations: operations.iter().map(OpenedOperation::of).collect(),
            catalog_position: catalog.map(Position::get),
            events: events.collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> OpenedOperation<'a> {
    fn of(operation: &'a v1::Operation) -> Self {
        let v1::Operation { id, method, path, .. } = operation;
        Self { id, method, path }
    }
}
