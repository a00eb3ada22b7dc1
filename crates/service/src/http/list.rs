//! Lists, page by page.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chancery_views::{At, Page};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

use super::request_error::RequestError;

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Listing {
    /// Items at once, 50 unless told.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    /// What to ask with for the next page; null on the last one.
    pub(super) next_cursor: Option<String>,
}

impl Listing {
    const MOST: usize = 100;
    const USUAL: usize = 50;

    /// For lists that can be asked for more than a page.
    pub(super) fn new(limit: Option<usize>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// How many items at once.
    pub(super) fn limit(&self) -> Result<usize, RequestError> {
        limit(self.limit, Self::USUAL, Self::MOST)
    }

    /// The key after which the page of `list` begins.
    pub(super) fn after<K: DeserializeOwned>(&self, list: &str) -> Result<Option<K>, RequestError> {
        self.cursor.as_deref().map(|cursor| from_cursor(list, cursor)).transpose()
    }
}

impl<T> List<T> {
    /// A page of `list` as it is answered.
    pub(super) fn of<K: Serialize>(list: &str, page: At<Page<T, K>>) -> At<Self> {
        page.map(|page| Self {
            next_cursor: page.next.as_ref().map(|key| to_cursor(list, key)),
            items: page.items,
        })
    }
}

pub(super) fn limit(wanted: Option<usize>, usual: usize, max: usize) -> Result<usize, RequestError> {
    match wanted.unwrap_or(usual) {
        limit if (1..=max).contains(&limit) => Ok(limit),
        _ => Err(RequestError::LimitInvalid { max }),
    }
}

/// Opaque to clients: what is in it may change. It names its list, so that it is of no use to another one.
pub(super) fn to_cursor<K: Serialize>(list: &str, key: &K) -> String {
    let json = serde_json::to_vec(&(list, key))
        .unwrap_or_else(|error| unreachable!("keys have string keys and no fallible field: {error}"));
    URL_SAFE_NO_PAD.encode(json)
}

pub(super) fn from_cursor<K: DeserializeOwned>(list: &str, cursor: &str) -> Result<K, RequestError> {
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| RequestError::CursorInvalid)?;
    match serde_json::from_slice::<(String, K)>(&json) {
        Ok((of, key)) if of == list => Ok(key),
        _ => Err(RequestError::CursorInvalid),
    }
}
