//! The names that stand beside ids when events are shown.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeSet, HashMap},
};

use chancery_journal::{Journal, JournalError};
use chancery_wire::Recorded;

use super::sentence::{Naming, Thing, sentence};

/// What is said of who is gone.
const FORGOTTEN: &str = "forgotten";

/// Names of people by their ids, and of what else has one by its stream.
#[derive(Debug, Default)]
pub struct Names {
    people: HashMap<String, String>,
    /// Absent where no sentence was asked for.
    things: Option<HashMap<String, String>>,
}

impl Names {
    /// Of the people who acted.
    pub async fn of_actors(journal: &Journal, events: &[Recorded]) -> Result<Self, JournalError> {
        let asked = actors(events);
        Ok(Self { people: people(journal, &asked).await?, things: None })
    }

    /// Of all that the events' sentences name, too: one more look-up by index for each thing.
    pub async fn of_sentences(journal: &Journal, events: &[Recorded]) -> Result<Self, JournalError> {
        let mut asked = actors(events);
        let mut things_asked = BTreeSet::new();
        {
            let looking = Looking::default();
            for event in events {
                if let Ok(event) = event.decode() {
                    sentence(&event, &looking);
                }
            }
            for thing in looking.0.into_inner() {
                match thing {
                    Asked::Person(id) => asked.insert(id),
                    Asked::Stream(stream) => things_asked.insert(stream),
                };
            }
        }
        let (people, things) = tokio::try_join!(people(journal, &asked), things(journal, &things_asked))?;
        Ok(Self { people, things: Some(things) })
    }

    /// A person's name.
    pub fn of_person(&self, id: &str) -> &str {
        self.people.get(id).map_or(FORGOTTEN, String::as_str)
    }

    /// The name of who acted, where that is a person.
    pub fn of_actor(&self, event: &Recorded) -> Option<&str> {
        is_person(event).then(|| self.of_person(&event.actor.id))
    }

    /// What the event's actor did. `None` where no sentence was asked for, or this build does not know the event.
    pub fn sentence(&self, event: &Recorded) -> Option<String> {
        self.things.as_ref()?;
        Some(sentence(&event.decode().ok()?, self))
    }
}

fn is_person(event: &Recorded) -> bool {
    event.actor.kind == "person"
}

impl Naming for Names {
    fn name<'a>(&'a self, thing: Thing<'a>) -> Cow<'a, str> {
        if let Thing::Person(id) = thing {
            return self.of_person(id).into();
        }
        let known = self.things.as_ref().and_then(|things| things.get(&thing.stream()));
        known.map_or_else(|| thing.to_string().into(), |name| name.as_str().into())
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Person(String),
    Stream(String),
}

/// Knows nothing and notes what is asked for.
#[derive(Debug, Default)]
struct Looking(RefCell<BTreeSet<Asked>>);

impl Naming for Looking {
    fn name<'a>(&'a self, thing: Thing<'a>) -> Cow<'a, str> {
        self.0.borrow_mut().insert(match thing {
            Thing::Person(id) => Asked::Person(id.to_owned()),
            thing => Asked::Stream(thing.stream()),
        });
        Cow::Borrowed("")
    }
}

fn actors(events: &[Recorded]) -> BTreeSet<String> {
    events.iter().filter(|event| is_person(event)).map(|event| event.actor.id.clone()).collect()
}

async fn people(journal: &Journal, ids: &BTreeSet<String>) -> Result<HashMap<String, String>, JournalError> {
    let sql = "SELECT person_id, name FROM public.people WHERE person_id = ANY($1)";
    named(journal, sql, "reading the names of people", ids).await
}

async fn things(
    journal: &Journal,
    streams: &BTreeSet<String>,
) -> Result<HashMap<String, String>, JournalError> {
    named(journal, include_str!("names.sql"), "reading names from the log", streams).await
}

async fn named(
    journal: &Journal,
    sql: &str,
    action: &'static str,
    keys: &BTreeSet<String>,
) -> Result<HashMap<String, String>, JournalError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let client = journal.client().await?;
    let query = |source| JournalError::Query { action, source };
    let statement = client.prepare_cached(sql).await.map_err(query)?;
    let keys: Vec<&String> = keys.iter().collect();
    let rows = client.query(&statement, &[&keys]).await.map_err(query)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
