//! Method and path to operation: the templates of the catalog, as a tree of segments for each method.
//!
//! Our own, because the rule is ours: the leftmost literal wins and the search goes back where that leads nowhere, so
//! that `contacts/relationships/{id}` stands beside `contacts/{id}/relationships`; routers of web frameworks refuse
//! such a pair, or decode what must be refused.

mod path;

use hashbrown::HashMap;

use self::path::{Segments, is_unreserved};
use crate::scopes::ScopeId;

/// How an operation is limited (rule 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    Standard,
    Reporting,
    Export,
}

/// An operation of the platform's API.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) id: Box<str>,
    pub(crate) module: Box<str>,
    pub(crate) method: Box<str>,
    pub(crate) path: Box<str>,
    pub(crate) scope: ScopeId,
    pub(crate) kind: OperationKind,
    /// Which segment is the tenant, and which names the report.
    tenant: Option<usize>,
    report: Option<usize>,
}

/// A call's operation, and what its path says.
#[derive(Debug)]
pub(crate) struct Routed<'a> {
    pub(crate) operation: &'a Operation,
    /// `None` where the path holds no tenant id in the tenant's place.
    pub(crate) tenant_id: Option<u64>,
    /// The report that the path names; the operation's id where it names none.
    pub(crate) report: &'a str,
}

#[derive(Debug, Default)]
pub(crate) struct Router {
    operations: Vec<Operation>,
    /// The root of each method's tree: a handful.
    methods: Vec<(Box<str>, Node)>,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<Box<str>, Node>,
    parameter: Option<Box<Node>>,
    operation: Option<usize>,
}

/// More than one operation may be meant.
struct Ambiguous;

impl Router {
    /// Adds an operation; where two have the same method and template, the one that was added first counts. Whether it
    /// was added.
    pub(crate) fn add(
        &mut self,
        id: &str,
        module: &str,
        method: &str,
        path: &str,
        scope: ScopeId,
        kind: OperationKind,
    ) -> bool {
        let mut node = root(&mut self.methods, method);
        let (mut tenant, mut report) = (None, None);
        for (at, segment) in path.strip_prefix('/').unwrap_or(path).split('/').enumerate() {
            match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => {
                    match name.replace('_', "").to_ascii_lowercase().as_str() {
                        "tenant" => tenant = Some(at),
                        "report" | "reportid" => report = Some(at),
                        _ => {}
                    }
                    node = node.parameter.get_or_insert_default();
                }
                None => node = node.literals.entry_ref(segment).or_default(),
            }
        }
        let new = node.operation.is_none();
        if new {
            node.operation = Some(self.operations.len());
            let (id, module, method, path) = (id.into(), module.into(), method.into(), path.into());
            self.operations.push(Operation { id, module, method, path, scope, kind, tenant, report });
        }
        new
    }

    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation of a call, if its path can be read in one way only and names a report where it must.
    pub(crate) fn route<'a>(&'a self, method: &str, path: &'a str) -> Option<Routed<'a>> {
        let segments = Segments::of(path)?;
        let segments = segments.all();
        let (_, root) = self.methods.iter().find(|(known, _)| **known == *method)?;
        let operation = self.operations.get(root.find(segments).ok()??)?;
        let named = |at: Option<usize>| at.and_then(|at| segments.get(at)).copied();
        let report = match named(operation.report) {
            Some(text) if operation.kind == OperationKind::Reporting => report_id(text)?,
            named => named.unwrap_or(&operation.id),
        };
        Some(Routed { operation, tenant_id: named(operation.tenant).and_then(tenant_id), report })
    }
}

fn root<'a>(methods: &'a mut Vec<(Box<str>, Node)>, method: &str) -> &'a mut Node {
    let at = methods.iter().position(|(known, _)| **known == *method).unwrap_or_else(|| {
        methods.push((method.into(), Node::default()));
        methods.len() - 1
    });
    &mut methods[at].1
}

impl Node {
    fn find(&self, segments: &[&str]) -> Result<Option<usize>, Ambiguous> {
        let Some((first, rest)) = segments.split_first() else { return Ok(self.operation) };
        if let Some(node) = self.literals.get(*first)
            && let Some(found) = node.find(rest)?
        {
            return Ok(Some(found));
        }
        let Some(node) = &self.parameter else { return Ok(None) };
        // Many servers take no notice of case: what is a parameter here would be a literal there.
        let is_ambiguous = self.literals.iter().any(|(literal, node)| {
            **literal != **first
                && literal.eq_ignore_ascii_case(first)
                && !matches!(node.find(rest), Ok(None))
        });
        if is_ambiguous { Err(Ambiguous) } else { node.find(rest) }
    }
}

/// Written in one way only: digits without a sign or leading zeros.
fn tenant_id(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if digits { text.parse().ok() } else { None }
}

/// Bytes of the longest id of a report.
const REPORT_ID: usize = 100;

