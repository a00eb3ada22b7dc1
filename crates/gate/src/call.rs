//! A call, and what is known of its token.

use std::time::Duration;

use chancery_wire::Position;
use uuid::Uuid;

use crate::{ClientId, Gate, OperationKind, Quota, Scopes, scopes::EnvironmentId};

/// A call of the platform's API, as a door received it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Upper case.
    pub method: &'a str,
    /// The path as it was sent, undecoded; a query is passed over.
    pub path: &'a str,
    /// The environment of the host that was called.
    pub environment: &'a str,
    pub app_key: Option<&'a str>,
    pub token: TokenState<'a>,
}

/// What verifying the token came to.
#[derive(Debug, Clone, Copy)]
pub enum TokenState<'a> {
    /// The call has none.
    Missing,
    /// There is one, and it is none of ours: malformed, of another issuer or audience, or its signature is wrong.
    Invalid,
    Verified(&'a Claims),
}

/// What a verified token says, ready to be compared. Made by [`Gate::claims`], and kept for the token's next calls.
#[derive(Debug, Clone)]
pub struct Claims {
    pub client_id: ClientId,
    pub app_id: Uuid,
    pub(crate) environment: Option<EnvironmentId>,
    /// The token's id.
    pub jti: Uuid,
    /// The secret that it was issued on.
    pub sid: Uuid,
    /// The position of the gate that issued it.
    pub pos: Position,
    /// Seconds since 1970.
    pub expires: i64,
    pub(crate) scopes: Scopes,
}

/// A token's claims as they stand in it.
#[derive(Debug, Clone, Copy)]
pub struct RawClaims<'a> {
    pub client_id: ClientId,
    pub app_id: Uuid,
    pub environment: &'a str,
    pub jti: Uuid,
    pub sid: Uuid,
    pub pos: Position,
    pub expires: i64,
    /// Separated by spaces.
    pub scope: &'a str,
}

impl Gate {
    /// Makes the claims comparable. A scope or an environment that no event has named opens nothing.
    pub fn claims(&self, raw: &RawClaims<'_>) -> Claims {
        Claims {
            client_id: raw.client_id,
            app_id: raw.app_id,
            environment: self.names.known_environment(raw.environment),
            jti: raw.jti,
            sid: raw.sid,
            pos: raw.pos,
            expires: raw.expires,
            scopes: self.names.known(raw.scope.split_ascii_whitespace()),
        }
    }
}

/// The time of a check: two clocks, because limits must not jump with the wall clock.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Seconds since 1970.
    pub unix: i64,
    /// Since any fixed moment of this process.
    pub monotonic: Duration,
}

/// The call may pass.
#[derive(Debug, Clone, Copy)]
pub struct Allowed<'a> {
    pub app_id: Uuid,
    pub tenant_id: u64,
    pub client_id: ClientId,
    /// The version that the tenant granted.
    pub granted_version: u32,
    /// Through which it is connected.
    pub group_id: Option<Uuid>,
    /// Of the catalog.
    pub operation: &'a str,
    pub module: &'a str,
    pub kind: OperationKind,
    /// The report, where the operation is reporting.
    pub report: Option<&'a str>,
    /// The one that the operation needs.
    pub scope: &'a str,
    pub quota: Quota,
}
