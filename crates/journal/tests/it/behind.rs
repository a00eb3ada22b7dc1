//! A batch that leaves before the one ahead is answered. With `in_pairs`, of four commands that come at once two form the
//! first batch, and two follow.

use std::sync::Arc;

use anyhow::{Result, ensure};
use chancery_journal::{Append, AppendError, Appended};
use futures_util::future::{join, join_all};
use tokio_postgres::Client;

use crate::{
    audit,
    commands::{Compose, command},
    world::{World, eventually, in_pairs, soon},
};

type Answer = Result<Appended, AppendError>;

/// A world whose session knows where the head stands, and "a" at version 1.
async fn begun() -> Result<World> {
    let world = World::with(in_pairs())?;
    world.append(command().writes("a", 0, 1)).await?;
    Ok(world)
}

async fn at_once(world: &World, commands: Vec<Append>) -> Result<Vec<Answer>> {
    soon("everybody is answered", join_all(commands.into_iter().map(|command| world.append(command)))).await
}

fn told(answers: &[Answer]) -> Vec<&'static str> {
    let told = |answer: &Answer| match answer {
        Ok(_) => "accepted",
        Err(AppendError::Conflict) => "conflict",
        Err(AppendError::Duplicate) => "duplicate",
        Err(AppendError::Refused(_)) => "refused",
        Err(_) => "other",
    };
    answers.iter().map(told).collect()
}

/// A call of `append_behind` that sends one command which expects "a" at version 7 and believes to know it; the command
/// is decided as 2 where that is looked up. Ahead of it two events left the head at 3, with these ids.
const BELIEVES: &str = "CALL append_behind(ARRAY[gen_random_uuid()], ARRAY['\\x'::bytea], ARRAY[200::smallint], ARRAY['{}'], \
    ARRAY[0], ARRAY[0::bigint], ARRAY['a'], ARRAY[7::bigint], ARRAY[true], ARRAY[1], ARRAY[1], '{}', '{}', '{}', '{}', '{}', '{}', '{}', \
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', NULL, NULL, NULL, \
    3, 1, $1, $2, NULL, NULL, NULL)";

async fn is_looked_up(client: &Client, [first, last]: [uuid::Uuid; 2]) -> Result<bool> {
    let outcome: Option<Vec<i16>> = client.query_one(BELIEVES, &[&first, &last]).await?.get(0);
    Ok(outcome == Some(vec![2]))
}

#[tokio::test]
async fn what_the_batch_ahead_leaves_is_believed_only_where_both_its_ends_stand_in_the_log() -> Result<()> {
    let world = begun().await?;
    world.append(command().writes("b", 0, 2)).await?;
    let log = world.log().await?;
    let [first, last] = [log[1].event_id, log[2].event_id];
    let client = world.superuser().await?;
    let elsewhere = log[0].event_id;
    for other in [[first, first], [last, last], [last, first], [elsewhere, last], [first, elsewhere]] {
        ensure!(is_looked_up(&client, other).await?, "{other:?} is not what is ahead");
    }
    ensure!(!is_looked_up(&client, [first, last]).await?);
    Ok(())
}

#[tokio::test]
async fn a_batch_is_decided_on_what_the_one_ahead_wrote() -> Result<()> {
    let world = begun().await?;
    let answers = at_once(
        &world,
        vec![
            command().writes("b", 0, 2).guards("a", 1),
            command().writes("c", 0, 1),
            command().writes("b", 2, 1).guards("c", 1),
            command().writes("d", 0, 1).guards("c", 0),
        ],
    )
    .await?;
    assert_eq!(told(&answers), ["accepted", "accepted", "accepted", "conflict"], "{answers:?}");
    ensure!(world.log().await?.len() == 5);
    audit::sound(world.db.url()).await
}

#[tokio::test]
async fn what_a_refused_command_ahead_expected_is_looked_up() -> Result<()> {
    let world = begun().await?;
    // One without events leaves no trace of having been refused.
    for events in [0, 1] {
        let answers = at_once(
            &world,
            vec![
                command().guards("a", 5).writes(&format!("x{events}"), 0, events),
                command().writes(&format!("b{events}"), 0, 1),
                command().writes(&format!("c{events}"), 0, 1).guards("a", 5),
                command().writes(&format!("d{events}"), 0, 1).guards("a", 1),
            ],
        )
        .await?;
        assert_eq!(told(&answers), ["conflict", "accepted", "conflict", "accepted"], "{answers:?}");
    }
    audit::sound(world.db.url()).await
}

