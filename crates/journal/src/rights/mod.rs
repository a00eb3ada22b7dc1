//! Who may do what in the database, as the migrations grant it and as it is held: the model that keeps the log
//! append-only, in one list that tests and `chancery doctor` compare with.

use tokio_postgres::{Client, Row};

use crate::JournalError;

/// Everything that anybody but the owner may do: grantee, privilege and object, in order.
pub fn granted() -> impl Iterator<Item = &'static str> {
    include_str!("granted.txt").lines()
}

/// What is held in the database that `client` is connected to, in the words of [`granted`]. Any login may ask.
pub async fn held(client: &Client) -> Result<Vec<String>, JournalError> {
    let rows = client.query(include_str!("held.sql"), &[]).await;
    Ok(column(&rows.map_err(JournalError::query("reading who holds which rights"))?))
}

/// Our roles by name, and what each may beyond its grants: nothing, where it is as it was made.
pub async fn beyond_grants(client: &Client) -> Result<Vec<(String, String)>, JournalError> {
    let rows = client.query(include_str!("beyond_grants.sql"), &[]).await;
    let rows = rows.map_err(JournalError::query("reading what the roles are"))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Where a table is not guarded as it was made, each as a sentence's part. Nothing, where all are.
pub async fn unguarded(client: &Client) -> Result<Vec<String>, JournalError> {
    let rows = client.query(include_str!("unguarded.sql"), &[]).await;
    Ok(column(&rows.map_err(JournalError::query("reading how the log's tables are guarded"))?))
}

fn column(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.get(0)).collect()
}
