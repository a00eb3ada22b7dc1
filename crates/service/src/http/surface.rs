//! What a listener of the API serves.

use std::net::SocketAddr;

use axum::{Router, http::Request};
use http_body_util::Either;

use super::{
    Answers, Lent, Service, Told,
    connect::{Ahead, Endpoint},
};

/// Routes, and what is answered ahead of them.
#[derive(Debug, Clone)]
pub struct Surface {
    routes: Router,
    ahead: Option<Ahead>,
}

impl Surface {
    /// The routes of the service.
    pub fn new(routes: Router, service: &Service) -> Self {
        Self { routes, ahead: Ahead::of(service) }
    }
}

impl Answers for Surface {
    async fn answer(&self, request: Request<Lent>, peer: SocketAddr) -> Told {
        match (&self.ahead, Endpoint::of(&request)) {
            (Some(ahead), Some(endpoint)) => ahead.answer(endpoint, request, peer).await.map(Either::Right),
            _ => self.routes.answer(request, peer).await,
        }
    }
}
