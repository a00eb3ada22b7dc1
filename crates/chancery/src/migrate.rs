//! `chancery migrate`

use serde_json::json;

use crate::{
    cli::{Database, Output},
    output,
};

pub(crate) async fn migrate(database: &Database, output: Output) -> anyhow::Result<()> {
    let applied = chancery_journal::migrate(database.url()?).await?;
    let said = if applied.is_empty() { "nothing to do".to_owned() } else { applied.join(", ") };
    output::one(output, &json!({"applied": applied}), &[("applied", said)])
}
