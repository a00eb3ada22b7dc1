//! One event at a time, with the checkpoint beside.

use std::{fmt, future::Future};

use super::{Checkpoint, Checkpoints, Delivered, Delivery, Failure, Handler};

/// A function that is called with each event, and a checkpoint that is kept beside. An event whose call failed is tried
/// again, and those before it are not repeated. Killed in the middle, at most one batch is: what must not happen twice
/// keeps the checkpoint with its effects, and is a [`Handler`].
pub struct Each<C, F> {
    checkpoints: C,
    call: F,
}

impl<C, F, D> Each<C, F>
where
    C: Checkpoints,
    F: FnMut(Delivered) -> D + Send,
    D: Future<Output = Result<(), Failure>> + Send,
{
    pub fn new(checkpoints: C, call: F) -> Self {
        Self { checkpoints, call }
    }
}

impl<C, F, D> Handler for Each<C, F>
where
    C: Checkpoints,
    F: FnMut(Delivered) -> D + Send,
    D: Future<Output = Result<(), Failure>> + Send,
{
    async fn checkpoint(&mut self) -> Result<Option<Checkpoint>, Failure> {
        self.checkpoints.load().await
    }

    async fn handle(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        let log_id = delivery.checkpoint().log_id;
        let mut done = None;
        for delivered in delivery.events() {
            let position = delivered.recorded.position;
            if let Err(failure) = (self.call)(delivered.clone()).await {
                if let Some(position) = done {
                    self.checkpoints.store(Checkpoint { log_id, position }).await?;
                }
                return Err(failure);
            }
            done = Some(position);
        }
        self.checkpoints.store(delivery.checkpoint()).await
    }
}

impl<C: fmt::Debug, F> fmt::Debug for Each<C, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Each").field("checkpoints", &self.checkpoints).finish_non_exhaustive()
    }
}
