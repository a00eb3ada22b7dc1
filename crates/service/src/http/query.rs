//! The query of a request.

use axum::{extract::Query, http::Uri};
use serde::{Deserialize, de::DeserializeOwned};

use super::request_error::RequestError;

/// For paths that know no parameter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoQuery {}

/// The query as `T`, whose `deny_unknown_fields` makes a misspelt parameter an error.
pub(super) fn read<T: DeserializeOwned>(uri: &Uri) -> Result<T, RequestError> {
    let rejected = |reason: String| RequestError::QueryInvalid { reason };
    // No text of ours holds NUL, and Postgres takes none.
    if uri.query().is_some_and(|query| query.contains("%00")) {
        return Err(rejected("it holds the character NUL".to_owned()));
    }
    Query::try_from_uri(uri).map(|Query(query)| query).map_err(|rejection| {
        let text = rejection.body_text();
        let reason = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
        rejected(reason.to_owned())
    })
}
