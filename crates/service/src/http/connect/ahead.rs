//! The endpoints that clients ask as often as their tokens end, and that some ask with every call: answered ahead of
//! the router and of what the API needs around each request.
//!
//! The answers are the router's own, byte for byte: the handlers are the same, and metrics, the limit of time and what
//! becomes of a panic are too. Only a trace that its caller keeps has a span.

use std::net::SocketAddr;

use axum::{
    http::{Method, Request},
    response::Response,
};

use super::{
    super::{Lent, Service, address, edge, trace::Trace},
    INTROSPECT, TOKEN,
    handlers::{self, Asked},
};
use crate::ops::RouteMetrics;

/// What is answered here.
#[derive(Debug, Clone)]
pub(in super::super) struct Ahead {
    service: Service,
    token: RouteMetrics,
    introspect: RouteMetrics,
}

#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Endpoint {
    Token,
    Introspect,
}

impl Endpoint {
    /// The endpoint that a request is for.
    pub(in super::super) fn of<B>(request: &Request<B>) -> Option<Self> {
        match (request.uri().path(), request.method()) {
            (TOKEN, &Method::POST) => Some(Self::Token),
            (INTROSPECT, &Method::POST) => Some(Self::Introspect),
            _ => None,
        }
    }
}

impl Ahead {
    /// Nothing, where this process issues no tokens.
    pub(in super::super) fn of(service: &Service) -> Option<Self> {
        service.connect.as_ref()?;
        let of = |route| service.metrics.http.of(route, &Method::POST);
        Some(Self { service: service.clone(), token: of(TOKEN), introspect: of(INTROSPECT) })
    }

    pub(in super::super) async fn answer(
        &self,
        endpoint: Endpoint,
        request: Request<Lent>,
        peer: SocketAddr,
    ) -> Response {
        let (parts, body) = request.into_parts();
        let (service, proxies) = (&self.service, self.service.proxies);
        let metrics = match endpoint {
            Endpoint::Token => &self.token,
            Endpoint::Introspect => &self.introspect,
        };
        let traceparent = parts.headers.get("traceparent").cloned();
        let kept = Trace::sampled(&parts.headers);
        let answer = async {
            let address = address::behind(peer.ip(), &parts.headers, proxies);
            let asked = Asked { parts, body: handlers::read(body).await, address };
            match endpoint {
                Endpoint::Token => handlers::issue(service, asked).await,
                Endpoint::Introspect => handlers::look_at(service, asked).await,
            }
        };
        edge::ahead(metrics, traceparent, kept, answer).await
    }
}
