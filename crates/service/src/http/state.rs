//! What handlers have at hand.

use std::{ops::Deref, sync::Arc};

use chancery_journal::Journal;
use chancery_views::Reader;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{auth::Tokens, commands::Commands, connect::Connect, doors::Door, ops::Metrics, usage::Usage};

/// Everything that the HTTP surface is made of.
#[derive(Debug)]
pub struct Parts {
    pub journal: Journal,
    pub reader: Reader,
    pub tokens: Tokens,
    pub commands: Commands,
    /// Where this process issues tokens.
    pub connect: Option<Connect>,
    /// Where this process decides calls.
    pub door: Option<Door>,
    pub usage: Usage,
    /// The log that positions belong to.
    pub log_id: Uuid,
    pub metrics: Metrics,
    /// How many proxies stand in front and say in `X-Forwarded-For` by whom they were called.
    pub proxies: usize,
    /// Ends answers that would never end by themselves. Cancel it together with what stops [`super::serve`].
    pub stop: CancellationToken,
}

/// [`Parts`], cheap to clone.
#[derive(Debug, Clone)]
pub struct Service(Arc<Parts>);

impl Service {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Service {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
