//! Whoever does something with the events.

use std::future::Future;

use super::{Checkpoint, Delivery, Failure};

/// Does something with events, and keeps how far it is.
///
/// ```
/// # use chancery_sdk::{Event, consumer::{Checkpoint, Delivery, Failure, Handler}};
/// /// The number of apps there are.
/// #[derive(Default)]
/// struct Apps {
///     number: i64,
///     checkpoint: Option<Checkpoint>,
/// }
///
/// impl Handler for Apps {
///     async fn checkpoint(&mut self) -> Result<Option<Checkpoint>, Failure> {
///         Ok(self.checkpoint)
///     }
///
///     async fn handle(&mut self, delivery: &Delivery) -> Result<(), Failure> {
///         for delivered in delivery.events() {
///             match &delivered.event {
///                 Event::AppCreated(_) => self.number += 1,
///                 Event::AppDeleted(_) => self.number -= 1,
///                 _ => {}
///             }
///         }
///         // Both or neither: in memory that is easy, in a database it is one transaction.
///         self.checkpoint = Some(delivery.checkpoint());
///         Ok(())
///     }
/// }
/// ```
pub trait Handler: Send {
    /// The checkpoint that was kept last; `None` before the first. Asked at the start and after every failure.
    fn checkpoint(&mut self) -> impl Future<Output = Result<Option<Checkpoint>, Failure>> + Send;

    /// Applies the events and keeps [`Delivery::checkpoint`], both or neither. A delivery may be without events: then
    /// there is only the checkpoint to keep.
    ///
    /// What keeps it beside others that do the same replaces exactly the checkpoint at [`Delivery::after`], and fails
    /// where another one stands: then each event is applied by one of them.
    fn handle(&mut self, delivery: &Delivery) -> impl Future<Output = Result<(), Failure>> + Send;
}

impl<H: Handler> Handler for &mut H {
    async fn checkpoint(&mut self) -> Result<Option<Checkpoint>, Failure> {
        (**self).checkpoint().await
    }

    async fn handle(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        (**self).handle(delivery).await
    }
}
