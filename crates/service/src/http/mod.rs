//! The HTTP surface (DESIGN §6): thin handlers over commands and views.
//!
//! A request passes the [`edge`], which every answer leaves through: there it gets its trace, its metrics and,
//! where something went wrong, the one form of a problem document. Then its bearer is authenticated, then a
//! handler extracts, asks for the role, makes one call and converts. [`errors`] is the only place that says
//! which status an error has.
//!
//! Invariants: no rule of the domain stands here; no handler writes a problem document; no secret is logged.

mod state;

mod routes;

mod connect;

mod doors;

mod usage;

mod projections;

mod answer;
mod command;
mod list;
mod reading;

mod at;

mod address;
mod authenticate;
mod edge;
mod errors;
mod events;
mod header;
mod json;
mod lent;
mod objects;
mod openapi;
mod pace;
mod path;
mod problem;
mod query;
mod request_error;
mod serve;
mod surface;
mod trace;

pub use doors::Doors;
pub use lent::Lent;
pub use pace::Patience;
pub use routes::{document, gate_router, router};
pub use serve::{Answers, Told, serve, serve_with};
pub use state::{Parts, Service};
pub use surface::Surface;