/// A report under the one name that it is counted by: unreserved characters, as in its limit's override, and a number
/// without leading zeros, which a server reads as the same report.
pub(crate) fn report_id(text: &str) -> Option<&str> {
    if text.len() > REPORT_ID || !text.bytes().all(is_unreserved) {
        return None;
    }
    let number = text.trim_start_matches('0');
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true if number.is_empty() => Some("0"),
        true => Some(number),
        false => Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scopes::Names;

    fn router(templates: &[(&str, &str)]) -> Router {
        let (mut router, scope) = (Router::default(), Names::default().scope("tn.crm.contacts:r"));
        for (method, path) in templates {
            router.add(&format!("{method} {path}"), "crm", method, path, scope, OperationKind::Standard);
        }
        router
    }

    fn contacts() -> Router {
        router(&[
            ("GET", "/crm/v2/tenant/{tenant}/contacts"),
            ("GET", "/crm/v2/tenant/{tenant}/contacts/{id}"),
            ("GET", "/crm/v2/tenant/{tenant}/contacts/{id}/relationships"),
            ("GET", "/crm/v2/tenant/{tenant}/contacts/relationships/{id}"),
            ("DELETE", "/crm/v2/tenant/{tenant}/contacts/{id}"),
        ])
    }

    fn found(router: &Router, method: &str, path: &str) -> Option<(String, Option<u64>)> {
        router.route(method, path).map(|routed| (routed.operation.id.to_string(), routed.tenant_id))
    }

    #[test]
    fn the_leftmost_literal_wins() {
        let router = contacts();
        for (path, template) in [
            ("/crm/v2/tenant/7/contacts", "/crm/v2/tenant/{tenant}/contacts"),
            ("/crm/v2/tenant/7/contacts/5?page=1&x=/..", "/crm/v2/tenant/{tenant}/contacts/{id}"),
            ("/crm/v2/tenant/7/contacts/relationships", "/crm/v2/tenant/{tenant}/contacts/{id}"),
            (
                "/crm/v2/tenant/7/contacts/5/relationships",
                "/crm/v2/tenant/{tenant}/contacts/{id}/relationships",
            ),
            (
                "/crm/v2/tenant/7/contacts/relationships/5",
                "/crm/v2/tenant/{tenant}/contacts/relationships/{id}",
            ),
            (
                "/crm/v2/tenant/7/contacts/relationships/relationships",
                "/crm/v2/tenant/{tenant}/contacts/relationships/{id}",
            ),
        ] {
            assert_eq!(found(&router, "GET", path), Some((format!("GET {template}"), Some(7))), "{path}");
        }
    }

    #[test]
    fn the_search_goes_back_where_a_literal_leads_nowhere() {
        let router = router(&[("GET", "/a/b/c"), ("GET", "/a/{x}/d")]);
        assert_eq!(found(&router, "GET", "/a/b/d").unwrap().0, "GET /a/{x}/d");
    }

    #[test]
    fn each_method_has_templates_of_its_own() {
        let router = contacts();
        assert!(found(&router, "DELETE", "/crm/v2/tenant/7/contacts/relationships").is_some());
        assert!(found(&router, "DELETE", "/crm/v2/tenant/7/contacts").is_none());
        assert!(found(&router, "get", "/crm/v2/tenant/7/contacts").is_none());
    }

    #[test]
    fn a_path_that_can_be_read_in_two_ways_is_no_operation() {
        let router = contacts();
        let paths = "crm/v2/tenant/7/contacts /crm/v2/tenant/7/contacts/ /crm//v2/tenant/7/contacts \
                     /crm/v2/tenant/7/./contacts /crm/v2/tenant/7/contacts/.. /crm/v2/tenant/7/contacts/%2e%2E \
                     /crm/v2/tenant/7/contacts/.%2e /crm/v2/tenant/7/contacts/a%2fb /crm/v2/tenant/7/contacts/a%2Fb \
                     /crm/v2/tenant/7/contacts/a%5cb /crm/v2/tenant/7/contacts/a\\b /crm/v2/tenant/7/contacts/a%252fb \
                     /crm/v2/tenant/7/contacts/a%00 /crm/v2/tenant/7/contacts/% /crm/v2/tenant/7/contacts/%zz \
                     /crm/v2/tenant/7/contacts/%35 /crm/v2/tenant/7/contacts/%7E /crm/v2/tenant/7/contacts/a%2 \
                     /crm/v2/tenant/7/contacts/%+1 /crm/v2/tenant/7/contacts/%C3%A9%41 /crm/v2/tenant/%37/contacts \
                     /crm/v2/tenant/7/%63ontacts /crm/v2/tenant/7/contacts/Relationships/5 /crm/v2/tenant/7/contacts/Relationships/relationships \
                     /crm/v2/tenant/7/contacts/café /crm/v2/tenant/7/contacts/5;x=1 /crm/v2/tenant/7/contacts/5#x /CRM/v2/tenant/7/contacts \
                     http://host/crm/v2/tenant/7/contacts * /";
        for path in paths.split_ascii_whitespace() {
            assert_eq!(found(&router, "GET", path), None, "{path}");
        }
        let long = format!("/crm/v2/tenant/7/contacts{}", "/a".repeat(100));
        assert_eq!(found(&router, "GET", &long), None);
        for id in ["caf%C3%A9", "a%40b.de", "a%20b", "x%2bx", "RELATIONSHIPS"] {
            assert!(found(&router, "GET", &format!("/crm/v2/tenant/7/contacts/{id}")).is_some(), "{id}");
        }
    }

    #[test]
    fn a_tenant_is_written_in_one_way() {
        let router = contacts();
        for text in ["007", "+7", "-7", "7a", "0", "99999999999999999999", "%C3%A9"] {
            let path = format!("/crm/v2/tenant/{text}/contacts");
            assert_eq!(found(&router, "GET", &path).unwrap().1, None, "{text}");
        }
    }

    #[test]
    fn a_report_is_counted_by_one_name() {
        for (text, expected) in [
            ("77", Some("77")),
            ("0077", Some("77")),
            ("000", Some("0")),
            ("007-a", Some("007-a")),
            ("a-._~Z", Some("a-._~Z")),
            ("%C3%A9", None),
            ("7+7", None),
            ("7%2B7", None),
        ] {
            assert_eq!(report_id(text), expected, "{text}");
        }
        assert!(report_id(&"7".repeat(100)).is_some());
        assert_eq!(report_id(&"7".repeat(101)), None);
    }
}
