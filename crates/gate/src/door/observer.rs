//! Whoever is told each decision: a meter, or nobody.

use std::fmt;

use uuid::Uuid;

use crate::ClientId;

/// Is told each decision, on the way of the call: it must not wait.
pub trait Observer: fmt::Debug + Send + Sync {
    fn decided(&self, decided: &Decided<'_>);
}

/// Nobody is told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn decided(&self, _: &Decided<'_>) {}
}

/// A decision, in the dimensions of rule 31.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    pub decision_id: Uuid,
    /// `allowed`, or the code of the refusal.
    pub outcome: &'static str,
    /// Of the call; `None` where it named none that is configured, or none at all.
    pub environment: Option<&'a str>,
    /// Of the call, as it was sent: any text, unless there is an operation.
    pub method: &'a str,
    /// What the token vouches for; `None` where it did not verify, or nothing came so far as to look at it.
    pub vouched: Option<Vouched<'a>>,
}

/// What is known of a call whose token is one of ours. Nothing of it is a text that the caller chose but `report`.
#[derive(Debug, Clone, Copy)]
pub struct Vouched<'a> {
    pub app_id: Uuid,
    pub client_id: ClientId,
    /// The secret that the token was issued on.
    pub secret_id: Uuid,
    /// Of the catalog; `None` where the call is of no operation.
    pub operation: Option<&'a str>,
    pub module: Option<&'a str>,
    /// The one that the operation needs.
    pub scope: Option<&'a str>,
    /// The tenant that was called for, if the token's credential is or was connected there.
    pub tenant_id: Option<u64>,
    /// The version that this tenant granted.
    pub version: Option<u32>,
    /// Through which it is connected.
    pub group_id: Option<Uuid>,
    /// The report, at a connected tenant.
    pub report_id: Option<&'a str>,
}
