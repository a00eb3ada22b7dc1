//! What is appended: an order line of 332 bytes of JSON, ten to a stream, then a fresh stream.

use chancery_journal::{Append, NewEvent, Touch};
use chancery_wire::Actor;
use uuid::Uuid;

/// Events of a stream before a caller moves to a fresh one.
pub const STREAM_LENGTH: u64 = 10;

/// A caller's place in its stream.
#[derive(Debug, Clone)]
pub struct Line {
    pub order: Uuid,
    pub number: u64,
}

impl Line {
    pub fn first() -> Self {
        Self { order: Uuid::now_v7(), number: 1 }
    }

    #[must_use]
    pub fn next(self) -> Self {
        if self.number == STREAM_LENGTH { Self::first() } else { Self { number: self.number + 1, ..self } }
    }

    pub fn stream(&self) -> String {
        format!("order-{}", self.order)
    }

    /// The payload, byte for byte the reference event.
    pub fn payload(&self) -> String {
        let Self { order, number } = self;
        let (sku, quantity, price) = (number % 10_000, number % 7 + 1, 1999 + number % 500);
        format!(
            r#"{{"type":"LineAdded","order_id":"{order}","line":{number},"sku":"SKU-{sku:08}","quantity":{quantity},"unit_price_cents":{price},"currency":"EUR","customer_id":"0190b5f2-7b1c-7e1a-9c3a-2f5d8f1c7a10","warehouse":"ams-02","note":"leave with the neighbour","tags":["gift","express"],"occurred_at":"2026-01-15T10:11:12.123456Z"}}"#
        )
    }

    /// The command that appends it: an expected version, two guards, a command id, an answer to keep.
    pub fn command(&self) -> Append {
        let stream = self.stream();
        Append {
            command_id: Uuid::now_v7(),
            request_hash: [7; 32],
            status: 201,
            answer: format!(r#"{{"order_id":"{}","line":{}}}"#, self.order, self.number),
            actor: Actor { kind: "person".into(), id: "1042".into() },
            correlation_id: self.order,
            causation_id: None,
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            touches: vec![
                Touch { stream: stream.clone(), version: self.number - 1 },
                Touch { stream: "organization-bench".into(), version: 0 },
                Touch { stream: "catalog".into(), version: 0 },
            ],
            unless: Vec::new(),
            events: vec![NewEvent {
                event_id: Uuid::now_v7(),
                category: "order",
                stream,
                event_type: "LineAdded",
                schema_version: 1,
                key_app: Some(self.order),
                key_tenant: Some(1042),
                data: self.payload(),
            }],
        }
    }
}
