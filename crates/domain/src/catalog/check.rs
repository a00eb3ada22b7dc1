//! Whether a catalog can be published. A gate routes calls by it, so nothing in it may be ambiguous.

use std::collections::{HashMap, HashSet};

use super::{DraftOperation, DraftScope, Publish};
use crate::{Access, CatalogScope, Name, Operation, Scope};

/// What a method can be (RFC 9110 and 5789), as far as an API is called by apps.
const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/// One thing to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, as a JSON pointer into what was sent: `/operations/3/path`.
    pub pointer: String,
    /// What to do.
    pub detail: String,
}

/// The catalog in typed values, or everything that is wrong with it.
pub(super) fn catalog(draft: Publish) -> Result<(Vec<CatalogScope>, Vec<Operation>), Vec<Problem>> {
    let mut problems = Vec::new();
    if draft.scopes.is_empty() {
        problems.push(Problem { pointer: "/scopes".into(), detail: "Publish at least one scope.".into() });
    }
    let scopes = scopes(draft.scopes, &mut problems);
    let known = scopes.iter().map(|entry| &entry.scope).collect();
    let operations = operations(draft.operations, &known, &mut problems);
    if problems.is_empty() { Ok((scopes, operations)) } else { Err(problems) }
}

fn scopes(drafts: Vec<DraftScope>, problems: &mut Vec<Problem>) -> Vec<CatalogScope> {
    let mut seen = HashSet::new();
    let mut checked = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.into_iter().enumerate() {
        let mut problem = |field: &str, detail: String| {
            problems.push(Problem { pointer: format!("/scopes/{index}/{field}"), detail });
        };
        if let Err(invalid) = Name::parse(&draft.title) {
            problem("title", invalid.to_string());
        }
        let scope = match Scope::parse(&draft.scope) {
            Ok(scope) => scope,
            Err(invalid) => {
                problem("scope", invalid.to_string());
                continue;
            }
        };
        if draft.module != scope.module() {
            problem("module", format!("Name the scope's module, {}.", scope.module()));
        }
        if draft.resource != scope.resource() {
            problem("resource", format!("Name the scope's resource, {}.", scope.resource()));
        }
        if draft.access != scope.access() {
            let access = if scope.access() == Access::View { "view" } else { "modify" };
            problem("access", format!("Say {access}: the scope's last letter says so."));
        }
        if !seen.insert(scope.clone()) {
            problem("scope", format!("List {scope} once."));
        }
        let DraftScope { module, resource, access, title, .. } = draft;
        checked.push(CatalogScope { scope, module, resource, access, title });
    }
    checked
}

fn operations(
    drafts: Vec<DraftOperation>,
    known: &HashSet<&Scope>,
    problems: &mut Vec<Problem>,
) -> Vec<Operation> {
    let mut ids = HashSet::new();
    let mut routes = HashMap::new();
    let mut checked = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.into_iter().enumerate() {
        let mut problem = |field: &str, detail: String| {
            problems.push(Problem { pointer: format!("/operations/{index}/{field}"), detail });
        };
        if let Err(invalid) = Name::parse(&draft.id) {
            problem("id", invalid.to_string());
        }
        if let Err(invalid) = Name::parse(&draft.module) {
            problem("module", invalid.to_string());
        }
        if !METHODS.contains(&draft.method.as_str()) {
            problem("method", format!("Name an HTTP method in upper case: {}.", METHODS.join(", ")));
        }
        if let Err(detail) = template(&draft.path) {
            problem("path", detail.to_owned());
        }
        if let Some(other) = routes.insert((draft.method.clone(), shape(&draft.path)), draft.id.clone()) {
            problem("path", format!("Tell the operation apart from {other}: method and path are the same."));
        }
        if !ids.insert(draft.id.clone()) {
            problem("id", format!("Give the operation an id of its own: {} is taken.", draft.id));
        }
        let scope = Scope::recorded(draft.scope);
        if !known.contains(&scope) {
            problem("scope", "Name a scope of this catalog.".to_owned());
        }
        let DraftOperation { id, module, method, path, kind, .. } = draft;
        checked.push(Operation { id, module, method, path, scope, kind });
    }
    checked
}

/// An absolute path of non-empty segments, each a literal or a `{parameter}`, one of them `{tenant}`.
fn template(path: &str) -> Result<(), &'static str> {
    let Some(segments) = path.strip_prefix('/') else {
        return Err("Begin the path with a slash.");
    };
    if path.len() > 500 {
        return Err("Shorten the path to 500 characters.");
    }
    if !segments.split('/').all(|segment| is_word(parameter(segment).unwrap_or(segment))) {
        return Err("Build the path of segments, each a literal or one {parameter}.");
    }
    if segments.split('/').filter(|segment| parameter(segment) == Some("tenant")).count() != 1 {
        return Err("Put {tenant} into the path, once.");
    }
    Ok(())
}

/// The path as a router sees it: where its parameters stand, not how they are named.
fn shape(path: &str) -> String {
    path.split('/')
        .map(|segment| if parameter(segment).is_some() { "{}" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// Unreserved characters (RFC 3986 §2.3), and not a dot segment.
fn is_word(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'))
}
