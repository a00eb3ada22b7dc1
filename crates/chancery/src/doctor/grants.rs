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
    let undo = more.iter().map(|right| statement("REVOKE", "FROM", right));
    let redo = less.iter().map(|right| statement("GRANT", "TO", right));
    let advice = undo.chain(redo).collect::<Vec<_>>().join(" ");
    let detail = json!({ "held": held.len(), "too_much": more, "missing": less });
    let reads = |right: &&str| matches!(privilege(right), "SELECT" | "USAGE");
    let seen = differing(&more, &less);
    let finding = if less.is_empty() && more.iter().all(reads) {
        Finding::warning(seen, format!("unless somebody is meant to read that: {advice}"))
    } else {
        Finding::failure(seen, format!("find out who altered it, then: {advice}"))
    };
    finding.with(detail)
}

fn differing(more: &[&str], less: &[&str]) -> String {
    let parts = [("too much", more), ("missing", less)].into_iter().filter(|(_, lines)| !lines.is_empty());
    parts.map(|(what, lines)| format!("{what}: {}", lines.join(", "))).collect::<Vec<_>>().join("; ")
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

/// Whether nobody may write the log past the one way in, but who migrates.
pub(super) async fn writers(database: &Database) -> anyhow::Result<Finding> {
    let found = rights::writers(&database.client).await?;
    let who: Vec<_> = found.iter().map(|one| one.what.as_str()).collect();
    if who.is_empty() {
        return Ok(Finding::ok("who migrates, and the server's first superuser"));
    }
    let undo: Vec<_> = found.iter().map(|one| one.undo.as_str()).collect();
    let (seen, undo) = (format!("also {}", who.join(", ")), undo.join(" "));
    let member = who.iter().any(|one| one.contains(" IN "));
    let finding = if member {
        let advice = "nobody needs that to serve, to seal or to read; find out what was written (`chancery log verify`), then";
        Finding::failure(seen, format!("{advice}: {undo}"))
    } else {
        Finding::warning(seen, format!("unless they administer the server: {undo}"))
    };
    Ok(finding.with(json!({ "writers": who })))
}

/// Whether the log's tables, and what keeps them append-only for everybody, are as the migrations made them.
pub(super) async fn guards(database: &Database) -> anyhow::Result<Finding> {
    let altered = rights::altered(&database.client).await?;
    if altered.is_nothing() {
        return Ok(Finding::ok(
            "the log's tables, their constraints and triggers, as the migrations made them",
        ));
    }
    let more: Vec<_> = altered.more.iter().map(|one| one.what.as_str()).collect();
    let mut less = altered.missing.clone();
    let detail = json!({ "too_much": more, "missing": less });
    let statements = altered.mend();
    let advice = if less.iter().any(|line| line.ends_with(" TABLE")) {
        // Of a table that is not there, nothing else is.
        less.retain(|line| line.ends_with(" TABLE"));
        "run `chancery migrate`; what was there before is to be restored from a backup".to_owned()
    } else {
        let look = "find out who altered it and what was written meanwhile (`chancery log verify`), then";
        match statements.as_slice() {
            [] => format!("{look} restore it from a backup: no statement brings it back"),
            statements => format!("{look}: {}", statements.join(" ")),
        }
    };
    Ok(Finding::failure(differing(&more, &less), advice).with(detail))
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
