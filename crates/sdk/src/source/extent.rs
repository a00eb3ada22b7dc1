//! What a stream has of the log, as far as it says so itself.

use async_nats::jetstream::{
    Context,
    stream::{Info, RawMessageErrorKind, RetentionPolicy, Stream},
};
use chancery_wire::{Position, Topology};
use futures_util::future::try_join_all;
use uuid::Uuid;

use super::consumer::Lost;

/// What it had at one moment. Its end only grows, and so does its beginning: what it has from there on it had before,
/// as long as it is the same stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// When it was made, in nanoseconds since 1970: tells it from one that took its place.
    pub(super) created: i128,
    pub(super) log_id: Option<Uuid>,
    /// It has every position after this one, up to its last.
    pub(super) floor: Position,
    pub(super) last: Position,
    /// Whether it never loses an event, so that its beginning stays where it is.
    pub(super) is_lasting: bool,
}

impl Extent {
    /// Looks at the stream as its leader has it.
    pub(super) async fn of(jetstream: &Context, name: &str) -> Result<(Stream, Self), Lost> {
        let stream = jetstream.get_stream(name).await?;
        let extent = Self::told(stream.cached_info());
        Ok((stream, extent))
    }

    fn told(info: &Info) -> Self {
        let (state, config) = (&info.state, &info.config);
        let last = Position::new(state.last_sequence);
        let span = last.next().since(Position::new(state.first_sequence));
        let floor = match state.messages {
            0 => last,
            messages if messages == span => Position::new(state.first_sequence).previous(),
            // Some are missing in the middle: it can tell of none that it has everything before it.
            _ => Position::new(u64::MAX),
        };
        let is_lasting = config.deny_delete
            && config.deny_purge
            && !config.allow_rollup
            && !config.allow_message_ttl
            && config.retention == RetentionPolicy::Limits
            && config.max_age.is_zero()
            && [config.max_bytes, config.max_messages, config.max_messages_per_subject]
                .iter()
                .all(|limit| *limit <= 0);
        Self {
            created: info.created.unix_timestamp_nanos(),
            log_id: config.metadata.get(Topology::LOG_ID_KEY).and_then(|id| id.parse().ok()),
            floor,
            last,
            is_lasting,
        }
    }
}

/// How far a stream was looked through for what is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Survey {
    /// Nothing that is wanted lies between here and `through`.
    pub(super) follows: Position,
    pub(super) through: Position,
    /// Where the stream ended.
    pub(super) last: Position,
}

/// Looks how far the stream has nothing that is wanted after `position`. What a consumer says is pending is not asked:
/// it may be told before the consumer has noticed the newest messages.
pub(super) async fn survey(
    jetstream: &Context,
    topology: &Topology,
    subjects: &[String],
    created: i128,
    position: Position,
) -> Result<Survey, Lost> {
    let (stream, before) = Extent::of(jetstream, &topology.stream).await?;
    let last = before.last;
    if last <= position {
        return Ok(Survey { follows: position, through: position, last });
    }
    let nexts = subjects.iter().map(|subject| next(&stream, subject, position));
    let wanted = try_join_all(nexts).await?.into_iter().flatten().min();
    let through = wanted.map_or(last, |wanted| wanted.previous().min(last));
    let (_, after) = Extent::of(jetstream, &topology.stream).await?;
    if before.created != created || after.created != created || after.last < last {
        return Err("the stream is another one".into());
    }
    Ok(Survey { follows: position.max(after.floor.min(through)), through, last })
}

/// The first message after `position` on such a subject.
async fn next(stream: &Stream, subject: &str, position: Position) -> Result<Option<Position>, Lost> {
    match stream.get_first_raw_message_by_subject(subject, position.next().get()).await {
        Ok(message) => Ok(Some(Position::new(message.sequence))),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
