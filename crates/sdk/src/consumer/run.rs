//! Between the events and the handler: what failed is tried again, where it is sure that it was not done.

use std::{future::Future, pin::pin, time::Duration};

use chancery_wire::Position;
use tokio::time::{Instant, sleep};

use super::{Checkpoint, Consumer, ConsumerError, Delivery, Failure, Handler};

/// How often a position that only moved on over events that are not wanted is kept.
const QUIET: Duration = Duration::from_secs(5);

/// How long to wait before what failed is tried again: twice as long each time, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    pub first: Duration,
    pub most: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), most: Duration::from_secs(30) }
    }
}

/// What became of a delivery.
enum Outcome {
    Kept(Checkpoint),
    /// The handler is elsewhere: in front of it, because only a part was kept or somebody else keeps it too, or behind.
    Elsewhere(Option<Checkpoint>),
    Stopped,
}

impl Consumer {
    /// Hands events to `handler` until `stop` is done, and returns the checkpoint that was kept last. What is being
    /// handled then is finished before. An error is one that waiting does not help against.
    pub async fn run<H: Handler>(
        &self,
        mut handler: H,
        stop: impl Future<Output = ()>,
    ) -> Result<Option<Checkpoint>, ConsumerError> {
        let mut stop = pin!(stop);
        let mut kept = None;
        let mut next = tokio::select! {
            biased;
            () = &mut stop => return Ok(None),
            loaded = self.load(&mut handler, Position::START) => Some(loaded?),
        };
        while let Some(checkpoint) = next.take() {
            kept = checkpoint;
            let mut deliveries = self.deliveries(checkpoint);
            // What was only passed over, and is not kept yet.
            let mut passed: Option<Delivery> = None;
            let mut kept_at = Instant::now();
            loop {
                let delivery = tokio::select! {
                    biased;
                    () = &mut stop => None,
                    delivery = deliveries.next() => Some(delivery),
                };
                let (delivery, ends) = match delivery {
                    Some(Ok(delivery)) => {
                        let after = passed.as_ref().map_or(delivery.after(), Delivery::after);
                        (Some(delivery.since(after)), None)
                    }
                    Some(Err(error)) => (passed.take(), Some(Err(error))),
                    None => (passed.take(), Some(Ok(()))),
                };
                passed = None;
                if let Some(delivery) = delivery {
                    if delivery.is_empty() && ends.is_none() && kept_at.elapsed() < QUIET {
                        passed = Some(delivery);
                        continue;
                    }
                    let outcome = if ends.is_some() {
                        // One attempt: it is no loss if the position is kept the next time.
                        once(&mut handler, &delivery).await
                    } else {
                        self.deliver(&mut handler, &delivery, &mut stop).await?
                    };
                    match outcome {
                        Outcome::Kept(checkpoint) => (kept, kept_at) = (Some(checkpoint), Instant::now()),
                        Outcome::Elsewhere(checkpoint) if ends.is_none() => {
                            next = Some(checkpoint);
                            break;
                        }
                        Outcome::Elsewhere(_) => {}
                        Outcome::Stopped => return Ok(kept),
                    }
                }
                if let Some(ended) = ends {
                    return ended.map(|()| kept);
                }
            }
        }
        Ok(kept)
    }

    /// Has a delivery handled, however often that takes.
    async fn deliver<H: Handler>(
        &self,
        handler: &mut H,
        delivery: &Delivery,
        stop: &mut (impl Future<Output = ()> + Unpin),
    ) -> Result<Outcome, ConsumerError> {
        let mut wait = self.retry.first;
        loop {
            let failure = match handler.handle(delivery).await {
                Ok(()) => return Ok(Outcome::Kept(delivery.checkpoint())),
                Err(failure) => failure,
            };
            given_up(failure, delivery.after(), wait)?;
            tokio::select! {
                biased;
                () = &mut *stop => return Ok(Outcome::Stopped),
                () = sleep(wait) => {}
            }
            wait = self.retry.longer(wait);
            // Whether it failed is not said by the failure: the answer of a commit may have been lost.
            let stored = tokio::select! {
                biased;
                () = &mut *stop => return Ok(Outcome::Stopped),
                stored = self.load(handler, delivery.after()) => stored?,
            };
            let same_log = stored.is_none_or(|stored| stored.log_id == delivery.checkpoint().log_id);
            let position = stored.map_or(Position::START, |stored| stored.position);
            if stored == Some(delivery.checkpoint()) {
                return Ok(Outcome::Kept(delivery.checkpoint()));
            }
            if !same_log || position != delivery.after() {
                return Ok(Outcome::Elsewhere(stored));
            }
        }
    }

    /// Asks the handler where it is, however often that takes.
    async fn load<H: Handler>(
        &self,
        handler: &mut H,
        after: Position,
    ) -> Result<Option<Checkpoint>, ConsumerError> {
        let mut wait = self.retry.first;
        loop {
            match handler.checkpoint().await {
                Ok(checkpoint) => return Ok(checkpoint),
                Err(failure) => given_up(failure, after, wait)?,
            }
            sleep(wait).await;
            wait = self.retry.longer(wait);
        }
    }
}

impl Retry {
    fn longer(self, wait: Duration) -> Duration {
        (wait * 2).min(self.most)
    }
}

async fn once<H: Handler>(handler: &mut H, delivery: &Delivery) -> Outcome {
    match handler.handle(delivery).await {
        Ok(()) => Outcome::Kept(delivery.checkpoint()),
        Err(_) => Outcome::Elsewhere(None),
    }
}

/// An error where trying again would not help.
fn given_up(failure: Failure, after: Position, wait: Duration) -> Result<(), ConsumerError> {
    if failure.is_final {
        return Err(ConsumerError::Handler { after, source: failure.error });
    }
    tracing::warn!(error = &*failure.error as &dyn std::error::Error, %after, ?wait,
        "handling events failed, trying again");
    Ok(())
}
