//! Who may do what in the database and what guards the log's tables, as the migrations made it and as it is: the model
//! that keeps the log append-only, in lists that tests and `chancery doctor` compare with.

use std::collections::BTreeSet;

use tokio_postgres::{Client, Row};

use crate::JournalError;

/// Something that is there, in the words of one of the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    pub what: String,
    /// The statement that takes it away; empty where none should.
    pub undo: String,
}

/// Where the log's tables are not as they were made: each line is a table or function, a kind, and what that kind says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Altered {
    /// What was not made.
    pub more: Vec<Stands>,
    /// What was made and is not there.
    pub missing: Vec<&'static str>,
}

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

/// Who may write the log past the one way in, though no migration says so: `who IN role`, `who SUPERUSER`. Nobody, where
/// it is as it was made.
pub async fn writers(client: &Client) -> Result<Vec<Stands>, JournalError> {
    let rows = client.query(include_str!("writers.sql"), &[]).await;
    Ok(stands(&rows.map_err(JournalError::query("reading who may write the log"))?))
}

/// Where the log's tables, and the function that guards them, are not as the migrations made them (`made.txt`). Any login
/// may ask.
pub async fn altered(client: &Client) -> Result<Altered, JournalError> {
    let names: BTreeSet<_> = made().filter_map(|line| line.split(' ').next()).collect();
    let names: Vec<_> = names.into_iter().collect();
    let rows = client.query(include_str!("standing.sql"), &[&names]).await;
    let mut more = stands(&rows.map_err(JournalError::query("reading how the log's tables are guarded"))?);
    let missing = made().filter(|made| more.iter().all(|one| one.what != *made)).collect();
    more.retain(|one| made().all(|made| made != one.what));
    Ok(Altered { more, missing })
}

impl Altered {
    pub fn is_nothing(&self) -> bool {
        self.more.is_empty() && self.missing.is_empty()
    }

    /// What makes it as it was, as far as statements do.
    pub fn mend(&self) -> Vec<String> {
        let undo = self.more.iter().map(|one| one.undo.clone()).filter(|undo| !undo.is_empty());
        // A trigger needs its function.
        let (functions, others): (Vec<_>, Vec<_>) =
            self.missing.iter().copied().partition(|line| kind(line) == "FUNCTION");
        undo.chain(functions.into_iter().chain(others).filter_map(remake)).collect()
    }
}

/// Lines of a table or function, a kind, and what that kind says of it.
fn made() -> impl Iterator<Item = &'static str> {
    include_str!("made.txt").lines()
}

fn kind(line: &str) -> &str {
    line.split(' ').nth(1).unwrap_or_default()
}

/// The statement that makes a line of [`made`] again; `None` where no statement brings back what was there.
fn remake(line: &str) -> Option<String> {
    let mut words = line.splitn(3, ' ');
    let (name, kind, rest) = (words.next()?, words.next()?, words.next()?);
    let alter = |change: String| Some(format!("ALTER TABLE public.{name} {change};"));
    match kind {
        "OWNER" if name.ends_with("()") => Some(format!("ALTER FUNCTION public.{name} OWNER TO {rest};")),
        "OWNER" => alter(format!("OWNER TO {rest}")),
        "NOT" => alter(format!("ALTER {} SET NOT NULL", rest.strip_prefix("NULL ")?)),
        "DEFAULT" => {
            let (column, value) = rest.split_once(' ')?;
            alter(format!("ALTER {column} SET DEFAULT {value}"))
        }
        "CONSTRAINT" => alter(format!("ADD CONSTRAINT {rest}")),
        "TRIGGER" => Some(format!("CREATE TRIGGER {rest};")),
        "FUNCTION" => {
            let (language, body) = rest.split_once(' ')?;
            let make =
                format!("CREATE OR REPLACE FUNCTION public.{name} RETURNS trigger LANGUAGE {language}");
            Some(format!("{make} AS $${body}$$;"))
        }
        _ => None,
    }
}

fn column(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.get(0)).collect()
}

fn stands(rows: &[Row]) -> Vec<Stands> {
    rows.iter().map(|row| Stands { what: row.get(0), undo: row.get(1) }).collect()
}
