//! Events as they are shown: over HTTP, and by the command line in the same shape.
//!
//! Beside the data stands a sentence for people. It is made of the event's message and of names, and names are joined
//! when it is read: of apps and groups as they are called now, of people as long as they are known.

mod document;
mod names;
mod sentence;

#[cfg(test)]
mod tests;

pub use document::EventDocument;
pub use names::Names;
