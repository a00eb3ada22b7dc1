//! The doors to the gate: how a gateway asks whether a call of the platform's API may pass.
//!
//! One function decides, [`Door::decide`]; what surrounds it only reads a request and writes an answer, so the same
//! call gets the same answer at every door. `http/doors` has the two that speak HTTP, the SDK has the one that is in the
//! gateway's own process, and `chancery_gate::door` has what they share.
//!
//! # The contract
//!
//! The codes and their order are those of `chancery_gate::Denial`: the first check that fails decides.
//!
//! **`POST /v1/authorize`** takes `{method, path, environment, app_key?, authorization?, source_ip?}`, as the call had
//! them: `path` undecoded and with its query, `authorization` the whole header. The gateway's own token is the bearer.
//! Both listeners have it.
//!
//! **`/forward-auth`**, on the doors' listener only, is for gateways that send a copy of the call's head. The gateway's
//! own token is in `Chancery-Gateway-Token`, and nothing else is believed or looked at without one of role `gateway`.
//! `Authorization` and `ST-App-Key` (the name is configurable) are the app's, as the call had them. The call itself is
//! told in one of two ways, never in both:
//!
//! - `/forward-auth`, any method: `X-Forwarded-Method`, `X-Forwarded-Host` and `X-Forwarded-Uri`, each exactly once
//!   (Traefik and Caddy send them; nginx is told to).
//! - `/forward-auth/…`: the call's own method, `Host` and path with its query after the prefix (Envoy's `path_prefix`).
//!   Here none of the three `X-Forwarded-*` may be there.
//!
//! The host says the environment, by configuration (`--host production=api.example.com`): the whole of it, else what is
//! before the port; in any case. One that is not configured is no environment, and the call is `environment_mismatch`.
//!
//! **Allowed** is 200 without a body, and with what the upstream may want to know: `Chancery-Decision` (an id),
//! `Chancery-App`, `Chancery-Tenant`, `Chancery-Client`, `Chancery-Scopes` (separated by spaces; what the token has and the
//! tenant still grants), `Chancery-Operation` (of the catalog) and `Chancery-Position` (how
//! far the gate was).
//!
//! **Refused** is the refusal's status with a problem document as the body, `Chancery-Decision`, `Chancery-Code`,
//! `Chancery-Position`, on 401 and for a missing scope `WWW-Authenticate` (RFC 6750), and `Retry-After` where
//! waiting helps.
//!
//! **Limits** are in `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds), whenever a call came so
//! far as to be counted: the fields of draft-ietf-httpapi-ratelimit-headers up to -06. Later drafts put all of it into one
//! structured field whose form has changed with each of them; clients read these three.
//!
//! **What is not a decision**: 401 `unauthenticated` and 403 `role_forbidden` are about the gateway's own token, and 400
//! `forwarded_invalid` or `query_invalid` about a request to the door that nobody could decide on. All of them keep the
//! call out.
//!
//! **`/forward-auth?status=strict`** is for nginx, whose `auth_request` knows 2xx, 401 and 403 alone: every other status
//! becomes 403, and is in `Chancery-Status`.
//!
//! # What a call may not do
//!
//! Two values of a header are none: two `Authorization` are `token_invalid`, two app keys `app_unknown`, two of
//! `X-Forwarded-*` or of `Host` 400. So is an access token in the query `token_invalid`, whatever else the call has, because
//! everybody on the way writes it down.

mod decide;
mod hosts;
mod metrics;

use std::sync::Arc;

pub use axum::http::HeaderName;

pub use chancery_gate::door::{Decided, DoorAnswer, DoorRequest, Observer, Sent, Unobserved, Vouched};
pub use hosts::{Host, Hosts, HostsError};

use crate::{connect::Connect, ops::Metrics};

/// What an app calls its key's header, where nothing else is configured.
pub const APP_KEY: HeaderName = HeaderName::from_static("st-app-key");

/// What decides, for all doors of a process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Door(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connect: Connect,
    settings: DoorSettings,
    observer: Arc<dyn Observer>,
    metrics: Arc<metrics::DoorMetrics>,
}

/// What an operator says about the API in front.
#[derive(Debug, Clone)]
pub struct DoorSettings {
    pub hosts: Hosts,
    /// In which header calls have the app key.
    pub app_key: HeaderName,
}

impl Default for DoorSettings {
    fn default() -> Self {
        Self { hosts: Hosts::default(), app_key: APP_KEY }
    }
}

impl Door {
    /// A door to the gate behind `connect`, whose decisions `observer` is told.
    pub fn new(
        connect: Connect,
        settings: DoorSettings,
        observer: Arc<dyn Observer>,
        metrics: &Metrics,
    ) -> Self {
        let counters = Arc::new(metrics::DoorMetrics::default());
        metrics.register(metrics::Counted(counters.clone()));
        Self(Arc::new(Inner { connect, settings, observer, metrics: counters }))
    }

    pub fn settings(&self) -> &DoorSettings {
        &self.0.settings
    }

    /// Counts a request that was no question to the gate.
    pub(crate) fn turned_away(&self, code: &'static str) {
        self.0.metrics.turned_away(code);
    }
}
