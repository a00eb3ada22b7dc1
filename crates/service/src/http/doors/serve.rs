//! The doors' listener: what is asked for every call is answered from the connection itself, the rest by a router.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    http::{Method, Request},
};
use chancery_journal::trace;
use http_body_util::{Either, Full};
use tracing::Instrument;

use super::{
    super::{Answers, Lent, Service, Told, routes, trace::Trace},
    answer::Answer,
    authorize::{self, Question},
    forward, gateway, turned_away,
};
use crate::doors::Door;

/// What is behind the listener.
#[derive(Debug)]
pub struct Doors {
    service: Service,
    door: Door,
    rest: Router,
}

impl Doors {
    pub fn new(service: Service, door: Door) -> Self {
        Self { rest: routes::doors_router(service.clone()), service, door }
    }
}

impl Answers for Doors {
    async fn answer(&self, request: Request<Lent>, peer: SocketAddr) -> Told {
        let asks_all = request.uri().path() == "/v1/authorize" && request.method() == Method::POST;
        if !asks_all && !forward::is_here(request.uri()) {
            return self.rest.answer(request, peer).await;
        }
        // A trace that nobody keeps is not worth a span on this way.
        let span = Trace::sampled(request.headers()).map(|trace| {
            let span = tracing::info_span!("decision", trace_id = trace.id, traceparent = trace.parent);
            trace::go_on(&span, Some(&trace.parent));
            span
        });
        let answer = async {
            if asks_all {
                self.authorize(request).await
            } else {
                forward::answer(&self.service, &self.door, &request).await
            }
        };
        let answer = match span {
            Some(span) => {
                let answer = answer.instrument(span.clone()).await;
                tracing::debug!(parent: &span, status = answer.status().as_u16(), "a call was decided");
                answer
            }
            None => answer.await,
        };
        answer.map(|body| Either::Left(Full::new(body)))
    }
}

impl Doors {
    async fn authorize(&self, request: Request<Lent>) -> Answer {
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let question = async {
            gateway::bearer(&self.service, headers).await?;
            Question::of(&parts, Body::new(body)).await
        };
        let trace = || Trace::of(headers);
        match question.await {
            Ok(question) => authorize::decide(&self.service, &self.door, &question, || trace().id).await,
            Err(problem) => turned_away(&self.service, &problem, &trace()),
        }
    }
}
