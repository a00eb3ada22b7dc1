use chancery_domain::{Access, Decision, Event, OperationKind, Refusal, catalog};

use crate::{
    fixtures::{CONTACTS, JOBS, JOBS_EDIT, catalog as published},
    world::{World, given},
};

fn scope(text: &str) -> catalog::DraftScope {
    let (path, access) = text.strip_prefix("tn.").unwrap().split_once(':').unwrap();
    let (module, resource) = path.split_once('.').unwrap();
    catalog::DraftScope {
        scope: text.into(),
        module: module.into(),
        resource: resource.into(),
        access: if access == "r" { Access::View } else { Access::Modify },
        title: format!("Title of {text}"),
    }
}

fn operation() -> catalog::DraftOperation {
    catalog::DraftOperation {
        id: "Jobs_Get".into(),
        module: "jpm".into(),
        method: "GET".into(),
        path: "/jpm/v2/tenant/{tenant}/jobs/{id}".into(),
        scope: JOBS.into(),
        kind: OperationKind::Standard,
    }
}

fn draft() -> catalog::Publish {
    catalog::Publish {
        scopes: [JOBS, JOBS_EDIT, CONTACTS].map(scope).to_vec(),
        operations: vec![operation()],
    }
}

fn publish(world: &World, command: catalog::Publish) -> Decision {
    catalog::publish(command, &world.catalog)
}

#[test]
fn rule_06_a_catalog_is_published_whole() {
    let world = given([]).when(|world| publish(world, draft())).then([published()]);
    assert_eq!(world.catalog.published().unwrap().choices.len(), 3);
}

#[test]
fn rule_06_publishing_the_same_catalog_again_changes_nothing() {
    given([published()]).when(|world| publish(world, draft())).then_nothing();
}

#[test]
fn rule_06_a_later_catalog_replaces_the_one_before() {
    let smaller = catalog::Publish { scopes: vec![scope(JOBS)], ..draft() };
    let outcome = given([published()]).when(|world| publish(world, smaller));
    let [Event::ScopeCatalogPublished(event)] = &outcome.decision.unwrap()[..] else {
        panic!("one event follows")
    };
    assert_eq!(event.scopes.len(), 1);
}

/// Where the problems of a catalog are.
fn problems(command: catalog::Publish) -> Vec<String> {
    match given([]).when(|world| publish(world, command)).refused("catalog_invalid") {
        Refusal::CatalogInvalid { problems } => problems.into_iter().map(|problem| problem.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

fn problems_of_scope(change: impl FnOnce(&mut catalog::DraftScope)) -> Vec<String> {
    let mut command = draft();
    change(&mut command.scopes[1]);
    problems(command)
}

fn problems_of_operation(change: impl FnOnce(&mut catalog::DraftOperation)) -> Vec<String> {
    let mut command = draft();
    change(&mut command.operations[0]);
    problems(command)
}

#[test]
fn rule_06_a_scope_of_the_catalog_has_the_form_of_a_scope_and_says_the_same_as_its_fields() {
    assert_eq!(problems_of_scope(|scope| scope.scope = "jobs:w".into()), ["/scopes/1/scope"]);
    assert_eq!(problems_of_scope(|scope| scope.module = "crm".into()), ["/scopes/1/module"]);
    assert_eq!(problems_of_scope(|scope| scope.resource = "job".into()), ["/scopes/1/resource"]);
    assert_eq!(problems_of_scope(|scope| scope.access = Access::View), ["/scopes/1/access"]);
    assert_eq!(problems_of_scope(|scope| scope.title = "a\u{202E}b".into()), ["/scopes/1/title"]);
}

#[test]
fn rule_06_a_catalog_lists_a_scope_once() {
    let mut command = draft();
    command.scopes.push(scope(JOBS));
    assert_eq!(problems(command), ["/scopes/3/scope"]);
}

#[test]
fn rule_06_a_catalog_has_a_scope() {
    assert_eq!(problems(catalog::Publish { scopes: vec![], operations: vec![] }), ["/scopes"]);
}

#[test]
fn rule_06_an_operation_has_a_known_method_a_scope_of_the_catalog_and_names() {
    assert_eq!(problems_of_operation(|it| it.method = "get".into()), ["/operations/0/method"]);
    assert_eq!(problems_of_operation(|it| it.method = "FETCH".into()), ["/operations/0/method"]);
    assert_eq!(problems_of_operation(|it| it.scope = "tn.jpm.other:r".into()), ["/operations/0/scope"]);
    assert_eq!(problems_of_operation(|it| it.scope = "jobs".into()), ["/operations/0/scope"]);
    assert_eq!(problems_of_operation(|it| it.id = String::new()), ["/operations/0/id"]);
    assert_eq!(problems_of_operation(|it| it.module = " ".into()), ["/operations/0/module"]);
}

#[test]
fn rule_06_an_operations_path_is_a_template_with_one_tenant() {
    for path in [
        "",
        "jpm/tenant/{tenant}",
        "/jpm/v2/jobs",
        "/tenant/{tenant}/of/{tenant}",
        "/tenant/{tenant}/",
        "/tenant//{tenant}",
        "/tenant/{tenant}/../jobs",
        "/tenant/{tenant}/a b",
        "/tenant/{tenant}/%2F",
        "/tenant/{tenant}/{}",
        "/tenant/{tenant}/x{id}",
        "/tenant/{tenant}?q",
    ] {
        assert_eq!(problems_of_operation(|it| it.path = path.into()), ["/operations/0/path"], "{path}");
    }
}

#[test]
fn rule_06_operations_are_told_apart_by_id_and_by_method_and_path() {
    let mut command = draft();
    command.operations.push(catalog::DraftOperation { path: "/tenant/{tenant}/other".into(), ..operation() });
    assert_eq!(problems(command), ["/operations/1/id"]);

    let mut command = draft();
    let path = "/jpm/v2/tenant/{tenant}/jobs/{job}".to_owned();
    command.operations.push(catalog::DraftOperation { id: "Other".into(), path, ..operation() });
    assert_eq!(problems(command), ["/operations/1/path"]);
}

#[test]
fn rule_06_all_problems_are_told_at_once() {
    let mut command = draft();
    command.scopes[0].title = String::new();
    command.operations[0].method = "get".into();
    command.operations[0].scope = "tn.no.such:r".into();
    assert_eq!(problems(command), ["/scopes/0/title", "/operations/0/method", "/operations/0/scope"]);
}
