//! How a credential becomes what it is.

use std::sync::Arc;

use jiff::Timestamp;
use rpds::RedBlackTreeMapSync;

use crate::{Event, SecretGenerated, SecretRevoked, Stamp, TokenRevoked};

use super::{Credential, IssuedSecret, Retiring, State};

/// Folds one event of the credential's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (State::Absent, Event::SecretGenerated(event)) => State::Issued(Arc::new(Credential {
            client_id: event.client_id.clone(),
            app_id: event.app_id,
            current: Some(issued(event, stamp)),
            previous: None,
            ended: RedBlackTreeMapSync::default(),
            revoked_tokens: RedBlackTreeMapSync::default(),
        })),
        (State::Issued(mut credential), Event::SecretGenerated(event)) => {
            Arc::make_mut(&mut credential).generated(event, stamp);
            State::Issued(credential)
        }
        (State::Issued(mut credential), Event::SecretRevoked(event)) => {
            Arc::make_mut(&mut credential).revoked(event, stamp);
            State::Issued(credential)
        }
        (State::Issued(mut credential), Event::TokenRevoked(event)) => {
            Arc::make_mut(&mut credential).token_revoked(event, stamp);
            State::Issued(credential)
        }
        (state, _) => state,
    }
}

fn issued(event: &SecretGenerated, stamp: &Stamp) -> IssuedSecret {
    IssuedSecret {
        secret_id: event.secret_id,
        sha256: event.sha256,
        hint: event.hint.clone(),
        created: stamp.clone(),
    }
}

impl Credential {
    /// Of the secrets so far, the one that the event names retires, no later than it would have. Any other has ended
    /// by now.
    fn generated(&mut self, event: &SecretGenerated, stamp: &Stamp) {
        let current = self.current.replace(issued(event, stamp)).map(|secret| (secret, Timestamp::MAX));
        let previous = self.previous.take().map(|previous| (previous.secret, previous.retires_at));
        for (secret, end) in current.into_iter().chain(previous) {
            match event.previous_retires_at {
                Some(retires_at) if event.previous_secret_id == Some(secret.secret_id) => {
                    self.previous = Some(Retiring { secret, retires_at: retires_at.min(end) });
                }
                _ => self.ended.insert_mut(secret.secret_id, stamp.at.min(end)),
            }
        }
    }

    fn revoked(&mut self, event: &SecretRevoked, stamp: &Stamp) {
        let is_it = |secret: &IssuedSecret| secret.secret_id == event.secret_id;
        if let Some(secret) = self.current.take_if(|current| is_it(current)) {
            self.ended.insert_mut(secret.secret_id, stamp.at);
        }
        if let Some(previous) = self.previous.take_if(|previous| is_it(&previous.secret)) {
            self.ended.insert_mut(previous.secret.secret_id, stamp.at.min(previous.retires_at));
        }
    }

    fn token_revoked(&mut self, event: &TokenRevoked, stamp: &Stamp) {
        let tokens = self.revoked_tokens.iter();
        let over: Vec<_> = tokens.filter(|(_, end)| **end <= stamp.at).map(|(id, _)| *id).collect();
        for token_id in over {
            self.revoked_tokens.remove_mut(&token_id);
        }
        self.revoked_tokens.insert_mut(event.token_id, event.expires_at);
    }
}
