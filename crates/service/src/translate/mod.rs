//! The one place where the domain meets the wire.
//!
//! Writing cannot fail. Reading takes what the log says through the values' `recorded` doors and never by
//! `parse`: a rule that becomes stricter must not make the past unreadable. It fails only where the log says
//! nothing that the domain has a value for, as with an id that is no UUID.
//!
//! Both sides are built field by field and matched variant by variant, without a default: what is added to
//! one side does not compile until it is mapped.

mod envelope;
mod error;

mod access;
mod app;
mod catalog;
mod connection;
mod credential;
mod group;
mod limit;
mod listing;
mod network;
mod organization;
mod person;
mod projection;
mod tenant;
mod token;
mod tunneling;

pub(crate) mod read;
mod word;
mod write;

#[cfg(test)]
mod tests;

use chancery_domain as domain;
use chancery_wire as wire;

pub(crate) use envelope::{actor, stamp};
pub(crate) use error::TranslateError;

use read::Unusable;

/// An event of the domain and its message.
trait Translate: Sized {
    type Message;

    fn to_wire(&self) -> Self::Message;
    fn to_domain(message: &Self::Message) -> Result<Self, Unusable>;
}

macro_rules! events {
    ($($name:ident: $category:literal, $schema:literal;)+) => {
        /// The event's message.
        pub(crate) fn to_wire(event: &domain::Event) -> wire::Event {
            match event { $(domain::Event::$name(event) => event.to_wire().into(),)+ }
        }

        /// What the message says happened.
        pub(crate) fn to_domain(event: &wire::Event) -> Result<domain::Event, TranslateError> {
            match event {
                $(wire::Event::$name(message) => domain::$name::to_domain(message).map(Into::into),)+
            }
            .map_err(|Unusable(field)| TranslateError::Field { event_type: event.event_type(), field })
        }
    };
}

wire::every_event!(events);
