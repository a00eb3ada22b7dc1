//! Who tries the API, and what.

use anyhow::{Context, Result};
use serde_json::Value;

/// A caller, and the operations that are for it.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) name: &'static str,
    pub(super) token: Option<String>,
    /// Their ids.
    pub(super) operations: Vec<String>,
    /// Requests of each kind to an operation, at most.
    pub(super) examples: u32,
}

/// One operation of the document.
#[derive(Debug)]
pub(super) struct Operation<'a> {
    pub(super) id: &'a str,
    /// Method and path, as reports name it.
    pub(super) label: String,
    roles: Vec<&'a str>,
}

const MANY: u32 = 40;
/// Where every answer is the same.
const FEW: u32 = 4;

/// Each caller with its place in `.dev/credentials.json`, and its role.
const CALLERS: [(&str, &str, &str); 9] = [
    ("the reviewer", "/tokens/reviewer", "reviewer"),
    ("the auditor", "/tokens/auditor", "auditor"),
    ("an operator", "/tokens/operator", "operator"),
    ("a gateway", "/tokens/gateway", "gateway"),
    ("a consumer", "/tokens/consumer", "consumer"),
    ("a customer's developer", "/tokens/developers/1/token", "developer"),
    ("a tenant's admin", "/tokens/tenant_admins/0/token", "tenant_admin"),
    ("a third party's developer", "/tokens/developers/0/token", "developer"),
    // The last: it revokes tokens and forgets people.
    ("the platform", "/tokens/platform", "platform"),
];

/// All of them, those without a token first.
pub(super) fn of(credentials: &Value, document: &Value) -> Result<Vec<Caller>> {
    let operations: Vec<_> = operations(document).collect();
    let ids = |wanted: &dyn Fn(&Operation<'_>) -> bool| {
        operations
            .iter()
            .filter(|operation| wanted(operation))
            .map(|operation| operation.id.to_owned())
            .collect()
    };
    let stranger = ids(&|operation| operation.roles.is_empty());
    let others = ids(&|operation| !operation.roles.is_empty());
    let mut callers = vec![
        Caller { name: "a stranger", token: None, operations: stranger, examples: MANY },
        Caller { name: "nobody", token: None, operations: others, examples: FEW },
    ];
    for (name, pointer, role) in CALLERS {
        let token = credentials.pointer(pointer).and_then(Value::as_str);
        let token = token.with_context(|| format!("the demo's credentials have no {pointer}"))?;
        let operations = ids(&|operation| operation.roles.contains(&role));
        callers.push(Caller { name, token: Some(token.to_owned()), operations, examples: MANY });
    }
    Ok(callers)
}

pub(super) fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, operation)| Operation {
            id: operation["operationId"].as_str().unwrap_or_default(),
            label: format!("{} {path}", method.to_uppercase()),
            roles: operation["x-roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
        })
    })
}

/// One a line, indented.
pub(super) fn lines(texts: &[&String]) -> String {
    texts.iter().map(|text| format!("  {}", text.replace('\n', "\n  "))).collect::<Vec<_>>().join("\n")
}
