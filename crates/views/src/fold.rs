//! Events folded one after the other, and written at the end.

use chancery_wire::Recorded;
use deadpool_postgres::Transaction;
use futures_util::future::BoxFuture;

use crate::{ApplyError, View};

/// What many events come to. The longer it is folded, the fewer writes there are for each event.
pub trait Fold: Send + Sync {
    /// Adds the next event that the view wants. Of its envelope there is what rows are made of: no stream, category or
    /// tenant, nothing of its command or its cause.
    fn add(&mut self, event: Recorded) -> Result<(), ApplyError>;

    /// About how many bytes it holds.
    fn weight(&self) -> usize;

    /// Writes it, as [`View::apply`] would have written the events.
    fn write<'a>(&'a self, transaction: &'a Transaction<'_>) -> BoxFuture<'a, Result<(), ApplyError>>;
}

/// The fold of a view that has no other: keeps the events.
#[derive(Debug)]
struct Kept<'v> {
    view: &'v dyn View,
    events: Vec<Recorded>,
    weight: usize,
}

impl Fold for Kept<'_> {
    fn add(&mut self, event: Recorded) -> Result<(), ApplyError> {
        self.weight += size_of::<Recorded>() + event.stream.len() + event.data.len();
        self.events.push(event);
        Ok(())
    }

    fn weight(&self) -> usize {
        self.weight
    }

    fn write<'a>(&'a self, transaction: &'a Transaction<'_>) -> BoxFuture<'a, Result<(), ApplyError>> {
        self.view.apply(transaction, &self.events)
    }
}

/// The view's own fold, or one that keeps its events.
pub(crate) fn begin(view: &dyn View) -> Box<dyn Fold + '_> {
    match view.fold() {
        Some(fold) => fold,
        None => Box::new(Kept { view, events: Vec::new(), weight: 0 }),
    }
}
