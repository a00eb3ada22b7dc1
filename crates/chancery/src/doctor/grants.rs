//! Who may do what in the database, beside what the migrations grant.

use chancery_journal::rights;
use serde_json::json;

use super::{postgres::Database, report::Finding};

/// Whether each right is held that must be, and no other. One to read more may be meant; any other is not ours.
pub(super) async fn rights(database: &Database) -> anyhow::Result<Finding> {
    let held = rights::held(&database.client).await?;
    let granted: Vec<_> = rights::granted().collect();
    Ok(compared(&held, &granted))
}

fn compared(held: &[String], granted: &[&str]) -> Finding {
    let more: Vec<_> = held.iter().map(String::as_str).filter(|right| !granted.contains(right)).collect();
    let less: Vec<_> = granted.iter().copied().filter(|right| held.iter().all(|one| one != right)).collect();
    if more.is_empty() && less.is_empty() {
        return Finding::ok(format!("{} rights, as the migrations grant them", held.len()));
    }
    let mut seen = Vec::new();
    if !more.is_empty() {
        seen.push(format!("too much: {}", more.join(", ")));
    }
    if !less.is_empty() {
        seen.push(format!("missing: {}", less.join(", ")));
    }
    let undo = more.iter().map(|right| statement("REVOKE", "FROM", right));
    let redo = less.iter().map(|right| statement("GRANT", "TO", right));
    let advice = undo.chain(redo).collect::<Vec<_>>().join(" ");
    let detail = json!({ "held": held.len(), "too_much": more, "missing": less });
    let reads = |right: &&str| matches!(privilege(right), "SELECT" | "USAGE");
    let finding = if less.is_empty() && more.iter().all(reads) {
        Finding::warning(seen.join("; "), format!("unless somebody is meant to read that: {advice}"))
    } else {
        Finding::failure(seen.join("; "), format!("find out who altered it, then: {advice}"))
    };
    finding.with(detail)
}

fn privilege(right: &str) -> &str {
    right.split(' ').nth(1).unwrap_or_default()
}

/// What brings a right, or takes it away: `PUBLIC EXECUTE refuse_change` and its like.
fn statement(verb: &str, preposition: &str, right: &str) -> String {
    let right = right.trim_end_matches(" WITH GRANT OPTION");
    let mut words = right.splitn(3, ' ');
    let (who, privilege, what) =
        (words.next().unwrap_or_default(), privilege(right), words.nth(1).unwrap_or_default());
    let kind = match privilege {
        "EXECUTE" => "ROUTINE ",
        "USAGE" | "CREATE" => "SCHEMA ",
        _ => "",
    };
    format!("{verb} {privilege} ON {kind}{what} {preposition} {who};")
}

/// Whether the roles are plain: no login, no attribute, no membership of their own.
pub(super) async fn roles(database: &Database) -> anyhow::Result<Finding> {
    let found = rights::beyond_grants(&database.client).await?;
    let more: Vec<_> = found
        .iter()
        .filter(|(_, more)| !more.is_empty())
        .map(|(role, more)| format!("{role} {more}"))
        .collect();
    Ok(if found.len() < 4 {
        let names: Vec<_> = found.iter().map(|(role, _)| role.as_str()).collect();
        let seen =
            if names.is_empty() { "none is there".to_owned() } else { format!("only {}", names.join(", ")) };
        Finding::failure(seen, "run `chancery migrate`")
    } else if more.is_empty() {
        Finding::ok("four, without login and members of nothing")
    } else {
        Finding::failure(
            more.join("; "),
            "take it from them: ALTER ROLE … NOLOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS, \
             REVOKE … FROM …; logins of your own are members of them, not the other way round",
        )
    })
}

/// Whether what is append-only for everybody still is.
pub(super) async fn guards(database: &Database) -> anyhow::Result<Finding> {
    let found = rights::unguarded(&database.client).await?;
    Ok(if found.is_empty() {
        Finding::ok("the triggers that keep the log append-only are on, its tables are chancery_owner's")
    } else {
        let seen = found.join("; ");
        Finding::failure(
            seen,
            "find out who did it and what was changed meanwhile (`chancery log verify`), then ALTER TABLE … ENABLE \
             TRIGGER …, ALTER TABLE … OWNER TO chancery_owner",
        )
        .with(json!({ "unguarded": found }))
    })
}

#[cfg(test)]
mod tests {
    use super::{super::report::Verdict, *};

    #[test]
    fn a_right_to_read_is_a_warning_and_any_other_a_failure() {
        let granted = ["chancery_app SELECT events", "chancery_app EXECUTE append"];
        let with = |more: &str| {
            let held: Vec<_> = granted.iter().chain([&more]).map(ToString::to_string).collect();
            compared(&held, &granted)
        };
        let read = with("reports SELECT events");
        assert_eq!(read.verdict, Verdict::Warning);
        assert!(read.advice.unwrap().ends_with("REVOKE SELECT ON events FROM reports;"));
        assert_eq!(with("reports DELETE events").verdict, Verdict::Failure);
        let less = compared(&[granted[0].to_owned()], &granted);
        assert_eq!((less.verdict, &*less.seen), (Verdict::Failure, "missing: chancery_app EXECUTE append"));
        assert!(less.advice.unwrap().ends_with("GRANT EXECUTE ON ROUTINE append TO chancery_app;"));
    }

    #[test]
    fn every_right_that_is_granted_can_be_granted_again() {
        for right in rights::granted() {
            let statement = statement("GRANT", "TO", right);
            assert_eq!(
                statement.split_whitespace().count(),
                if statement.contains("ON ROUTINE") || statement.contains("ON SCHEMA") { 7 } else { 6 },
                "{statement}"
            );
        }
    }
}
