//! The routes, one file a noun. Each operation stands in the OpenAPI document because it is registered here.

mod access_requests;
mod app_connections;
mod apps;
mod catalog;
mod groups;
mod networks;
mod organizations;
mod people;
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
    let authenticate = middleware::from_fn_with_state(service.clone(), authenticate::authenticate);
    let edge = middleware::from_fn_with_state(service.clone(), edge::edge);
    let operations = operations().route_layer(authenticate).merge(strangers());
    let (operations, document) = operations.split_for_parts();
    let document = openapi::complete(document);
    operations
        .route("/openapi.json", get(|| async move { Json(document) }))
        .fallback(edge::unknown)
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(edge)
        .with_state(service)
}

/// The OpenAPI document of [`router`].
pub fn document() -> OpenApi {
    openapi::complete(operations().merge(strangers()).into_openapi())
}

/// What nobody needs a token for.
fn strangers() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(access_requests::request))
}

fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::with_openapi(openapi::outline())
        .routes(routes!(catalog::show, catalog::publish))
        .routes(routes!(tokens::list, tokens::issue))
        .routes(routes!(tokens::revoke))
        .routes(routes!(tenants::list, tenants::register))
        .routes(routes!(organizations::list, organizations::register))
        .routes(routes!(people::forget))
        .routes(routes!(access_requests::list))
        .routes(routes!(access_requests::decide))
        .routes(routes!(reviews::list))
        .routes(routes!(reviews::decide))
        .routes(routes!(reviews::request))
        .routes(routes!(apps::list, apps::create))
        .routes(routes!(apps::show, apps::edit, apps::delete))
        .routes(routes!(apps::edit_scopes))
        .routes(routes!(apps::add_tenants))
        .routes(routes!(apps::remove_tenant))
        .routes(routes!(apps::versions))
        .routes(routes!(app_connections::list))
        .routes(routes!(app_connections::show))
        .routes(routes!(app_connections::generate_secret))
        .routes(routes!(app_connections::revoke_secret))
        .routes(routes!(tenant_connections::apps))
        .routes(routes!(tenant_connections::decide))
        .routes(routes!(tenant_connections::show, tenant_connections::disconnect))
        .routes(routes!(tenant_connections::decide_upgrade))
        .routes(routes!(tenant_connections::disable))
        .routes(routes!(tenant_connections::restore))
        .routes(routes!(tenant_connections::generate_secret))
        .routes(routes!(tenant_connections::revoke_secret))
        .routes(routes!(networks::list, networks::create))
        .routes(routes!(networks::show))
        .routes(routes!(groups::list, groups::create))
        .routes(routes!(groups::show))
        .routes(routes!(groups::add_tenant, groups::remove_tenant))
        .routes(routes!(groups::connect))
        .routes(routes!(groups::generate_secret))
        .routes(routes!(events::list))
        .routes(routes!(events::show))
}
