//! Method and path to operation: the templates of the catalog, as a tree of segments for each method.
//!
//! Our own, because the rule is ours: the leftmost literal wins and the search goes back where that leads nowhere, so
//! that `contacts/relationships/{id}` stands beside `contacts/{id}/relationships`; routers of web frameworks refuse
//! such a pair, or decode what must be refused.

use hashbrown::HashMap;

use crate::scopes::ScopeId;

/// Segments of the longest path that is looked at: the real catalog has 13.
const MAX_SEGMENTS: usize = 32;

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
    /// Method to the root of its tree.
    methods: HashMap<Box<str>, Node>,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<Box<str>, Node>,
    parameter: Option<Box<Node>>,
    operation: Option<usize>,
}

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
        let mut node = self.methods.entry_ref(method).or_default();
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

    /// The operation of a call, if the path is one plain path: no encoded slash, no dot segment, no empty segment.
    /// What follows a `?` is not looked at.
    pub(crate) fn route<'a>(&'a self, method: &str, path: &'a str) -> Option<Routed<'a>> {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let mut segments = [""; MAX_SEGMENTS];
        let mut count = 0;
        for segment in path.strip_prefix('/')?.split('/') {
            if !is_plain(segment) {
                return None;
            }
            *segments.get_mut(count)? = segment;
            count += 1;
        }
        let segments = &segments[..count];
        let operation = self.operations.get(self.methods.get(method)?.find(segments)?)?;
        let tenant = operation.tenant.and_then(|at| segments.get(at));
        Some(Routed {
            operation,
            tenant_id: tenant.and_then(|text| tenant_id(text)),
            report: operation.report.and_then(|at| segments.get(at)).copied().unwrap_or(&operation.id),
        })
    }
}

impl Node {
    fn find(&self, segments: &[&str]) -> Option<usize> {
        let Some((first, rest)) = segments.split_first() else { return self.operation };
        let literal = self.literals.get(*first).and_then(|node| node.find(rest));
        literal.or_else(|| self.parameter.as_ref().and_then(|node| node.find(rest)))
    }
}

/// Whether every server behind the gate reads the segment the same way as the gate does.
fn is_plain(segment: &str) -> bool {
    let (mut graphic, mut escaped) = (true, false);
    for byte in segment.bytes() {
        graphic &= byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b';');
        escaped |= byte == b'%';
    }
    let said =
        if escaped { !is_encoded_dots(segment) && !hides(segment) } else { !matches!(segment, "." | "..") };
    !segment.is_empty() && graphic && said
}

/// `.` or `..`, percent-encoded at least in part.
fn is_encoded_dots(segment: &str) -> bool {
    let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
    decoded == "." || decoded == ".."
}

/// A slash, a backslash, a percent sign or a control character that appears after decoding.
fn hides(segment: &str) -> bool {
    segment.split('%').skip(1).any(|escape| {
        let byte = escape.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        byte.is_none_or(|byte| matches!(byte, b'/' | b'\\' | b'%' | 0..0x20 | 0x7f))
    })
}

/// Written in one way only: digits without a sign or leading zeros.
fn tenant_id(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if digits { text.parse().ok() } else { None }
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
                     /crm/v2/tenant/7/contacts/5;x=1 /crm/v2/tenant/7/contacts/5#x /CRM/v2/tenant/7/contacts \
                     http://host/crm/v2/tenant/7/contacts * /";
        for path in paths.split_ascii_whitespace() {
            assert_eq!(found(&router, "GET", path), None, "{path}");
        }
        let long = format!("/crm/v2/tenant/7/contacts{}", "/a".repeat(100));
        assert_eq!(found(&router, "GET", &long), None);
        assert!(found(&router, "GET", "/crm/v2/tenant/7/contacts/caf%C3%A9").is_some());
    }

    #[test]
    fn a_tenant_is_written_in_one_way() {
        let router = contacts();
        for text in ["007", "+7", "-7", "7a", "0", "99999999999999999999", "%37"] {
            let path = format!("/crm/v2/tenant/{text}/contacts");
            assert_eq!(found(&router, "GET", &path).unwrap().1, None, "{text}");
        }
    }
}
