//! The routes, one file a noun. Each operation stands in the OpenAPI document because it is registered here.

mod app_connections;
mod apps;
mod catalog;
mod organizations;
mod reviews;
mod tenant_connections;
mod tenants;
mod tokens;

use axum::{Json, Router, middleware, routing::get};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Service, authenticate, edge, events, openapi};

/// The whole HTTP surface.
pub fn router(service: Service) -> Router {
    let (operations, document) = operations().split_for_parts();
    let document = openapi::complete(document);
    let authenticate = middleware::from_fn_with_state(service.clone(), authenticate::authenticate);
    let edge = middleware::from_fn_with_state(service.clone(), edge::edge);
    operations
        .route_layer(authenticate)
        .route("/openapi.json", get(|| async move { Json(document) }))
        .fallback(edge::unknown)
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(edge)
        .with_state(service)
}

/// The OpenAPI document of [`router`].
pub fn document() -> OpenApi {
    openapi::complete(operations().into_openapi())
}

fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::with_openapi(openapi::outline())
        .routes(routes!(catalog::show, catalog::publish))
        .routes(routes!(tokens::list, tokens::issue))
        .routes(routes!(tokens::revoke))
        .routes(routes!(tenants::list, tenants::register))
        .routes(routes!(organizations::list, organizations::register))
        .routes(routes!(reviews::list))
        .routes(routes!(reviews::decide))
        .routes(routes!(apps::list, apps::create))
        .routes(routes!(apps::show))
        .routes(routes!(apps::edit_scopes))
        .routes(routes!(apps::add_tenants))
        .routes(routes!(apps::versions))
        .routes(routes!(app_connections::list))
        .routes(routes!(app_connections::show))
        .routes(routes!(app_connections::generate_secret))
        .routes(routes!(tenant_connections::apps))
        .routes(routes!(tenant_connections::decide))
        .routes(routes!(tenant_connections::show))
        .routes(routes!(tenant_connections::decide_upgrade))
        .routes(routes!(tenant_connections::generate_secret))
        .routes(routes!(events::list))
        .routes(routes!(events::show))
}
