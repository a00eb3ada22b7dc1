//! What was granted, and what of it was used.

use std::collections::BTreeMap;

use chancery_views::connections::Connection;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::{Service, problem::Problem};
use crate::usage::grants::Uses;

/// A connection that stands, and what was used of it. Times are to the minute.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct UsageGrant {
    app_id: Uuid,
    tenant_id: u64,
    environment: String,
    granted_version: u64,
    /// Those that are granted, and those that were used before and are not granted any more.
    scopes: Vec<UsedScope>,
    /// Those that are granted and that no call ever needed.
    unused_scopes: Vec<String>,
    /// Those that are valid, and those that were used before and are not any more.
    secrets: Vec<UsedSecret>,
}

#[derive(Debug, Serialize, ToSchema)]
struct UsedScope {
    scope: String,
    granted: bool,
    /// Of a call that passed; null where there was none.
    #[schema(value_type = Option<String>, format = DateTime)]
    first_used_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
struct UsedSecret {
    secret_id: Uuid,
    valid: bool,
    /// Of a call that passed, with a token that was issued on it; null where there was none.
    #[schema(value_type = Option<String>, format = DateTime)]
    first_used_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

type Times = Option<(Timestamp, Timestamp)>;

/// What was used of each connection; none of those that nobody consented to.
pub(in super::super) async fn grants(
    service: &Service,
    connections: Vec<Connection>,
) -> Result<Vec<UsageGrant>, Problem> {
    let stands =
        connections.into_iter().filter_map(|connection| Some((connection.granted_version?, connection)));
    let stands: Vec<(u64, Connection)> = stands.collect();
    let of: Vec<_> = stands.iter().map(|(_, connection)| grantee(connection)).collect();
    let uses = service.usage.uses(&of).await?;
    Ok(stands.into_iter().map(|(version, connection)| UsageGrant::of(version, connection, &uses)).collect())
}

fn grantee(connection: &Connection) -> (Uuid, u64, String) {
    (connection.app_id, connection.tenant_id, connection.environment.clone())
}

impl UsageGrant {
    fn of(granted_version: u64, connection: Connection, uses: &Uses) -> Self {
        let of = grantee(&connection);
        let mut scopes: BTreeMap<String, (bool, Times)> =
            connection.scopes.into_iter().map(|scope| (scope, (true, None))).collect();
        for used in uses.scopes.iter().filter(|used| used.of == of) {
            scopes.entry(used.what.clone()).or_default().1 = Some((used.first, used.last));
        }
        let mut secrets: BTreeMap<Uuid, (bool, Times)> =
            connection.secrets.iter().map(|secret| (secret.secret_id, (true, None))).collect();
        for used in uses.secrets.iter().filter(|used| used.of == of) {
            secrets.entry(used.what).or_default().1 = Some((used.first, used.last));
        }
        let unused = scopes.iter().filter(|(_, (_, times))| times.is_none());
        Self {
            app_id: connection.app_id,
            tenant_id: connection.tenant_id,
            environment: connection.environment,
            granted_version,
            unused_scopes: unused.map(|(scope, _)| scope.clone()).collect(),
            scopes: scopes
                .into_iter()
                .map(|(scope, (granted, times))| UsedScope {
                    scope,
                    granted,
                    first_used_at: times.map(|times| times.0),
                    last_used_at: times.map(|times| times.1),
                })
                .collect(),
            secrets: secrets
                .into_iter()
                .map(|(secret_id, (valid, times))| UsedSecret {
                    secret_id,
                    valid,
                    first_used_at: times.map(|times| times.0),
                    last_used_at: times.map(|times| times.1),
                })
                .collect(),
        }
    }
}
