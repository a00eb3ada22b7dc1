//! A connection as HTTP shows it, made of a row of `standing`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, Row, types::Json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    ConnectionState, CredentialManagement, RevocationCause, Visibility, Who,
    row::{number, optional_number},
};

/// A connection (DESIGN §11), also where nobody decided yet: then it is `not_connected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Connection {
    pub connection_id: Uuid,
    pub app_id: Uuid,
    pub app_name: String,
    pub tenant_id: u64,
    pub environment: String,
    pub state: ConnectionState,
    /// Why it is `revoked`; `null` in every other state.
    pub revocation_cause: Option<RevocationCause>,
    /// The group through which the tenant connected, whose members share the credential (rule 26).
    pub group_id: Option<Uuid>,
    /// `null`, as the group and the client id, unless the connection is `connected` or `disabled`.
    pub granted_version: Option<u64>,
    pub latest_version: u64,
    /// The scopes in play: those of the granted version.
    pub scopes: Vec<String>,
    pub upgrade: Option<Upgrade>,
    /// The last decline, of the app or of an upgrade.
    pub declined: Option<Declined>,
    pub client_id: Option<String>,
    /// Those that neither retired nor were revoked, oldest first.
    pub secrets: Vec<Secret>,
    /// When it came to stand as it does, and by whom; `null` until somebody decides.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
    pub updated_by: Option<Who>,
    /// The version of the connection's stream: its `ETag`.
    #[serde(skip)]
    pub stream_version: u64,
}

/// What the latest version would add to the granted one and remove from it (rule 22).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Upgrade {
    pub version: u64,
    pub added: Vec<String>,
    pub removed: Vec<String>,
    /// True where the tenant's admin has declined this very version: the offer is silent.
    pub declined: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Declined {
    pub version: u64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub by: Who,
}

/// What is known of a secret; the secret itself stands nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Secret {
    pub secret_id: Uuid,
    pub hint: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: Who,
    /// When a token was last issued on it, to about a minute; tokens live for 15.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub retires_at: Option<Timestamp>,
}

/// An app as the admin of a tenant sees it, before and after deciding (rules 13 and 15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListedApp {
    pub app_id: Uuid,
    pub organization_id: Uuid,
    pub name: String,
    pub organization_name: String,
    pub homepage_url: String,
    pub visibility: Visibility,
    pub credential_management: CredentialManagement,
    /// The latest version: the one to name in a decision.
    pub version: u64,
    /// The latest version's scopes.
    pub scopes: Vec<String>,
    pub connection: Connection,
}

impl ListedApp {
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        let connection = Connection::from_row(row)?;
        Ok(Self {
            app_id: connection.app_id,
            organization_id: row.try_get("organization_id")?,
            name: connection.app_name.clone(),
            organization_name: row.try_get("organization_name")?,
            homepage_url: row.try_get("homepage_url")?,
            visibility: row.try_get("visibility")?,
            credential_management: row.try_get("credential_management")?,
            version: connection.latest_version,
            scopes: row.try_get("latest_scopes")?,
            connection,
        })
    }
}

impl Connection {
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        let (app_id, tenant_id) = (row.try_get("app_id")?, number(row, "tenant_id")?);
        let environment: String = row.try_get("environment")?;
        let connection_id: Option<Uuid> = row.try_get("connection_id")?;
        let state: ConnectionState = row.try_get("state")?;
        let cause: Option<RevocationCause> = row.try_get("revocation_cause")?;
        let updated_at: Option<Timestamp> = row.try_get("updated_at")?;
        let Consent { granted_version, scopes, upgrade, client_id, group_id, secrets } = match state {
            ConnectionState::Connected | ConnectionState::Disabled => Consent::from_row(row)?,
            ConnectionState::NotConnected | ConnectionState::Revoked => Consent::default(),
        };
        Ok(Self {
            connection_id: connection_id.unwrap_or_else(|| connection_id_of(app_id, tenant_id, &environment)),
            app_id,
            app_name: row.try_get("app_name")?,
            tenant_id,
            environment,
            state,
            revocation_cause: cause.filter(|_| state == ConnectionState::Revoked),
            group_id,
            granted_version,
            latest_version: number(row, "latest_version")?,
            scopes,
            upgrade,
            declined: declined(row)?,
            client_id,
            secrets,
            updated_by: updated_at
                .map(|_| Who::from_row(row, "updated_by_id", "updated_by_name"))
                .transpose()?,
            updated_at,
            stream_version: number(row, "stream_version")?,
        })
    }
}

/// What a consent that stands gives.
#[derive(Debug, Default)]
struct Consent {
    granted_version: Option<u64>,
    scopes: Vec<String>,
    upgrade: Option<Upgrade>,
    client_id: Option<String>,
    group_id: Option<Uuid>,
    secrets: Vec<Secret>,
}

impl Consent {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let scopes: Vec<String> = row.try_get("granted_scopes")?;
        let granted_version = number(row, "granted_version")?;
        let secrets: Option<Json<Vec<Secret>>> = row.try_get("secrets")?;
        Ok(Self {
            granted_version: Some(granted_version),
            upgrade: upgrade(row, granted_version, &scopes)?,
            scopes,
            client_id: row.try_get("client_id")?,
            group_id: row.try_get("group_id")?,
            secrets: secrets.map_or_else(Vec::new, |secrets| secrets.0),
        })
    }
}

/// The offer that stands between the granted version and the latest, however many edits it took.
fn upgrade(row: &Row, granted_version: u64, granted: &[String]) -> Result<Option<Upgrade>, Error> {
    let version = number(row, "latest_version")?;
    if granted_version == version {
        return Ok(None);
    }
    let latest: Vec<String> = row.try_get("latest_scopes")?;
    Ok(Some(Upgrade {
        version,
        added: without(&latest, granted),
        removed: without(granted, &latest),
        declined: optional_number(row, "silenced_version")? == Some(version),
    }))
}

/// What stands in `these` and not in `known`, in order.
fn without(these: &[String], known: &[String]) -> Vec<String> {
    these.iter().filter(|scope| !known.contains(scope)).cloned().collect()
}

fn declined(row: &Row) -> Result<Option<Declined>, Error> {
    let Some(version) = optional_number(row, "declined_version")? else { return Ok(None) };
    Ok(Some(Declined {
        version,
        at: row.try_get("declined_at")?,
        by: Who::from_row(row, "declined_by_id", "declined_by_name")?,
    }))
}

/// `UUIDv5` of the connection's stream name (DESIGN §3), as the event of the first consent will carry it.
fn connection_id_of(app_id: Uuid, tenant_id: u64, environment: &str) -> Uuid {
    const NAMESPACE: Uuid = Uuid::from_u128(0x3d1f_6f0e_92a7_4c55_8b0d_5a4c_7e61_d9f2);
    Uuid::new_v5(&NAMESPACE, format!("connection-{app_id}-{tenant_id}-{environment}").as_bytes())
}
