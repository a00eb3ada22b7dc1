//! Limits that the platform sets case by case (rule 29).

use chancery_domain::{AppId, Instance, Limited, Period, RateLimit, ReportId, StreamName, limit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Answer, Caller, CommandError, Commands, apps::unchanged_since, fields::Fields, plan::Plan};
use crate::states::Seen;

/// A limit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRateLimit {
    /// How many calls may pass in any window.
    #[schema(minimum = 1, maximum = 100_000)]
    pub calls: u64,
    /// The window's length: PT1S or PT1M.
    pub per: String,
}

/// The limit that holds from now on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RateLimitAnswer {
    /// The app whose calls are limited, of everything but reports.
    pub app_id: Option<String>,
    /// The report that is limited, whichever app calls.
    pub report_id: Option<String>,
    pub tenant_id: u64,
    pub environment: String,
    pub calls: u32,
    /// PT1S or PT1M.
    pub per: String,
    /// Whether it is another than the usual one.
    pub overridden: bool,
}

impl Commands {
    /// `PUT /v1/apps/{app}/tenants/{tenant}/{environment}/rate-limit`
    pub async fn set_app_limit(
        &self,
        caller: &Caller,
        app_id: AppId,
        instance: Instance,
        body: Option<SetRateLimit>,
    ) -> Result<Answer, CommandError> {
        self.set_limit(caller, Limited::App(app_id), instance, body).await
    }

    /// `PUT /v1/tenants/{tenant}/{environment}/reports/{report}/rate-limit`
    pub async fn set_report_limit(
        &self,
        caller: &Caller,
        instance: Instance,
        report_id: ReportId,
        body: Option<SetRateLimit>,
    ) -> Result<Answer, CommandError> {
        self.set_limit(caller, Limited::Report(report_id), instance, body).await
    }

    async fn set_limit(
        &self,
        caller: &Caller,
        limited: Limited,
        instance: Instance,
        body: Option<SetRateLimit>,
    ) -> Result<Answer, CommandError> {
        let limit = body.as_ref().map(read).transpose()?;
        let command = limit::Set { limited, instance, limit };
        let decide = |seen: &Seen| {
            let limit::Set { limited, instance, .. } = &command;
            let app = limited.app().map(|app_id| seen.app(app_id)).transpose()?;
            let tenant = seen.tenant(instance.tenant_id)?;
            let state = seen.limit(limited, instance)?;
            let facts = limit::Facts { app: app.as_ref(), tenant: &tenant };
            let events = limit::set(command.clone(), &state, &facts)?;
            let stream = StreamName::Limit(limited.clone(), instance.tenant_id, instance.environment.clone());
            unchanged_since(caller, seen, &stream)?;
            let overridden = seen.after(&events).limit(limited, instance)?.overridden();
            Ok(Plan::new(200, events, &answer(limited, instance, overridden)).about(stream))
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}

fn read(body: &SetRateLimit) -> Result<RateLimit, CommandError> {
    let mut fields = Fields::default();
    let per = fields.read("/per", body.per.parse::<Period>());
    // Its number is told to be wrong even where the period is wrong too.
    let limit = fields.read("/calls", RateLimit::new(body.calls, per.unwrap_or(Period::Second)));
    fields.done(limit)
}

fn answer(limited: &Limited, instance: &Instance, overridden: Option<RateLimit>) -> RateLimitAnswer {
    let (app_id, report_id) = match limited {
        Limited::App(app_id) => (Some(app_id.to_string()), None),
        Limited::Report(report_id) => (None, Some(report_id.to_string())),
    };
    let limit = overridden.unwrap_or(limited.usual());
    RateLimitAnswer {
        app_id,
        report_id,
        tenant_id: instance.tenant_id.get(),
        environment: instance.environment.to_string(),
        calls: limit.calls(),
        per: limit.per.to_string(),
        overridden: overridden.is_some(),
    }
}
