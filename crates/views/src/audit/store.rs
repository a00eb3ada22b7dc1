//! What the auditor remembers, in `projection_audits`.

use chancery_wire::Position;
use deadpool_postgres::ClientWrapper;
use tokio_postgres::Error;

use super::{Audit, AuditError, Audits, failed};
use crate::Digest;

const REMEMBER: &str = include_str!("remember.sql");
const FORGET: &str = include_str!("forget.sql");
const ALL: &str = include_str!("all.sql");

/// Writes down how far a shard of a subject is counted, what was counted, and what differs; the first difference stands.
pub(super) async fn remember(
    client: &ClientWrapper,
    subject: &str,
    schema_name: &str,
    shard: i32,
    counted: (Position, Digest),
    difference: Option<&str>,
) -> Result<(), Error> {
    let (position, Digest { count, sum }) = counted;
    client
        .execute(
            REMEMBER,
            &[
                &subject,
                &schema_name,
                &shard,
                &position.as_i64(),
                &count.cast_signed(),
                &sum.to_string(),
                &difference,
            ],
        )
        .await?;
    Ok(())
}

/// Forgets what was found of other builds of a subject than `schema_name`.
pub(super) async fn forget_others(
    client: &ClientWrapper,
    subject: &str,
    schema_name: &str,
) -> Result<(), AuditError> {
    client.execute(FORGET, &[&subject, &schema_name]).await.map_err(failed("forgetting former audits"))?;
    Ok(())
}

/// Everything that was found.
pub(super) async fn all(client: &ClientWrapper) -> Result<Audits, AuditError> {
    let rows = client.query(ALL, &[]).await.map_err(failed("reading what audits found"))?;
    let audit = |row: &tokio_postgres::Row| {
        let audit = Audit {
            position: Position::from_i64(row.get(1)),
            audited_at: row.get(2),
            differences: row.get(3),
        };
        (row.get(0), audit)
    };
    Ok(rows.iter().map(audit).collect())
}
