//! The way of every command: decide on what is known, append, and where others were faster, decide again. Where those
//! others are commands of this process, they take turns from then on.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chancery_domain::{Event, Stamp, StreamName};
use chancery_journal::{Append, AppendError, Appended, Appender, Journal, NewEvent, trace};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{
    Answer, Caller, CommandError, answer,
    answer::PENDING,
    plan::{Plan, Stop},
    turns::{Turn, Turns},
};
use crate::{
    sources::Sources,
    states::{Folded, Seen, States},
    translate,
};

/// How often a command is appended when others are faster each time (DESIGN §4).
const ATTEMPTS: usize = 5;
/// Largest data of one event.
const EVENT_BYTES: usize = 256 * 1024;
const BUSY: CommandError = CommandError::Busy { retry_after: Duration::from_secs(1) };

#[derive(Debug)]
pub(super) struct Executor {
    journal: Journal,
    appender: Appender,
    states: States,
    sources: Sources,
    /// Commands with a key that are under way in this process.
    in_flight: Mutex<HashSet<Uuid>>,
    turns: Turns,
}

impl Executor {
    pub(super) fn new(journal: Journal, appender: Appender, sources: Sources) -> Self {
        let states = States::new(journal.clone());
        Self { journal, appender, states, sources, in_flight: Mutex::default(), turns: Turns::default() }
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Carries the command out. `named` are streams that it names itself and that cannot have an event yet.
    /// `decide` is pure: it may run several times.
    pub(super) async fn execute(
        &self,
        caller: &Caller,
        named: &[StreamName],
        decide: impl Fn(&Seen) -> Result<Plan, Stop>,
    ) -> Result<Answer, CommandError> {
        let _under_way = self.enter(caller)?;
        if let Some(answer) = self.replay(caller).await? {
            return Ok(answer);
        }
        let mut fresh = false;
        let mut attempts = 0;
        let mut lost: Option<Seen> = None;
        let mut turn = Turn::default();
        while attempts < ATTEMPTS {
            let mut seen = Self::unseen(caller, named);
            let (plan, from_memory) = self.plan(&mut seen, fresh, &decide).await?;
            let plan = match plan {
                Ok(plan) => plan,
                // What was known may be outdated: a refusal is only given on what the log says now.
                Err(_) if from_memory => {
                    fresh = true;
                    continue;
                }
                // Another process may have carried out this very command a moment ago.
                Err(refusal) => return self.replay(caller).await?.ok_or(refusal),
            };
            // Where others were faster, and where others wait: nobody overtakes them.
            let mut hot = self.turns.taken(seen.names());
            hot.extend(lost.take().into_iter().flat_map(|lost| seen.moved_since(&lost)));
            if !turn.includes(&hot) {
                hot.extend(turn.streams().cloned());
                drop(turn);
                turn = self.turns.take(hot).await.ok_or(BUSY)?;
                fresh = true;
                continue;
            }
            let command = Arc::new(self.command(caller, &seen, &plan)?);
            let appending = trace::exported(|| tracing::info_span!("append", attempts));
            match self.appender.append(command).instrument(appending).await {
                Ok(appended) => return Ok(self.accepted(caller, &seen, &plan, appended)),
                Err(AppendError::Conflict) => {
                    fresh = true;
                    attempts += 1;
                    lost = Some(seen);
                }
                Err(AppendError::Duplicate) => return self.duplicate(caller, plan).await,
                Err(error) => return Err(refused(error)),
            }
        }
        Err(BUSY)
    }

    /// Decides on what the log says now, and carries nothing out.
    pub(super) async fn permits(
        &self,
        caller: &Caller,
        named: &[StreamName],
        decide: &impl Fn(&Seen) -> Result<Plan, Stop>,
    ) -> Result<(), CommandError> {
        let mut seen = Self::unseen(caller, named);
        self.plan(&mut seen, true, decide).await?.0.map(drop)
    }

    /// What a decision begins with.
    fn unseen(caller: &Caller, named: &[StreamName]) -> Seen {
        let mut seen = Seen::new(stamp(caller));
        for stream in named {
            seen.insert(stream.clone(), Folded::absent(stream));
        }
        seen
    }

    /// Decides, loading what the decision asks for until it asks for nothing more.
    async fn plan(
        &self,
        seen: &mut Seen,
        fresh: bool,
        decide: &impl Fn(&Seen) -> Result<Plan, Stop>,
    ) -> Result<(Result<Plan, CommandError>, bool), CommandError> {
        let mut from_memory = false;
        loop {
            match decide(seen) {
                Ok(plan) => return Ok((Ok(plan), from_memory)),
                Err(Stop::Refused(refusal)) => return Ok((Err(refusal), from_memory)),
                Err(Stop::Missing(missing)) => {
                    let loaded = self.states.load(missing.streams, fresh).await?;
                    from_memory |= loaded.from_memory;
                    for (stream, folded) in loaded.streams {
                        seen.insert(stream, folded);
                    }
                    for app_id in missing.listed {
                        seen.insert_listed(app_id, self.states.listed(app_id).await?);
                    }
                }
            }
        }
    }

    fn command(&self, caller: &Caller, seen: &Seen, plan: &Plan) -> Result<Append, CommandError> {
        let events = plan.events.iter().map(|event| self.event(event)).collect::<Result<_, _>>()?;
        Ok(Append {
            command_id: caller.command_id,
            request_hash: caller.request_hash,
            status: plan.status,
            answer: plan.kept.clone(),
            actor: translate::actor(&caller.actor),
            correlation_id: caller.correlation_id,
            causation_id: None,
            traceparent: caller.traceparent.clone(),
            touches: seen.touches(),
            unless: seen.unless(),
            events,
        })
    }

    fn event(&self, event: &Event) -> Result<NewEvent, CommandError> {
        let message = translate::to_wire(event);
        let data = message.encode();
        if data.len() > EVENT_BYTES {
            return Err(CommandError::EventTooLarge);
        }
        Ok(NewEvent {
            event_id: self.sources.uuid(),
            category: message.category(),
            stream: event.stream().to_string(),
            event_type: message.event_type(),
            schema_version: message.schema_version(),
            key_app: event.app().map(|app| app.0),
            key_tenant: event.tenant().map(chancery_domain::TenantId::get),
            data,
        })
    }

    fn accepted(&self, caller: &Caller, seen: &Seen, plan: &Plan, appended: Appended) -> Answer {
        let recorded = Stamp { at: appended.recorded_at, ..stamp(caller) };
        let after = seen.stamped(&plan.events, &recorded);
        let stream_version = plan.about.as_ref().and_then(|stream| after.version(stream));
        for (stream, folded) in after.into_streams() {
            self.states.keep(stream, folded);
        }
        Answer {
            status: plan.status,
            body: answer::at(plan.shown.as_ref().unwrap_or(&plan.kept), appended.recorded_at),
            position: appended.position,
            stream_version,
            replayed: false,
        }
    }

    /// The log has a command under this id: this one, whose outcome was unknown for a moment, or another.
    async fn duplicate(&self, caller: &Caller, plan: Plan) -> Result<Answer, CommandError> {
        let stored = self.journal.command(caller.command_id).await?.ok_or(CommandError::OutcomeUnknown)?;
        if stored.request_hash != caller.request_hash {
            return Err(CommandError::KeyReused);
        }
        let mut answer = Answer::replayed(&stored);
        // Ids are fresh in every attempt, so an equal answer is this attempt's own: its secret is the right one.
        if stored.answer == plan.kept {
            answer.body = answer::at(plan.shown.as_ref().unwrap_or(&plan.kept), stored.recorded_at);
            answer.replayed = false;
        }
        Ok(answer)
    }

    /// The answer to a command that was carried out before.
    pub(super) async fn replay(&self, caller: &Caller) -> Result<Option<Answer>, CommandError> {
        if !caller.keyed {
            return Ok(None);
        }
        match self.journal.command(caller.command_id).await? {
            Some(stored) if stored.request_hash == caller.request_hash => Ok(Some(Answer::replayed(&stored))),
            Some(_) => Err(CommandError::KeyReused),
            None => Ok(None),
        }
    }

    fn enter<'a>(&'a self, caller: &Caller) -> Result<Option<UnderWay<'a>>, CommandError> {
        if !caller.keyed {
            return Ok(None);
        }
        let id = caller.command_id;
        let entered = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        if entered { Ok(Some(UnderWay { of: &self.in_flight, id })) } else { Err(CommandError::InFlight) }
    }
}

/// A command that is under way, until this is dropped.
struct UnderWay<'a> {
    of: &'a Mutex<HashSet<Uuid>>,
    id: Uuid,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.of.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

fn stamp(caller: &Caller) -> Stamp {
    Stamp { at: PENDING, by: caller.actor.clone() }
}

fn refused(error: AppendError) -> CommandError {
    match error {
        AppendError::Busy { retry_after } => CommandError::Busy { retry_after },
        AppendError::Unknown | AppendError::Closed => CommandError::OutcomeUnknown,
        other => CommandError::Append(other),
    }
}
