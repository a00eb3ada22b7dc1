//! Usage on HTTP: what is asked, and in which form it is answered.

mod batch;
mod csv;
mod documents;
mod grants;
mod query;

pub(super) use batch::{BatchDocument, BatchTaken, taken};
pub(super) use documents::{UsageReport, report};
pub(super) use grants::{UsageGrant, grants};
pub(super) use query::{Form, UsageQuery};
