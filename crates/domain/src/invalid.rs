//! What can be wrong with a single value, whoever sends it.

use crate::{AppVersion, EventsPerSecond, HomepageUrl, Name, Purpose, RateLimit, Reason, TenantId};

/// A value is not what its field holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("Send a name: it has at least one visible character.")]
    NameMissing,
    #[error("Shorten the name to {} characters.", Name::MAX_CHARACTERS)]
    NameTooLong,
    #[error("Remove control, bidirectional and zero-width characters from the name.")]
    NameCharacters,
    #[error("Shorten the reason to {} characters.", Reason::MAX_CHARACTERS)]
    ReasonTooLong,
    #[error("Remove control, bidirectional and zero-width characters from the reason.")]
    ReasonCharacters,
    #[error("Say what the access is for.")]
    PurposeMissing,
    #[error("Shorten the purpose to {} characters.", Purpose::MAX_CHARACTERS)]
    PurposeTooLong,
    #[error("Remove control, bidirectional and zero-width characters from the purpose.")]
    PurposeCharacters,
    #[error("Send an e-mail address, such as mia@maker.example.")]
    Email,
    #[error("Send the homepage as an absolute URL without spaces and backslashes.")]
    HomepageMalformed,
    #[error("Shorten the homepage's URL to {} bytes.", HomepageUrl::MAX_BYTES)]
    HomepageTooLong,
    #[error("Send a homepage that begins with https://.")]
    HomepageNotHttps,
    #[error("Remove the user name and password from the homepage's URL.")]
    HomepageCredentials,
    #[error("Name the homepage's host by a domain name instead of an IP address.")]
    HomepageIpLiteral,
    #[error("Name the homepage's host in full, as in https://www.example.com.")]
    HomepageHost,
    #[error("Send a tenant id that is a whole number from 1 to {}.", TenantId::MAX)]
    TenantId,
    #[error("Send an app version that is a whole number from {} up.", AppVersion::FIRST)]
    AppVersion,
    #[error("Send a customer id of 1 to 100 visible ASCII characters.")]
    CustomerId,
    #[error("Leave the customer id out: a third party is the customer of its own instance.")]
    CustomerIdUnexpected,
    #[error("Leave the integration tenant out: only a third party has one.")]
    IntegrationTenantUnexpected,
    #[error("Send a person's opaque id: 1 to 100 visible ASCII characters, and no e-mail address.")]
    PersonId,
    #[error(
        "Send an environment's name: a lower-case letter, then up to 31 lower-case letters, digits or -."
    )]
    Environment,
    #[error("Send scopes in the form tn.<module>.<resource>:r or :w; `{text}` is not one.")]
    Scope { text: String },
    #[error("Send an app key: ak1. and 25 lower-case letters and digits.")]
    AppKey,
    #[error("Send a client id: cid. and 25 lower-case letters and digits.")]
    ClientId,
    #[error("Send an ISO 8601 duration from PT0S to P30D.")]
    Overlap,
    #[error("Send a report's id: 1 to 100 letters, digits or any of - . _ ~, as it stands in the path.")]
    ReportId,
    #[error("Allow 1 to {} calls.", RateLimit::MAX_CALLS)]
    RateLimitCalls,
    #[error("Limit calls per PT1S or per PT1M.")]
    RateLimitPeriod,
    #[error("Send a day in the form YYYY-MM-DD.")]
    Day,
    #[error("Send the name of a stream, as an event's `stream` gives it.")]
    StreamName,
    #[error("Send a projection's name: lower-case letters and _, as GET /v1/projections gives it.")]
    ProjectionName,
    #[error("Allow 1 to {} events a second, or leave it out.", EventsPerSecond::MAX)]
    EventsPerSecond,
}

impl Invalid {
    /// The stable code of a problem document.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NameMissing => "name_missing",
            Self::NameTooLong => "name_too_long",
            Self::NameCharacters => "name_characters",
            Self::ReasonTooLong => "reason_too_long",
            Self::ReasonCharacters => "reason_characters",
            Self::PurposeMissing => "purpose_missing",
            Self::PurposeTooLong => "purpose_too_long",
            Self::PurposeCharacters => "purpose_characters",
            Self::Email => "email_invalid",
            Self::HomepageMalformed => "homepage_malformed",
            Self::HomepageTooLong => "homepage_too_long",
            Self::HomepageNotHttps => "homepage_not_https",
            Self::HomepageCredentials => "homepage_credentials",
            Self::HomepageIpLiteral => "homepage_ip_literal",
            Self::HomepageHost => "homepage_host",
            Self::TenantId => "tenant_id_invalid",
            Self::AppVersion => "version_invalid",
            Self::CustomerId => "customer_id_invalid",
            Self::CustomerIdUnexpected => "customer_id_unexpected",
            Self::IntegrationTenantUnexpected => "integration_tenant_unexpected",
            Self::PersonId => "person_id_invalid",
            Self::Environment => "environment_invalid",
            Self::Scope { .. } => "scope_malformed",
            Self::AppKey => "app_key_malformed",
            Self::ClientId => "client_id_malformed",
            Self::Overlap => "overlap_invalid",
            Self::ReportId => "report_id_invalid",
            Self::RateLimitCalls => "rate_limit_calls_invalid",
            Self::RateLimitPeriod => "rate_limit_per_invalid",
            Self::Day => "day_invalid",
            Self::StreamName => "stream_name_malformed",
            Self::ProjectionName => "projection_name_malformed",
            Self::EventsPerSecond => "events_per_second_invalid",
        }
    }
}
