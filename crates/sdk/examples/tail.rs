//! Prints the log as it grows, a line of JSON for each event, and goes on where it stopped.
//!
//! ```sh
//! NATS_URL=nats://reader:…@127.0.0.1:4222 CHANCERY_URL=http://127.0.0.1:8080 CHANCERY_TOKEN=… \
//!     cargo run -p chancery-sdk --example tail -- checkpoint.json TenantConnected ConnectionRevoked
//! ```
//!
//! The first argument is the file that keeps the place, the others are the types that are wanted; none: all of them.
//! Killed in the middle, it may print a batch again: printing and keeping are two things. `mirror` shows how they are one.

mod shared;

use std::{
    env,
    io::{self, Write as _},
};

use chancery_sdk::{
    Filter,
    consumer::{Delivered, Each, Failure, FileCheckpoints, Unknown},
};
use serde_json::json;
use shared::{Result, asked_to_stop, consumer};

#[tokio::main]
async fn main() -> Result {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().ok_or("usage: tail <file of the checkpoint> [type]…")?;
    let filter = Filter::all().types(arguments)?;
    // What is newer than this program is printed by nobody: say so, and go on.
    let consumer = consumer().await?.wanting(filter).on_unknown(Unknown::PassOver);
    let printing = Each::new(FileCheckpoints::at(file), |delivered| async move { print(&delivered) });
    let kept = consumer.run(printing, asked_to_stop()).await?;
    if let Some(kept) = kept {
        eprintln!("stopped at {kept}");
    }
    Ok(())
}

fn print(delivered: &Delivered) -> Result<(), Failure> {
    let recorded = &delivered.recorded;
    let line = json!({
        "position": recorded.position,
        "at": recorded.recorded_at,
        "type": recorded.event_type,
        "stream": recorded.stream,
        "app_id": recorded.key_app,
        "tenant_id": recorded.key_tenant,
        "actor": recorded.actor,
    });
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    // Before the place is kept: what is kept was printed.
    Ok(out.flush()?)
}
