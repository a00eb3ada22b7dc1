//! The batcher's connection to the log: the two calls by which anything enters it, and what is known between them.

use std::sync::Arc;

use chancery_wire::Position;
use jiff::Timestamp;
use tokio_postgres::{Client, Config, Error, NoTls, Row, Statement, types::ToSql};

use crate::{
    Append, Appended,
    append::Outcome,
    batch::Batch,
    columns::{Columns, RawJson},
    known::{Known, Sure},
};

const MANY: &str = include_str!("append_behind.sql");
const ONE: &str = include_str!("append_one.sql");

pub(crate) struct Session {
    calls: Arc<Calls>,
    known: Known,
}

struct Calls {
    client: Client,
    many: Statement,
    one: Statement,
}

/// What became of a batch.
pub(crate) struct Decided {
    commands: Vec<Arc<Append>>,
    /// The head that it found.
    base: Position,
    /// One for each command.
    pub(crate) outcomes: Vec<Outcome>,
}

impl Session {
    pub(crate) async fn open(config: &Config) -> Result<Self, Error> {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        // An acknowledged command is durable whatever the server's default; stronger settings stay. The procedures'
        // plans are made once a session, perhaps on empty tables without statistics: only index look-ups will do.
        client
            .batch_execute(
                "SELECT set_config('synchronous_commit', 'on', false) \
                     WHERE current_setting('synchronous_commit') IN ('off', 'local'); \
                 SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off",
            )
            .await?;
        let (many, one) = (client.prepare(MANY).await?, client.prepare(ONE).await?);
        Ok(Self { calls: Arc::new(Calls { client, many, one }), known: Known::default() })
    }

    /// Sends one batch when first polled. `ahead` is the one that is not answered yet.
    pub(crate) fn send(
        &self,
        commands: Vec<Arc<Append>>,
        ahead: Option<&Batch>,
    ) -> impl Future<Output = Result<Decided, Error>> + Send + use<> {
        let (calls, sure) = (Arc::clone(&self.calls), self.known.sure(&commands, ahead));
        async move {
            let accepted = calls.lone(&commands, &sure).await?;
            let (base, outcomes) = match accepted {
                Some(accepted) => accepted,
                None => calls.many(&commands, &sure).await?,
            };
            Ok(Decided { commands, base, outcomes })
        }
    }

    /// Keeps in mind what an answer says.
    pub(crate) fn learn(&mut self, decided: &Decided) {
        self.known.learn(decided.base, &decided.commands, &decided.outcomes);
    }
}

impl Calls {
    async fn many(&self, commands: &[Arc<Append>], sure: &Sure) -> Result<(Position, Vec<Outcome>), Error> {
        let row = {
            let columns = Columns::of(commands, sure);
            self.client.query_one(&self.many, &columns.parameters()).await?
        };
        Ok(outcomes(&row, commands))
    }

    /// A command alone with one event goes without arrays; `None` of any other, where it goes by what another batch leaves,
    /// and where it is refused.
    async fn lone(
        &self,
        commands: &[Arc<Append>],
        sure: &Sure,
    ) -> Result<Option<(Position, Vec<Outcome>)>, Error> {
        let ([command], None) = (commands, &sure.ahead) else { return Ok(None) };
        let ([event], true) = (&*command.events, command.unless.is_empty()) else { return Ok(None) };
        let streams: Vec<&str> = command.touches.iter().map(|touch| &*touch.stream).collect();
        let versions: Vec<i64> = command.touches.iter().map(|touch| touch.version.cast_signed()).collect();
        let written = command.touches.iter().find(|touch| touch.stream == event.stream);
        let parameters: [&(dyn ToSql + Sync); 22] = [
            &command.command_id,
            &&command.request_hash[..],
            &command.status.cast_signed(),
            &command.answer,
            &streams,
            &versions,
            &sure.touches,
            &event.event_id,
            &event.category,
            &event.stream,
            &written.map_or(0, |touch| (touch.version + 1).cast_signed()),
            &event.event_type,
            &event.schema_version.cast_signed(),
            &event.key_app,
            &event.key_tenant.map(u64::cast_signed),
            &command.actor.kind,
            &command.actor.id,
            &command.correlation_id,
            &command.causation_id,
            &command.traceparent,
            &RawJson(&event.data),
            &sure.head,
        ];
        let row = self.client.query_one(&self.one, &parameters).await?;
        let Some(base) = row.get::<_, Option<i64>>(0).map(Position::from_i64) else { return Ok(None) };
        let accepted = Outcome::Accepted(Appended { position: base.next(), recorded_at: row.get(1) });
        Ok(Some((base, vec![accepted])))
    }
}

/// The head that the batch found, and what became of its commands.
fn outcomes(row: &Row, commands: &[Arc<Append>]) -> (Position, Vec<Outcome>) {
    let codes: Option<Vec<i16>> = row.get(0);
    let base = Position::from_i64(row.get(1));
    let recorded_at: Timestamp = row.get(2);
    let mut position = base;
    let code = |at: usize| codes.as_ref().map_or(0, |codes| codes[at]);
    let one = |(at, command): (usize, &Arc<Append>)| match code(at) {
        0 => {
            position = Position::new(position.get() + command.events.len() as u64);
            Outcome::Accepted(Appended { position, recorded_at })
        }
        1 => Outcome::Seen,
        _ => Outcome::Stale,
    };
    (base, commands.iter().enumerate().map(one).collect())
}
