//! The real catalog routes to itself.

use chancery_gate::Call;
use chancery_wire::v1;
use serde_json::Value;

use crate::log::*;

const CATALOG: &str = include_str!("../../../../xtask/demo/scope-catalog.json");

#[test]
fn rule_30_every_operation_of_the_real_catalog_routes_to_itself() {
    let catalog: Value = serde_json::from_str(CATALOG).unwrap();
    let text = |value: &Value, field: &str| value[field].as_str().unwrap().to_owned();
    let operations: Vec<v1::Operation> = catalog["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operation| v1::Operation {
            id: text(operation, "id"),
            module: text(operation, "module"),
            method: text(operation, "method"),
            path: text(operation, "path"),
            scope: text(operation, "scope"),
            kind: v1::OperationKind::Standard.into(),
        })
        .collect();
    assert_eq!(operations.len(), 580);
    let mut scopes: Vec<String> = operations.iter().map(|operation| operation.scope.clone()).collect();
    scopes.sort();
    scopes.dedup();
    let created = v1::AppCreated {
        app_id: APP.to_string(),
        app_key: KEY.into(),
        scopes: scopes.clone(),
        ..Default::default()
    };
    let published = v1::ScopeCatalogPublished { scopes: Vec::new(), operations: operations.clone() };
    let log = Log::new().then([published.into(), created.into(), connected(TENANT, CLIENT)]);
    let claims = log.claims_for(&scopes.join(" "));
    for (second, operation) in (0..).zip(&operations) {
        // Parameters other than the tenant get a value that is no literal of the catalog.
        let path: Vec<&str> = operation
            .path
            .split('/')
            .map(|segment| match segment {
                "{tenant}" => "1234",
                segment if segment.starts_with('{') => "x9",
                literal => literal,
            })
            .collect();
        let path = path.join("/");
        let call = Call { method: &operation.method, path: &path, ..call(&claims) };
        let allowed = log.gate.check(&call, at(second * 1000)).unwrap();
        assert_eq!((allowed.operation, allowed.scope), (&*operation.id, &*operation.scope), "{path}");
    }
}
