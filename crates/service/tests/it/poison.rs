//! An event that no projection can apply: nothing of ours writes one, so it goes in by hand.

use std::sync::Arc;

use chancery_journal::{Append, Appender, BatcherSettings, NewEvent, Touch};
use chancery_wire::{Actor, Event, Position, v1};
use uuid::Uuid;

use crate::cast::Cast;

/// An app that cannot be read, and one event of it that could be and must wait.
#[derive(Debug)]
pub struct Poison {
    pub app_id: Uuid,
    pub failed: Position,
    pub waiting: Position,
}

pub async fn poison(cast: &Cast) -> Poison {
    let app_id = Uuid::now_v7();
    let journal = &cast.server.journal;
    let appender = Appender::start(cast.db.url(), journal, BatcherSettings::default()).unwrap();
    let event = |event_type: &'static str, data: String| NewEvent {
        event_id: Uuid::now_v7(),
        category: "app",
        stream: format!("app-{app_id}"),
        event_type,
        schema_version: 1,
        key_app: Some(app_id),
        key_tenant: None,
        data,
    };
    let edited = v1::AppDeleted { app_id: app_id.to_string() };
    let command = Append {
        command_id: Uuid::now_v7(),
        request_hash: [0; 32],
        status: 200,
        answer: "{}".into(),
        actor: Actor { kind: "system".into(), id: "poison".into() },
        correlation_id: Uuid::now_v7(),
        causation_id: None,
        traceparent: None,
        touches: vec![Touch { stream: format!("app-{app_id}"), version: 0 }],
        unless: Vec::new(),
        events: vec![
            event("AppCreated", r#"{"app_id":7}"#.to_owned()),
            event("AppDeleted", Event::from(edited).encode()),
        ],
    };
    let answer = appender.append(Arc::new(command)).await.unwrap();
    let waiting = answer.position;
    Poison { app_id, failed: Position::new(waiting.get() - 1), waiting }
}
