//! The one function that decides.

use std::time::Instant;

use uuid::Uuid;

use super::{Door, DoorAnswer, DoorRequest};

impl Door {
    /// Decides, and hands the decision to `answer`, who writes it down.
    pub async fn decide<T>(&self, request: &DoorRequest<'_>, answer: impl FnOnce(&DoorAnswer<'_>) -> T) -> T {
        let since = Instant::now();
        let question = request.question();
        let verified = match question.token() {
            Some(token) => self.0.connect.verifier().verify(token).await.ok(),
            None => None,
        };
        let verified = verified.as_deref();
        let call = question.call(verified);
        let told = self.0.connect.house().check(&call, |outcome, gate| {
            let decision = question.answer(&call, verified, outcome, gate, Uuid::now_v7());
            self.0.metrics.decided(decision.code());
            self.0.observer.decided(&decision.decided());
            answer(&decision)
        });
        self.0.metrics.took(since.elapsed());
        told
    }
}
