//! The statement of a report. Names of tables and columns come from enums; whatever a caller said is a parameter.

use tokio_postgres::types::ToSql;

use super::{Ask, Scope, Value};

/// A statement and its parameters.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) sql: String,
    parameters: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Statement {
    pub(super) fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.parameters.iter().map(|parameter| &**parameter as &(dyn ToSql + Sync)).collect()
    }

    fn parameter(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.parameters.push(Box::new(value));
        format!("${}", self.parameters.len())
    }

    fn new() -> Self {
        Self { sql: String::new(), parameters: Vec::new() }
    }

    /// Which keys are of the report's scope.
    fn scope(&mut self, scope: &Scope) -> String {
        match scope {
            Scope::App(app_id) => format!("k.app_id = {}", self.parameter(*app_id)),
            Scope::Instance(instance) => {
                let tenant = self.parameter(instance.tenant_id.get().cast_signed());
                let environment = self.parameter(instance.environment.as_str().to_owned());
                format!("k.tenant_id = {tenant} AND k.environment = {environment}")
            }
            Scope::All => "true".to_owned(),
        }
    }
}

/// The rows of a page, and one more where more follow.
pub(super) fn rows(ask: &Ask) -> Statement {
    let mut statement = Statement::new();
    let scope = statement.scope(&ask.scope);
    let (from, to) = (statement.parameter(ask.granularity.begin(ask.from)), statement.parameter(ask.to));
    let peak_of = format!("{}::smallint", statement.parameter(ask.peak_of()));
    let columns: Vec<String> = ask.group_by.iter().map(|dimension| dimension.column()).collect();
    let group = |first: &str| {
        let mut all = vec![first.to_owned()];
        all.extend(columns.iter().cloned());
        all.join(", ")
    };
    let after = ask.after.as_ref().map_or_else(String::new, |cursor| {
        let mut values = vec![statement.parameter(cursor.at)];
        for value in &cursor.group {
            values.push(match value {
                Value::Number(number) => format!("{}::bigint", statement.parameter(*number)),
                Value::Text(text) => format!("{}::text COLLATE \"C\"", statement.parameter(text.clone())),
            });
        }
        let first = statement.parameter(cursor.at);
        format!("AND f.at >= {first} AND ({}) > ({})", group("f.at"), values.join(", "))
    });
    let limit = statement.parameter(i64::try_from(ask.limit).unwrap_or(i64::MAX).saturating_add(1));
    let numbers: Vec<String> = (1..=columns.len() + 1).map(|number| number.to_string()).collect();
    statement.sql = include_str!("../sql/report.sql")
        .replace("{counts}", ask.granularity.table())
        .replace("{group}", &group("f.at AS at"))
        .replace("{numbers}", &numbers.join(", "))
        .replace("{scope}", &scope)
        .replace("{from}", &from)
        .replace("{to}", &to)
        .replace("{after}", &after)
        .replace("{peak_of}", &peak_of)
        .replace("{limit}", &limit);
    statement
}
