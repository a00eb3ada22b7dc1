//! The connection breaks at any byte of a call, before or after the commit: the command stands in the log once, and
//! whoever sent it learns where.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use chancery_journal::{AppendError, Appender, BatcherSettings};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    audit,
    commands::{Compose, command},
    proxy::{Proxy, Trap},
    world::{World, soon},
};

/// The five bytes of Sync, after which nothing more is sent. The server acts on what stands before them.
const SYNC: usize = 5;
const AT_ONCE: usize = 8;

/// What the caller was told about a command whose call was cut.
enum Told {
    Accepted,
    Duplicate,
}

/// Sends one command over a wire with that trap. It must be in the log after that, with its answer.
async fn survives(world: &World, name: String, trap: Trap) -> Result<(Told, Proxy)> {
    let proxy = Proxy::start(world.db.url()).await?;
    proxy.set(trap);
    let appender = Appender::start(proxy.url(), &world.journal, BatcherSettings::default())?;
    let sent = Arc::new(command().writes(&name, 0, 2));
    let told = match soon("the command is answered", appender.append(Arc::clone(&sent))).await? {
        Ok(_) => Told::Accepted,
        Err(AppendError::Duplicate) => Told::Duplicate,
        Err(other) => return Err(other).context(name),
    };
    let kept = world.journal.command(sent.command_id).await?.context("an answer for a retry")?;
    ensure!(kept.answer == sent.answer && kept.status == sent.status);
    let stream = world.journal.stream(&name, 0).await?;
    ensure!(stream.len() == 2, "{} events in {name}", stream.len());
    ensure!(stream[1].position == kept.last_position && Some(stream[0].position) == kept.first_position);
    Ok((told, proxy))
}

/// The bytes of a request and of its reply.
async fn lengths(world: &World) -> Result<(usize, usize)> {
    let (_, proxy) = survives(world, "measure-0000".into(), Trap::CutRequest(0)).await?;
    Ok((proxy.request().await?, proxy.reply()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_cut_at_any_byte_enters_the_log_once() -> Result<()> {
    let world = World::new()?;
    let (length, _) = lengths(&world).await?;
    let places = (0..length).filter(|place| place % 16 == 0 || *place + 2 * SYNC > length);
    let world = &world;
    let cuts = places.map(|place| async move {
        let (told, _) = survives(world, format!("request-{place:04}"), Trap::CutRequest(place)).await?;
        // Before the end of the request nothing may have happened: the retry is the first.
        ensure!(
            place + SYNC >= length || matches!(told, Told::Accepted),
            "in before byte {place} of {length}"
        );
        Ok(())
    });
    stream::iter(cuts).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    audit::sound(world.db.url()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_cut_at_any_byte_is_found_by_the_commands_id() -> Result<()> {
    let world = World::new()?;
    let (_, length) = lengths(&world).await?;
    let world = &world;
    let cuts = (0..length).map(|place| async move {
        let (told, _) = survives(world, format!("reply-{place:04}"), Trap::CutReply(place)).await?;
        ensure!(matches!(told, Told::Duplicate), "accepted again after a reply cut at {place} of {length}");
        Ok(())
    });
    stream::iter(cuts).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    audit::sound(world.db.url()).await
}

#[tokio::test]
async fn a_whole_batch_whose_reply_is_lost_is_resolved_command_by_command() -> Result<()> {
    let world = World::new()?;
    let proxy = Proxy::start(world.db.url()).await?;
    let appender = Appender::start(proxy.url(), &world.journal, BatcherSettings::default())?;
    appender.append(Arc::new(command().writes("a", 0, 1))).await?;

    let held = world.hold_head().await?;
    let (first, ahead) = (appender.clone(), command().writes("ahead", 0, 1));
    let ahead = tokio::spawn(async move { first.append(Arc::new(ahead)).await });
    held.blocks_an_appender().await?;
    let batch = [
        command().writes("b", 0, 2),
        command().writes("a", 7, 1),
        command(),
        command().writes("c", 0, 1).guards("b", 2),
        command().writes("c", 1, 1),
    ];
    let ids: Vec<_> = batch.iter().map(|command| command.command_id).collect();
    let answers = batch.into_iter().map(|command| appender.append(Arc::new(command)));
    proxy.set(Trap::CutReply(0));
    let both = futures_util::future::join(futures_util::future::join_all(answers), held.release());
    let (answers, released) = soon("the batch is answered", both).await?;
    released?;
    // The call ahead was on its way before the trap was set.
    ahead.await??;
    let told = |answer: &Result<_, AppendError>| match answer {
        Ok(_) => "accepted",
        Err(AppendError::Duplicate) => "duplicate",
        Err(AppendError::Conflict) => "conflict",
        Err(_) => "other",
    };
    let told: Vec<_> = answers.iter().map(told).collect();
    assert_eq!(told, ["duplicate", "conflict", "duplicate", "accepted", "conflict"], "{answers:?}");
    for (id, kept) in ids.into_iter().zip([true, false, true, true, false]) {
        assert_eq!(world.journal.command(id).await?.is_some(), kept);
    }
    audit::sound(world.db.url()).await
}
