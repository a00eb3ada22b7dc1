//! The operations, as the document of the running service has them.

use serde_json::Value;

use crate::cast::Cast;

#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    pub caller: Caller,
    /// The statuses with which it succeeds.
    pub successes: Vec<u16>,
}

/// Who may call.
#[derive(Debug, PartialEq, Eq)]
pub enum Caller {
    Anyone,
    Bearers(Vec<String>),
}

impl Operation {
    /// The path, and what its query must name, in braces too.
    pub fn target(&self) -> String {
        let query = match &*self.id {
            "explainAccess" => {
                "?app_id={app}&tenant_id={tenant}&environment={environment}&scope=tn.crm.customers:r"
            }
            _ => "",
        };
        format!("{}{query}", self.path)
    }

    pub fn allows(&self, role: &str) -> bool {
        match &self.caller {
            Caller::Anyone => true,
            Caller::Bearers(roles) => roles.iter().any(|known| known == role),
        }
    }
}

pub async fn operations(cast: &Cast) -> Vec<Operation> {
    let document = cast.server.get("/openapi.json").send().await.expect(200).json();
    let paths = document["paths"].as_object().unwrap();
    let each = |path: &String, item: &Value| {
        let methods = item.as_object().unwrap().clone();
        let path = path.clone();
        methods.into_iter().map(move |(method, operation)| read(method, path.clone(), &operation))
    };
    paths.iter().flat_map(|(path, item)| each(path, item)).collect()
}

fn read(method: String, path: String, operation: &Value) -> Operation {
    let id = operation["operationId"].as_str().unwrap().to_owned();
    let caller = if let Some(roles) = operation["x-roles"].as_array() {
        Caller::Bearers(roles.iter().map(|role| role.as_str().unwrap().to_owned()).collect())
    } else {
        let free = operation["security"] == serde_json::json!([{}]);
        assert!(
            free,
            "{id} says neither which roles may call it nor that it needs no token: see routes/mod.rs"
        );
        Caller::Anyone
    };
    let statuses = operation["responses"].as_object().unwrap().keys();
    let successes: Vec<u16> =
        statuses.filter(|status| status.starts_with('2')).map(|status| status.parse().unwrap()).collect();
    assert!(!successes.is_empty(), "{id} succeeds with no status");
    Operation { id, method, path, caller, successes }
}
