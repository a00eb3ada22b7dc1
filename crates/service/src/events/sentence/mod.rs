//! What happened, for people: one pure function for each type of event. The actor stands beside it, so a sentence
//! begins with the verb.
//!
//! The match below has no default: an event that is added has a sentence, or nothing compiles.

mod apps;
mod connections;
mod credentials;
mod hub;
mod platform;
mod projections;

use std::{borrow::Cow, fmt};

use chancery_wire::Event;

/// Something that has a name beside its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing<'a> {
    App(&'a str),
    Organization(&'a str),
    Network(&'a str),
    Group(&'a str),
    ApiToken(&'a str),
    Person(&'a str),
}

impl Thing<'_> {
    fn word_and_id(&self) -> (&'static str, &str) {
        match self {
            Self::App(id) => ("app", id),
            Self::Organization(id) => ("organization", id),
            Self::Network(id) => ("network", id),
            Self::Group(id) => ("group", id),
            Self::ApiToken(id) => ("token", id),
            Self::Person(id) => ("person", id),
        }
    }

    /// The stream of the log that says its name.
    pub(super) fn stream(&self) -> String {
        let (word, id) = self.word_and_id();
        format!("{word}-{id}")
    }
}

/// Where no name is known.
impl fmt::Display for Thing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, id) = self.word_and_id();
        write!(f, "{word} {id}")
    }
}

/// Knows names.
pub(super) trait Naming {
    fn name<'a>(&'a self, thing: Thing<'a>) -> Cow<'a, str>;

    fn app<'a>(&'a self, id: &'a str) -> Cow<'a, str> {
        self.name(Thing::App(id))
    }
}

/// What happened.
trait Sentence {
    fn sentence(&self, names: &dyn Naming) -> String;
}

macro_rules! events {
    ($($name:ident: $category:literal, $schema:literal;)+) => {
        pub(super) fn sentence(event: &Event, names: &dyn Naming) -> String {
            match event { $(Event::$name(message) => message.sentence(names),)+ }
        }
    };
}

chancery_wire::every_event!(events);

/// "tenant 7 in production".
fn instance(tenant_id: i64, environment: &str) -> String {
    format!("tenant {tenant_id} in {environment}")
}

/// "one scope", "3 scopes".
fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("one {one}"),
        number => format!("{number} {one}s"),
    }
}

/// The first few of them.
fn few(things: &[String]) -> String {
    const FEW: usize = 3;
    let shown = things.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
    match things.len().saturating_sub(FEW) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
