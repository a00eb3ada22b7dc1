//! The questions that developers and tenants' admins ask.

use tokio_postgres::Row;
use uuid::Uuid;

use super::{Connection, Connections, ListedApp};
use crate::{
    At, Instance, Page, ReadError, Reader,
    past::Subject,
    read::{Key, Keyed},
};

/// Every tenant and environment that an app is listed for, and the connections of tenants that it is no longer
/// listed for, which are `revoked`. The key is the instance.
pub async fn of_app(
    reader: &Reader,
    app_id: Uuid,
    after: Option<&Instance>,
    limit: usize,
) -> Result<At<Page<Connection, Instance>>, ReadError> {
    let (tenant_id, environment) =
        after.map_or((0, ""), |instance| (instance.tenant_id.cast_signed(), instance.environment.as_str()));
    let item = |row: &Row| {
        let connection = Connection::from_row(row)?;
        let key = Instance { tenant_id: connection.tenant_id, environment: connection.environment.clone() };
        Ok((connection, key))
    };
    reader
        .page(
            &Connections,
            Subject::ConnectionsOfApp { app_id, from: after.map_or(0, |instance| instance.tenant_id) },
            include_str!("of_app.sql"),
            limit,
            &[&app_id, &tenant_id, &environment],
            item,
        )
        .await
}

/// One connection as the app's developers see it; `None` where the app is not listed for the tenant and was not when
/// it was connected, or where the tenant is not in that environment.
pub async fn connection(
    reader: &Reader,
    app_id: Uuid,
    instance: &Instance,
) -> Result<At<Option<Connection>>, ReadError> {
    let (tenant_id, environment) = (instance.tenant_id.cast_signed(), instance.environment.as_str());
    let subject = Subject::Connection { app_id, instance };
    let sql = include_str!("connection.sql");
    reader.one(&Connections, subject, sql, &[&app_id, &tenant_id, &environment], Connection::from_row).await
}

/// The apps that a tenant sees in one environment: those that are visible to it (rule 13), and those it is connected
/// to, also while they are not. The key is the app's id.
pub async fn for_tenant(
    reader: &Reader,
    instance: &Instance,
    after: Option<Uuid>,
    limit: usize,
) -> Result<At<Page<ListedApp, Uuid>>, ReadError> {
    let (tenant_id, environment) = (instance.tenant_id.cast_signed(), instance.environment.as_str());
    let after = after.unwrap_or(Uuid::nil());
    let item = |row: &Row| {
        ListedApp::from_row(row).map(|app| {
            let key = app.app_id;
            (app, key)
        })
    };
    reader
        .page(
            &Connections,
            Subject::AppsOfTenant { instance, after },
            include_str!("for_tenant.sql"),
            limit,
            &[&tenant_id, &environment, &after],
            item,
        )
        .await
}

/// One app, if a tenant sees it in one environment; also a deleted one, where its connection has ended with it.
pub async fn listed_app(
    reader: &Reader,
    instance: &Instance,
    app_id: Uuid,
) -> Result<At<Option<ListedApp>>, ReadError> {
    let (tenant_id, environment) = (instance.tenant_id.cast_signed(), instance.environment.as_str());
    let subject = Subject::Connection { app_id, instance };
    let sql = include_str!("listed_app.sql");
    reader.one(&Connections, subject, sql, &[&tenant_id, &environment, &app_id], ListedApp::from_row).await
}

impl Keyed for Connection {
    fn keys(&self) -> Vec<Key> {
        vec![Key::App(self.app_id), Key::Tenant(self.tenant_id)]
    }
}

impl Keyed for ListedApp {
    fn keys(&self) -> Vec<Key> {
        vec![Key::App(self.app_id)]
    }
}
