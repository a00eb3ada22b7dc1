//! A build's rows in one canonical form, to tell whether two builds are the same.

use std::collections::BTreeMap;

use tokio_postgres::{Client, Error};

/// Every table's rows as JSON, sorted.
pub type Dump = BTreeMap<String, Vec<String>>;

/// All rows of the schema `schema_name`, read in one snapshot.
pub async fn dump(client: &mut Client, schema_name: &str) -> Result<Dump, Error> {
    let transaction = client
        .build_transaction()
        .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    let tables = "SELECT tablename::text, format('%I.%I', schemaname, tablename) \
                  FROM pg_tables WHERE schemaname = $1";
    let mut dump = Dump::new();
    for table in transaction.query(tables, &[&schema_name]).await? {
        let (name, qualified): (String, String) = (table.get(0), table.get(1));
        let rows = format!("SELECT to_json(t)::text COLLATE \"C\" FROM {qualified} AS t ORDER BY 1");
        let rows = transaction.query(&rows, &[]).await?;
        dump.insert(name, rows.iter().map(|row| row.get(0)).collect());
    }
    transaction.commit().await?;
    Ok(dump)
}
