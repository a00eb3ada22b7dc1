//! Connections, from the first to the last, and their credentials.

use chancery_wire::{Event, v1};

use super::{environment, id, time};

pub fn full() -> Vec<Event> {
    vec![
        connected().into(),
        v1::ConnectionDeclined { app_id: id(3), tenant_id: 1001, environment: environment(), version: 1 }
            .into(),
        generated().into(),
        v1::VersionUpgraded {
            app_id: id(3),
            tenant_id: 1001,
            environment: environment(),
            from_version: 1,
            version: 3,
        }
        .into(),
        v1::UpgradeDeclined {
            app_id: id(3),
            tenant_id: 1001,
            environment: environment(),
            granted_version: 1,
            version: 2,
        }
        .into(),
        v1::ConnectionDisabled { app_id: id(3), tenant_id: 1001, environment: environment() }.into(),
        v1::ConnectionRestored { app_id: id(3), tenant_id: 1001, environment: environment() }.into(),
        v1::ConnectionRevoked {
            app_id: id(3),
            tenant_id: 1001,
            environment: environment(),
            cause: v1::RevocationCause::GroupTenantRemoved.into(),
        }
        .into(),
        revoked().into(),
        revoked_token().into(),
    ]
}

pub fn minimal() -> Vec<Event> {
    vec![
        first_secret().into(),
        v1::SecretRevoked { group_id: String::new(), ..revoked() }.into(),
        v1::TokenRevoked { group_id: String::new(), ..revoked_token() }.into(),
    ]
}

/// The messages that grew, with every field that they had at first.
pub fn at_first() -> Vec<Event> {
    vec![
        v1::TenantConnected { group_id: String::new(), ..connected() }.into(),
        v1::SecretGenerated { group_id: String::new(), ..generated() }.into(),
    ]
}

/// What is of a group and not of one tenant.
pub fn shared() -> Vec<Event> {
    vec![
        v1::SecretGenerated { tenant_id: 0, group_id: id(10), ..first_secret() }.into(),
        v1::SecretRevoked { tenant_id: 0, ..revoked() }.into(),
        v1::TokenRevoked { tenant_id: 0, ..revoked_token() }.into(),
    ]
}

fn connected() -> v1::TenantConnected {
    v1::TenantConnected {
        app_id: id(3),
        tenant_id: 1001,
        environment: environment(),
        connection_id: id(4),
        version: 1,
        client_id: client_id(),
        group_id: id(10),
    }
}

/// The first secret of a credential.
fn first_secret() -> v1::SecretGenerated {
    v1::SecretGenerated {
        client_id: client_id(),
        app_id: id(3),
        tenant_id: 1001,
        environment: environment(),
        secret_id: id(5),
        sha256: vec![0; 32],
        hint: "w9xz".into(),
        ..Default::default()
    }
}

fn generated() -> v1::SecretGenerated {
    v1::SecretGenerated {
        secret_id: id(7),
        sha256: (224..=255).collect(),
        previous_secret_id: id(6),
        previous_retires_at: Some(time(1_795_341_600_123_456_789)),
        retired_secret_id: id(5),
        group_id: id(10),
        ..first_secret()
    }
}

fn revoked() -> v1::SecretRevoked {
    v1::SecretRevoked {
        client_id: client_id(),
        app_id: id(3),
        tenant_id: 1001,
        environment: environment(),
        secret_id: id(7),
        group_id: id(10),
    }
}

fn revoked_token() -> v1::TokenRevoked {
    v1::TokenRevoked {
        client_id: client_id(),
        app_id: id(3),
        tenant_id: 1001,
        environment: environment(),
        token_id: id(11),
        expires_at: Some(time(1_795_341_600_123_456_789)),
        group_id: id(10),
    }
}

fn client_id() -> String {
    "cid.0123456789abcdefghijklmno".into()
}
