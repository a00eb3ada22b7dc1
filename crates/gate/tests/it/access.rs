//! Whether a scope is open, without a call that needs it.

use chancery_gate::{Access, ApplyError, ClientId, Denial, Gate, Granted, Held};
use chancery_wire::{Event, Position, v1};
use uuid::Uuid;

use crate::log::*;

const READ: &str = "tn.crm.contacts:r";
const WRITE: &str = "tn.crm.contacts:w";

fn access(scope: &str) -> Access<'_> {
    Access { app_id: APP, tenant_id: 1234, environment: "production", scope, secret_id: Some(SECRET) }
}

fn missing(scope: &str, latest_version: u32, held_from_version: Option<u32>) -> Denial {
    let scope = scope.to_owned();
    let held = Held { scope, granted_version: 1, latest_version, held_from_version, granted: false };
    Denial::ScopeMissing(Box::new(held))
}

#[test]
fn a_scope_is_open_to_the_credential_that_it_was_granted_to() {
    let log = connected_app();
    let client_id = ClientId::parse(CLIENT).unwrap();
    assert_eq!(log.gate.access(&access(READ)), Ok(Granted { client_id, version: 1, group_id: None }));
    assert_eq!(log.gate.access(&access(WRITE)), Err(missing(WRITE, 1, None)));
    let unnamed = "tn.of.no.event:r";
    assert_eq!(log.gate.access(&access(unnamed)), Err(missing(unnamed, 1, None)));
    let log = log.then([edited(&[READ, WRITE])]);
    assert_eq!(log.gate.access(&access(WRITE)), Err(missing(WRITE, 2, Some(2))));
}

#[test]
fn what_keeps_every_call_out_is_told_by_the_same_codes() {
    let code = |log: &Log, access: &Access<'_>| log.gate.access(access).unwrap_err().code();
    let mut log = connected_app();
    let elsewhere = Access { environment: "integration", ..access(READ) };
    assert_eq!(code(&log, &Access { app_id: Uuid::nil(), ..access(READ) }), "app_unknown");
    assert_eq!(code(&log, &Access { tenant_id: 1235, ..access(READ) }), "tenant_mismatch");
    assert_eq!(code(&log, &elsewhere), "tenant_mismatch", "nothing was ever connected there");
    log.append(&disabled(TENANT));
    assert_eq!(code(&log, &access(READ)), "disabled", "a token is got after the pause");
    log.append(&restored(TENANT));
    assert!(log.gate.access(&access(READ)).is_ok());
    log.append(&revoked(TENANT));
    assert_eq!(code(&log, &access(READ)), "not_connected");
    log.append(&connected(TENANT, CLIENT));
    let secret_id = SECRET.to_string();
    log.append(&v1::SecretRevoked { secret_id, ..Default::default() }.into());
    assert_eq!(code(&log, &access(READ)), "token_cut_off");
    assert!(log.gate.access(&Access { secret_id: None, ..access(READ) }).is_ok());
    log.append(&v1::AppDeleted { app_id: APP.to_string() }.into());
    assert_eq!(code(&log, &Access { secret_id: None, ..access(READ) }), "app_deleted");
}

#[test]
fn a_gate_that_passes_over_events_knows_of_the_others() {
    let version = |version: i64, scopes: &[&str]| -> Event {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        v1::ScopesEdited { app_id: APP.to_string(), version, scopes, ..Default::default() }.into()
    };
    let upgraded: Event = v1::VersionUpgraded {
        app_id: APP.to_string(),
        tenant_id: TENANT,
        environment: "production".into(),
        from_version: 1,
        version: 7,
    }
    .into();
    let mut gate = Gate::default();
    for (at, event) in
        [(10, created()), (20, connected(TENANT, CLIENT)), (90, version(7, &[WRITE])), (100, upgraded)]
    {
        let position = Position::new(at);
        let gap = gate.apply(&recorded(position, &event));
        assert!(matches!(gap, Err(ApplyError::Gap { .. })), "{gap:?}");
        gate.pass_over(position.previous());
        gate.apply(&recorded(position, &event)).unwrap();
        assert_eq!(gate.position(), position);
    }
    gate.pass_over(Position::new(5));
    assert_eq!(gate.position(), Position::new(100), "it does not go back");
    assert_eq!(gate.access(&access(WRITE)).map(|granted| granted.version), Ok(7));
    // A version takes an event: there is none of this number yet.
    let impossible = gate.apply(&recorded(Position::new(101), &version(102, &[])));
    assert!(matches!(impossible, Err(ApplyError::Field { field: "version", .. })), "{impossible:?}");
}
