//! Connections and their secrets.

use chancery_wire::{
    Event,
    v1::{
        ConnectionDeclined, ConnectionDisabled, ConnectionRestored, ConnectionRevoked, RevocationCause,
        SecretGenerated, SecretRevoked, TenantConnected, UpgradeDeclined, VersionUpgraded,
    },
};

use super::id;

pub fn connected(app: u128, tenant_id: i64, environment: &str, version: i64) -> TenantConnected {
    TenantConnected {
        app_id: id(app).to_string(),
        tenant_id,
        environment: environment.into(),
        connection_id: id(app << 32 | u128::from(tenant_id.cast_unsigned())).to_string(),
        version,
        client_id: client_id(app, tenant_id, environment),
        group_id: String::new(),
    }
}

pub fn client_id(app: u128, tenant_id: i64, environment: &str) -> String {
    format!("cid.{app}-{tenant_id}-{environment}")
}

pub fn declined(app: u128, tenant_id: i64, environment: &str, version: i64) -> Event {
    ConnectionDeclined { app_id: id(app).to_string(), tenant_id, environment: environment.into(), version }
        .into()
}

pub fn upgraded(app: u128, tenant_id: i64, environment: &str, from_version: i64, version: i64) -> Event {
    VersionUpgraded {
        app_id: id(app).to_string(),
        tenant_id,
        environment: environment.into(),
        from_version,
        version,
    }
    .into()
}

pub fn upgrade_declined(app: u128, tenant_id: i64, environment: &str, granted: i64, version: i64) -> Event {
    UpgradeDeclined {
        app_id: id(app).to_string(),
        tenant_id,
        environment: environment.into(),
        granted_version: granted,
        version,
    }
    .into()
}

pub fn secret(app: u128, tenant_id: i64, environment: &str, secret: u128) -> SecretGenerated {
    SecretGenerated {
        client_id: client_id(app, tenant_id, environment),
        app_id: id(app).to_string(),
        tenant_id,
        environment: environment.into(),
        secret_id: id(secret).to_string(),
        sha256: vec![7; 32],
        hint: format!("{secret:04}"),
        previous_secret_id: String::new(),
        previous_retires_at: None,
        retired_secret_id: String::new(),
        group_id: String::new(),
    }
}

/// The secret of [`secret`] or of [`shared_secret`] is revoked.
pub fn secret_revoked(of: &SecretGenerated) -> Event {
    SecretRevoked {
        client_id: of.client_id.clone(),
        app_id: of.app_id.clone(),
        tenant_id: of.tenant_id,
        environment: of.environment.clone(),
        secret_id: of.secret_id.clone(),
        group_id: of.group_id.clone(),
    }
    .into()
}

pub fn disabled(app: u128, tenant_id: i64, environment: &str) -> Event {
    ConnectionDisabled { app_id: id(app).to_string(), tenant_id, environment: environment.into() }.into()
}

pub fn restored(app: u128, tenant_id: i64, environment: &str) -> Event {
    ConnectionRestored { app_id: id(app).to_string(), tenant_id, environment: environment.into() }.into()
}

pub fn revoked(app: u128, tenant_id: i64, environment: &str, cause: RevocationCause) -> Event {
    ConnectionRevoked {
        app_id: id(app).to_string(),
        tenant_id,
        environment: environment.into(),
        cause: cause.into(),
    }
    .into()
}

/// The tenant's admin disconnected.
pub fn disconnected(app: u128, tenant_id: i64, environment: &str) -> Event {
    revoked(app, tenant_id, environment, RevocationCause::Disconnected)
}
