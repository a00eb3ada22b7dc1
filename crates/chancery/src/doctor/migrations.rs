//! Whether the database has this build's schema.

use chancery_journal::{JournalError, Migration, applied_migrations, migrations};
use serde_json::json;
use tokio_postgres::error::SqlState;

use super::{postgres::Database, report::Finding};

/// Whether the schema is this build's.
pub(super) async fn applied(database: &Database) -> anyhow::Result<Finding> {
    let applied = match applied_migrations(&database.client).await {
        Err(error) if lacks(&error, &SqlState::UNDEFINED_TABLE) => Vec::new(),
        // A login may be a member without having what the role has.
        Err(error) if lacks(&error, &SqlState::INSUFFICIENT_PRIVILEGE) => {
            match as_application(database).await {
                Err(error) if lacks(&error, &SqlState::INSUFFICIENT_PRIVILEGE) => {
                    return Ok(Finding::unknown(
                        format!("{} may not see which migrations were applied", database.login),
                        "run `chancery migrate`, since which chancery_app may; or ask with a login that is a member of it",
                    ));
                }
                applied => applied?,
            }
        }
        applied => applied?,
    };
    Ok(compared(&applied, &migrations()))
}

async fn as_application(database: &Database) -> Result<Vec<Migration>, JournalError> {
    let query = |source| JournalError::Query { action: "acting as the application", source };
    let acting = database.client.batch_execute("BEGIN; SET LOCAL ROLE chancery_app").await.map_err(query);
    let applied = match acting {
        Ok(()) => applied_migrations(&database.client).await,
        Err(error) => Err(error),
    };
    database.client.batch_execute("ROLLBACK").await.map_err(query)?;
    applied
}

fn lacks(error: &JournalError, state: &SqlState) -> bool {
    matches!(error, JournalError::Query { source, .. } if source.code() == Some(state))
}

fn compared(applied: &[Migration], ours: &[Migration]) -> Finding {
    let named = |migration: &Migration| format!("V{}__{}", migration.version, migration.name);
    let missing: Vec<_> = ours
        .iter()
        .filter(|one| applied.iter().all(|other| other.version != one.version))
        .map(named)
        .collect();
    let newer: Vec<_> = applied
        .iter()
        .filter(|one| ours.iter().all(|other| other.version != one.version))
        .map(named)
        .collect();
    let changed: Vec<_> = applied
        .iter()
        .filter(|one| ours.iter().any(|other| other.version == one.version && other != *one))
        .map(named)
        .collect();
    let detail = json!({ "applied": applied.len(), "missing": missing, "newer": newer, "changed": changed });
    let finding = if !changed.is_empty() {
        let seen = format!("another text than this build's: {}", changed.join(", "));
        Finding::failure(
            seen,
            "run the version of Chancery that migrated this database, or see who altered it",
        )
    } else if !missing.is_empty() {
        let seen = format!("{} of {} are missing: {}", missing.len(), ours.len(), missing.join(", "));
        Finding::failure(seen, "run `chancery migrate`")
    } else if !newer.is_empty() {
        let seen = format!("this build does not know {}", newer.join(", "));
        Finding::warning(seen, "run the doctor, and every server, of the version that migrated this database")
    } else {
        Finding::ok(format!("{} applied, none is missing", applied.len()))
    };
    finding.with(detail)
}

#[cfg(test)]
mod tests {
    use super::{super::report::Verdict, *};

    #[test]
    fn a_schema_that_is_older_newer_or_altered_is_told_apart() {
        let ours = migrations();
        let verdict = |applied: &[Migration]| compared(applied, &ours).verdict;
        assert_eq!(verdict(&ours), Verdict::Ok);
        assert_eq!(verdict(&[]), Verdict::Failure);
        assert!(compared(&ours[..ours.len() - 1], &ours).seen.starts_with("1 of "));
        let newer = Migration { version: 9_999, name: "later".into(), checksum: "1".into() };
        assert_eq!(verdict(&[ours.clone(), vec![newer]].concat()), Verdict::Warning);
        let mut altered = ours.clone();
        altered[0].checksum = "0".into();
        assert!(compared(&altered, &ours).advice.unwrap().contains("altered"));
    }
}
