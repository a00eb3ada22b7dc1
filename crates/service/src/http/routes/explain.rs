//! Why something is as it is.

use axum::{extract::State, response::Response};
use chancery_domain::{AppId, Environment, Instance, Invalid, Scope, TenantId};
use chancery_views::At;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::super::{
    Service, at::MayNameMoment, problem::Problem, reading::Reading, request_error::RequestError,
};
use crate::{
    events::Names,
    explain::{AccessDocument, Question, explain},
};

/// Access to what, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AccessQuery {
    /// The app's id.
    app_id: Uuid,
    /// Whose data.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    tenant_id: u64,
    environment: String,
    #[param(example = "tn.crm.customers:r")]
    scope: String,
    /// As of this position, such as `42`, or of this time (RFC 3339). Now, where none is named.
    at: Option<String>,
}

/// Explain access.
///
/// For auditors: whether the app could do with the tenant's data what needs the scope, at any moment of the log, and which
/// events made it so. The gate itself decides, about a call that is right in all that who calls decides: with the app's key,
/// at the environment's host, with a token of the tenant's credential that was got at that moment. `code` is the gate's, and
/// `detail` says what must be done, by `who` and `where`. Rate limits are not looked at. `events` are few and enough:
/// folding these alone gives the same answer. What was not there yet at the moment is answered; what is nowhere in the log
/// is 404.
#[utoipa::path(get, path = "/v1/explain/access", operation_id = "explainAccess", tag = "explain",
    params(AccessQuery),
    responses((status = 200, description = "The answer, and why.", body = AccessDocument<'static>)))]
pub(super) async fn access(
    State(service): State<Service>,
    read: Reading<AccessQuery>,
) -> Result<Response, Problem> {
    if let Some(wanted) = read.min_position {
        service.known(wanted).await?;
    }
    let question = read.query.question()?;
    let moment = match service.moment(&read).await? {
        Some(moment) => moment,
        None => service.journal.present().await?,
    };
    let explanation = explain(&service.journal, question, moment).await?;
    let names = Names::of_sentences(&service.journal, &explanation.events).await?;
    let value = explanation
        .document(service.log_id, &names)
        .map_err(|error| Problem::internal("an event's data is not JSON", &error))?;
    service.reflected(&At { position: moment.position, value })
}

impl MayNameMoment for AccessQuery {
    fn at(&self) -> Option<&str> {
        self.at.as_deref()
    }
}

impl AccessQuery {
    fn question(&self) -> Result<Question, RequestError> {
        let invalid = |error: Invalid| {
            let reason = error.to_string().trim_end_matches('.').to_owned();
            RequestError::QueryInvalid { reason }
        };
        let environment = Environment::parse(&self.environment).map_err(invalid)?;
        let tenant_id = TenantId::new(self.tenant_id).map_err(invalid)?;
        Ok(Question {
            app_id: AppId(self.app_id),
            instance: Instance { tenant_id, environment },
            scope: Scope::parse(&self.scope).map_err(invalid)?,
        })
    }
}
