//! An operator at work on projections: what they say, and what comes of it.

use std::time::Duration;

use chancery_journal::Role;
use chancery_views::{View, apps::Apps};
use chancery_wire::{
    Position,
    v1::{ProjectionOperated, ProjectionOperation as Operation, Promotion},
};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use crate::{
    events::{app_created, tenant_added},
    world::{Running, World, deadline},
};

/// An app with tenants 1 to `tenants`, which readers see.
pub async fn listed(tenants: i64) -> (World, Running) {
    let world = World::new();
    world.happened(app_created(1)).await;
    for tenant_id in 1..=tenants {
        world.happened(tenant_added(1, tenant_id)).await;
    }
    let running = world.run();
    world.at_the_head(&running, &Apps).await;
    (world, running)
}

/// Looks at the engine's tables.
pub struct Operator<'a> {
    world: &'a World,
    projection: &'static str,
    client: Client,
}

impl<'a> Operator<'a> {
    pub async fn of(world: &'a World, view: &dyn View) -> Self {
        Self { world, projection: view.name(), client: world.client(Role::Views).await }
    }

    pub async fn says(&self, operation: Operation, id: Option<Uuid>) -> Position {
        self.said(ProjectionOperated {
            operation: operation.into(),
            operation_id: id.map(|id| id.to_string()).unwrap_or_default(),
            ..ProjectionOperated::default()
        })
        .await
    }

    pub async fn said(&self, said: ProjectionOperated) -> Position {
        self.world.happened(ProjectionOperated { projection: self.projection.into(), ..said }).await
    }

    /// Asks for a rebuild; `events_per_second` 0 is as fast as it goes.
    pub async fn rebuild(&self, promote: Promotion, events_per_second: i64) -> Uuid {
        let rebuild_id = Uuid::now_v7();
        self.said(ProjectionOperated {
            operation: Operation::Rebuild.into(),
            operation_id: rebuild_id.to_string(),
            events_per_second,
            promote: promote.into(),
            ..ProjectionOperated::default()
        })
        .await;
        rebuild_id
    }

    /// Resumes a rebuild that is paused, in haste.
    pub async fn hastens(&self, rebuild_id: Uuid) {
        self.said(ProjectionOperated {
            operation: Operation::ResumeRebuild.into(),
            operation_id: rebuild_id.to_string(),
            events_per_second: 100_000,
            ..ProjectionOperated::default()
        })
        .await;
    }

    /// Waits until the rebuild is in `state`; returns what it was compared with.
    pub async fn sees(&self, rebuild_id: Uuid, state: &str) -> Option<String> {
        let sql = "SELECT state, comparison::text, error FROM projection_rebuilds WHERE rebuild_id = $1";
        let mut last = None;
        let seen = async {
            loop {
                if let Some(row) = self.client.query_opt(sql, &[&rebuild_id]).await.unwrap() {
                    if row.get::<_, &str>(0) == state {
                        return row.get(1);
                    }
                    last = Some((row.get::<_, String>(0), row.get::<_, Option<String>>(2)));
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout_at(deadline(), seen)
            .await
            .unwrap_or_else(|_| panic!("the rebuild is not {state} but {last:?}"))
    }

    /// Waits until a row of one boolean is true.
    pub async fn waits_for(&self, sql: &str) {
        let seen = async {
            while !self.one(sql).await.get::<_, bool>(0) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout_at(deadline(), seen).await.is_ok(), "not seen: {sql}");
    }

    pub async fn one(&self, sql: &str) -> Row {
        self.client.query_one(sql, &[]).await.unwrap()
    }

    pub async fn does(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap();
    }

    /// The schemas of its builds, scratch ones aside.
    pub async fn schemas(&self) -> Vec<String> {
        let sql = "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'view_' || $1 || '_v%' \
                   AND nspname NOT IN (SELECT schema_name FROM projection_builds WHERE phase = 'scratch') ORDER BY 1";
        let rows = self.client.query(sql, &[&self.projection]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}