/// Lets that appender wait where the head stands at 2, for as long as somebody holds the lock.
const WAITS_AT_2: &str = "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        IF pg_backend_pid() = (SELECT min(pid) FROM public.appender) AND (SELECT position FROM public.head) = 2 THEN \
            PERFORM pg_advisory_lock_shared(2), pg_advisory_unlock_shared(2); \
        END IF; RETURN NULL; END $$; \
    CREATE TABLE appender AS SELECT pid FROM pg_stat_activity \
        WHERE datname = current_database() AND query LIKE 'CALL public.append%'; \
    GRANT SELECT ON appender TO PUBLIC; \
    CREATE TRIGGER wait BEFORE UPDATE ON head EXECUTE FUNCTION wait(); \
    SELECT pg_advisory_lock(2)";

#[tokio::test]
async fn a_head_where_it_is_expected_for_another_reason_is_seen_through() -> Result<()> {
    let world = begun().await?;
    let (client, other) = (world.superuser().await?, world.another_appender()?);
    client.batch_execute(WAITS_AT_2).await?;
    let answers = at_once(
        &world,
        vec![
            command().writes("a", 1, 1),
            command().writes("b", 7, 1),
            command().writes("c", 0, 1).guards("a", 2),
            command().writes("d", 0, 1).guards("a", 3),
        ],
    );
    // One of the batch ahead is refused, and in its place somebody else writes to the stream that the other one wrote.
    let between = async {
        eventually("the batch behind waits", async || {
            let waits = "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.oid = database \
                         WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted)";
            Ok(client.query_one(waits, &[]).await?.get(0))
        })
        .await?;
        other.append(Arc::new(command().writes("a", 2, 1))).await?;
        client.batch_execute("SELECT pg_advisory_unlock(2)").await?;
        anyhow::Ok(())
    };
    let (answers, between) = soon("everybody is answered", join(answers, between)).await?;
    between?;
    let answers = answers?;
    assert_eq!(told(&answers), ["accepted", "conflict", "conflict", "accepted"], "{answers:?}");
    audit::sound(world.db.url()).await
}

#[tokio::test]
async fn content_that_is_refused_ahead_hinders_nobody() -> Result<()> {
    let world = begun().await?;
    let answers = at_once(
        &world,
        vec![
            command().says("bad", "{"),
            command().writes("b", 0, 1),
            command().writes("c", 0, 1).guards("b", 0),
            command().writes("d", 0, 1),
        ],
    )
    .await?;
    assert_eq!(told(&answers), ["refused", "accepted", "accepted", "accepted"], "{answers:?}");
    audit::sound(world.db.url()).await
}

#[tokio::test]
async fn both_batches_of_a_connection_that_ends_enter_the_log_once() -> Result<()> {
    let world = begun().await?;
    let held = world.hold_head().await?;
    let names = ["b", "c", "d", "e"];
    let sent = names.map(|name| Arc::new(command().writes(name, 0, 1)));
    let answers = join_all(sent.iter().map(|command| world.appender.append(Arc::clone(command))));
    let ends = async {
        held.blocks_an_appender().await?;
        let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                     WHERE datname = current_database() AND query LIKE 'CALL public.append_behind%'";
        let client = world.superuser().await?;
        ensure!(client.query_one(ended, &[]).await?.get::<_, i64>(0) == 1);
        held.release().await
    };
    let (answers, ended) = soon("everybody is answered", join(answers, ends)).await?;
    ended?;
    for (answer, command) in answers.iter().zip(&sent) {
        ensure!(matches!(answer, Ok(_) | Err(AppendError::Duplicate)), "{answer:?}");
        ensure!(world.journal.command(command.command_id).await?.is_some());
    }
    ensure!(world.log().await?.len() == 5);
    audit::sound(world.db.url()).await
}

/// Or nothing in this file would be about what it says.
#[tokio::test]
async fn four_commands_at_once_leave_in_two_batches() -> Result<()> {
    let world = begun().await?;
    let commands = ["b", "c", "d", "e"].map(|name| command().writes(name, 0, 1));
    at_once(&world, commands.into()).await?;
    let times: Vec<_> = world.log().await?[1..].iter().map(|event| event.recorded_at).collect();
    assert!(times[0] == times[1] && times[1] != times[2] && times[2] == times[3], "{times:?}");
    Ok(())
}
