//! The gate, folded from what is about one app at one tenant.

use std::collections::BTreeSet;

use chancery_gate::{ClientId, Denial, Granted};
use chancery_wire::{Position, Recorded};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Question, advice::Facts, rests::Rests};
use crate::{
    gate::{Folded, message},
    states::LoadError,
};

/// What the gate and the token endpoint would know, had nothing else happened.
#[derive(Debug)]
pub(super) struct Case<'a> {
    question: &'a Question,
    folded: Folded,
    rests: Rests,
    pub(super) facts: Facts,
}

/// How it is decided, and on which secret's token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decided {
    pub(super) outcome: Result<Granted, Denial>,
    pub(super) secret_id: Option<Uuid>,
    /// Whether a token could be had.
    pub(super) is_live: bool,
}

impl<'a> Case<'a> {
    pub(super) fn new(question: &'a Question) -> Self {
        let (folded, rests, facts) = (Folded::default(), Rests::default(), Facts::default());
        Self { question, folded, rests, facts }
    }

    /// Of these events, in the log's order; those about something else are passed over.
    pub(super) fn of<'e>(
        question: &'a Question,
        events: impl IntoIterator<Item = &'e Recorded>,
    ) -> Result<Self, LoadError> {
        let mut case = Self::new(question);
        events.into_iter().try_for_each(|event| case.apply(event))?;
        Ok(case)
    }

    pub(super) fn apply(&mut self, event: &Recorded) -> Result<(), LoadError> {
        let Some(message) = message(event)? else { return Ok(()) };
        self.facts.note(&message);
        if self.rests.note(self.question, &message, event.position) {
            self.folded.gate.pass_over(event.position.previous());
            self.folded.apply(event, Some(&message))?;
        }
        Ok(())
    }

    /// With a token that could be had then; where no secret is live, with one that was issued before.
    pub(super) fn decided(&self, time: Timestamp) -> Decided {
        let client = ClientId::parse(&self.rests.client_id);
        let credential = client.and_then(|client| self.folded.credentials.get(client));
        let secrets = credential.into_iter().flat_map(|credential| credential.secrets.iter().flatten());
        let live = secrets.into_iter().find(|secret| secret.is_live_at(time)).map(|secret| secret.secret_id);
        let secret_id = live.or_else(|| self.rests.last_secret());
        let outcome = self.folded.gate.access(&self.question.access(secret_id));
        Decided { outcome, secret_id, is_live: live.is_some() }
    }

    /// The events that decide it.
    pub(super) fn rests(&self, decided: &Decided) -> BTreeSet<Position> {
        self.rests.of(&decided.outcome, decided.secret_id)
    }

    /// Those of the events that decide it: folding them alone decides the same.
    pub(super) fn sufficient(
        &self,
        decided: &Decided,
        time: Timestamp,
        events: Vec<Recorded>,
    ) -> Result<Vec<Recorded>, LoadError> {
        let rests = self.rests(decided);
        let few: Vec<_> = events.iter().filter(|event| rests.contains(&event.position)).cloned().collect();
        let same = Case::of(self.question, &few)?.decided(time).outcome == decided.outcome;
        // Whatever was overlooked, what is told is enough.
        Ok(if same { few } else { events })
    }
}
