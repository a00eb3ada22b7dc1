//! Limits that the platform sets.

use chancery_domain::{AppId, Environment, Limited, Period, RateLimit, RateLimitOverridden, ReportId};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    write,
};

impl Translate for RateLimitOverridden {
    type Message = v1::RateLimitOverridden;

    fn to_wire(&self) -> Self::Message {
        let (app_id, report_id) = match &self.limited {
            Limited::App(app_id) => (app_id.to_string(), String::new()),
            Limited::Report(report_id) => (String::new(), report_id.to_string()),
        };
        v1::RateLimitOverridden {
            app_id,
            tenant_id: write::tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
            report_id,
            calls: self.limit.map_or(0, RateLimit::calls),
            per_seconds: self.limit.map_or(0, |limit| limit.per.seconds()),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        let report = read::optional(&message.report_id).map(ReportId::recorded);
        let app_id = read::optional_uuid("app_id", &message.app_id)?.map(AppId);
        let limited = match (app_id, report) {
            (Some(app_id), None) => Limited::App(app_id),
            (None, Some(report_id)) => Limited::Report(report_id),
            (Some(_), Some(_)) | (None, None) => return Err(Unusable("report_id")),
        };
        let per = || Period::of_seconds(message.per_seconds).ok_or(Unusable("per_seconds"));
        Ok(Self {
            limited,
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
            limit: if message.calls == 0 { None } else { RateLimit::recorded(message.calls, per()?) },
        })
    }
}
