//! The routes, one file a noun. Each operation stands in the OpenAPI document because it is registered here, and here
//! is the one place that says which roles may call it: what is enforced is what the document says, as `x-roles`.

mod access_requests;
mod app_connections;
mod apps;
mod catalog;
mod dead_letters;
mod explain;
mod gate;
mod groups;
mod limits;
mod networks;
mod organizations;
mod people;
mod projections;
mod rebuilds;
mod reviews;
mod tenant_connections;
mod tenants;
mod tokens;
mod usage;

use axum::{Json, Router, middleware, routing::get};
use chancery_domain::Role;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Service, authenticate, connect, edge, events, openapi};

/// The whole HTTP surface.
pub fn router(service: Service) -> Router {
    let authenticate = middleware::from_fn_with_state(service.clone(), authenticate::authenticate);
    let operations = operations().route_layer(authenticate).merge(strangers());
    let (operations, document) = operations.split_for_parts();
    let document = openapi::complete(document);
    let routes = operations.route("/openapi.json", get(|| async move { Json(document) }));
    around(routes.merge(connect::routes(&service)), service)
}

/// What a gate serves: the token endpoint and what gateways ask for, without the API.
pub fn gate_router(service: Service) -> Router {
    let routes = asked_by_gateways(&service).merge(connect::routes(&service));
    around(routes, service)
}

/// What the doors' listener serves beside the doors themselves.
pub(super) fn doors_router(service: Service) -> Router {
    around(asked_by_gateways(&service), service)
}

fn asked_by_gateways(service: &Service) -> Router<Service> {
    let authenticate = middleware::from_fn_with_state(service.clone(), authenticate::authenticate);
    gateways().route_layer(authenticate).split_for_parts().0
}

fn around(routes: Router<Service>, service: Service) -> Router {
    let edge = middleware::from_fn_with_state(service.clone(), edge::edge);
    let routes = routes.fallback(edge::unknown).layer(CatchPanicLayer::custom(edge::panicked));
    routes.layer(edge).with_state(service)
}

/// The OpenAPI document of [`router`].
pub fn document() -> OpenApi {
    openapi::complete(operations().merge(strangers()).into_openapi())
}

/// What nobody needs a token for.
fn strangers() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(access_requests::request))
}

/// What gateways ask for, on every listener (DESIGN §6).
fn gateways() -> OpenApiRouter<Service> {
    let routes = OpenApiRouter::new();
    let routes = routes.routes(routes!(gate::authorize)).routes(routes!(gate::snapshot));
    allow(&[Role::Gateway], routes.routes(routes!(usage::tell)))
}

/// What one needs a token for, by the role that it needs (DESIGN §6).
fn operations() -> OpenApiRouter<Service> {
    use Role::{Auditor, Consumer, Developer, Gateway, Operator, Platform, Reviewer, TenantAdmin};
    const EVERY: &[Role] =
        &[Developer, TenantAdmin, Reviewer, Platform, Gateway, Consumer, Auditor, Operator];

    let routes = OpenApiRouter::new;
    OpenApiRouter::with_openapi(openapi::outline())
        .merge(gateways())
        .merge(allow(EVERY, routes().routes(routes!(catalog::show))))
        .merge(allow(
            &[Platform],
            routes()
                .routes(routes!(catalog::publish))
                .routes(routes!(tokens::list, tokens::issue))
                .routes(routes!(tokens::revoke))
                .routes(routes!(tenants::list, tenants::register))
                .routes(routes!(organizations::list, organizations::register))
                .routes(routes!(limits::set))
                .routes(routes!(limits::set_for_report))
                .routes(routes!(people::forget))
                .routes(routes!(usage::all)),
        ))
        .merge(allow(
            &[Reviewer],
            routes()
                .routes(routes!(access_requests::list))
                .routes(routes!(access_requests::decide))
                .routes(routes!(reviews::list))
                .routes(routes!(reviews::decide)),
        ))
        .merge(allow(
            &[Developer],
            routes()
                .routes(routes!(apps::list, apps::create))
                .routes(routes!(apps::edit, apps::delete))
                .routes(routes!(apps::edit_scopes))
                .routes(routes!(apps::add_tenants))
                .routes(routes!(apps::remove_tenant))
                .routes(routes!(reviews::request))
                .routes(routes!(app_connections::generate_secret))
                .routes(routes!(app_connections::revoke_secret))
                .routes(routes!(networks::list, networks::create))
                .routes(routes!(networks::show))
                .routes(routes!(groups::list, groups::create))
                .routes(routes!(groups::show))
                .routes(routes!(groups::add_tenant, groups::remove_tenant))
                .routes(routes!(groups::connect))
                .routes(routes!(groups::generate_secret)),
        ))
        .merge(allow(
            &[Developer, Auditor],
            routes()
                .routes(routes!(apps::show))
                .routes(routes!(apps::versions))
                .routes(routes!(app_connections::list))
                .routes(routes!(app_connections::show))
                .routes(routes!(usage::of_app_calls))
                .routes(routes!(usage::of_app_grants)),
        ))
        .merge(allow(
            &[TenantAdmin],
            routes()
                .routes(routes!(tenant_connections::decide))
                .routes(routes!(tenant_connections::disconnect))
                .routes(routes!(tenant_connections::decide_upgrade))
                .routes(routes!(tenant_connections::disable))
                .routes(routes!(tenant_connections::restore))
                .routes(routes!(tenant_connections::generate_secret))
                .routes(routes!(tenant_connections::revoke_secret)),
        ))
        .merge(allow(
            &[TenantAdmin, Auditor],
            routes()
                .routes(routes!(tenant_connections::apps))
                .routes(routes!(tenant_connections::show))
                .routes(routes!(usage::at_tenant))
                .routes(routes!(usage::at_tenant_grants)),
        ))
        .merge(operators())
        .merge(allow(&[Auditor], routes().routes(routes!(explain::access))))
        .merge(allow(
            &[Consumer, Gateway, Auditor, Platform],
            routes().routes(routes!(events::list)).routes(routes!(events::show)),
        ))
}

/// How projections are, and what is done to them.
fn operators() -> OpenApiRouter<Service> {
    let routes = OpenApiRouter::new()
        .routes(routes!(projections::list))
        .routes(routes!(projections::show))
        .routes(routes!(projections::pause))
        .routes(routes!(projections::resume))
        .routes(routes!(projections::promote))
        .routes(routes!(projections::roll_back))
        .routes(routes!(projections::drop_former_build))
        .routes(routes!(rebuilds::begin))
        .routes(routes!(rebuilds::list))
        .routes(routes!(rebuilds::show))
        .routes(routes!(rebuilds::cancel))
        .routes(routes!(rebuilds::pause))
        .routes(routes!(rebuilds::resume))
        .routes(routes!(rebuilds::verify))
        .routes(routes!(rebuilds::verification))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::retry))
        .routes(routes!(dead_letters::skip));
    allow(&[Role::Operator], routes)
}

/// The routes, for bearers of these roles.
fn allow(roles: &'static [Role], routes: OpenApiRouter<Service>) -> OpenApiRouter<Service> {
    let mut routes = routes.route_layer(middleware::from_fn_with_state(roles, authenticate::admit));
    openapi::say_roles(routes.get_openapi_mut(), roles);
    routes
}
