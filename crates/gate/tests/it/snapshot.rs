//! A gate that is made of another's snapshot decides like it, and goes on like it.

use std::time::Duration;

use chancery_gate::{
    Call, ClientId, Gate, Moment, Problem, RawClaims, Restore, Restored, Settings, TokenState,
};
use chancery_wire::{Event, Position, v1};
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use crate::log::*;

const LOG: Uuid = Uuid::from_u128(0x109);
const ENVIRONMENTS: [&str; 2] = ["production", "integration"];

fn text(gate: &Gate) -> Vec<u8> {
    gate.snapshot().lines(LOG).flatten().collect()
}

fn restored(text: &[u8]) -> Result<Restored, String> {
    let mut restore = Restore::new(Settings::default());
    let fed = restore.feed(text);
    let told = |error: &dyn std::error::Error| format!("{error}: {}", error.source().unwrap());
    fed.map_err(|error| told(&error))?;
    restore.finish().map_err(|error| told(&error))
}

fn app_id(app: u8) -> Uuid {
    Uuid::from_u128(0xa0 + u128::from(app))
}

fn key(app: u8) -> String {
    format!("ak1.{app:025}")
}

fn client(number: u8) -> String {
    format!("cid.{number:025}")
}

fn secret(number: u8) -> Uuid {
    Uuid::from_u128(0x5ec0 + u128::from(number))
}

/// What happens at one of three apps at one of three tenants in one of two environments.
#[derive(Debug, Clone, Copy)]
struct Step {
    what: u8,
    app: u8,
    tenant: u8,
    environment: usize,
    number: u8,
}

fn step() -> impl Strategy<Value = Step> {
    (0..13_u8, 0..3_u8, 0..3_u8, 0..2_usize, 0..4_u8)
        .prop_map(|(what, app, tenant, environment, number)| Step { what, app, tenant, environment, number })
}

fn event(step: Step) -> Event {
    let Step { what, app, tenant, environment, number } = step;
    let (app_id, tenant_id) = (app_id(app).to_string(), 1000 + i64::from(tenant));
    let environment = ENVIRONMENTS[environment].to_owned();
    let scopes = ["tn.crm.contacts:r", "tn.crm.contacts:w", "tn.rpr.reports:r", "tn.of.no.operation:r"];
    let report_id = if number % 2 == 0 { "77" } else { "a-~.b" }.to_owned();
    match what {
        0 => catalog(),
        1 => v1::ScopesEdited {
            app_id,
            version: i64::from(tenant) + 2,
            scopes: scopes[..usize::from(number)].iter().map(|scope| (*scope).to_owned()).collect(),
            ..Default::default()
        }
        .into(),
        2..=4 => v1::TenantConnected {
            app_id,
            tenant_id,
            environment,
            version: i64::from(number),
            client_id: client(number),
            group_id: if number % 2 == 0 { String::new() } else { secret(tenant).to_string() },
            ..Default::default()
        }
        .into(),
        5 => v1::VersionUpgraded { app_id, tenant_id, environment, from_version: 1, version: number.into() }
            .into(),
        6 => v1::ConnectionDisabled { app_id, tenant_id, environment }.into(),
        7 => v1::ConnectionRestored { app_id, tenant_id, environment }.into(),
        8 => v1::ConnectionRevoked { app_id, tenant_id, environment, cause: 1 }.into(),
        9 => v1::SecretRevoked { secret_id: secret(number).to_string(), ..Default::default() }.into(),
        10 if number == 0 => v1::AppDeleted { app_id }.into(),
        10 => v1::TokenRevoked { token_id: secret(number).to_string(), ..Default::default() }.into(),
        11 => v1::RateLimitOverridden {
            app_id,
            tenant_id,
            environment,
            report_id: String::new(),
            calls: number.into(),
            per_seconds: u32::from(number > 0),
        }
        .into(),
        _ => v1::RateLimitOverridden {
            app_id: String::new(),
            tenant_id,
            environment,
            report_id,
            calls: number.into(),
            per_seconds: u32::from(number > 0) * 60,
        }
        .into(),
    }
}

/// The catalog, three apps and these steps, half a minute apart: cuts are remembered for an hour.
fn fold(gate: &mut Gate, steps: &[Step]) {
    let created = |app| v1::AppCreated {
        app_id: app_id(app).to_string(),
        app_key: key(app),
        scopes: vec!["tn.crm.contacts:r".into()],
        ..Default::default()
    };
    let first = [catalog(), created(0).into(), created(1).into(), created(2).into()];
    let first = first.into_iter().filter(|_| gate.position() == Position::START).collect::<Vec<_>>();
    for event in first.into_iter().chain(steps.iter().map(|step| event(*step))) {
        let position = gate.position().next();
        let mut recorded = recorded(position, &event);
        recorded.recorded_at = Timestamp::from_second(NOW + 30 * position.as_i64()).unwrap();
        gate.apply(&recorded).unwrap();
    }
}

/// What the gate says to every client at every app, tenant, environment and operation, with old and new tokens, each
/// six times at once: the limits show.
fn decisions(gate: &Gate, round: u64) -> Vec<String> {
    let mut decisions = Vec::new();
    let position = gate.position().get();
    let unix = NOW + 30 * gate.position().as_i64();
    for (app, number, environment) in
        (0..3).flat_map(|app| (0..4).flat_map(move |n| ENVIRONMENTS.map(|environment| (app, n, environment))))
    {
        for pos in [position / 2, position] {
            let claims = gate.claims(&RawClaims {
                client_id: ClientId::parse(&client(number)).unwrap(),
                app_id: app_id(app),
                environment,
                jti: secret(number + 4),
                sid: secret(number),
                pos: Position::new(pos),
                expires: unix + 900,
                scope: "tn.crm.contacts:r tn.crm.contacts:w tn.rpr.reports:r",
            });
            let (key, token) = (key(app), TokenState::Verified(&claims));
            for tenant in 1000..1003 {
                for (method, rest) in [("GET", "contacts"), ("POST", "contacts"), ("GET", "reports/77")] {
                    let module = if rest == "contacts" { "crm" } else { "reporting" };
                    let path = format!("/{module}/v2/tenant/{tenant}/{rest}");
                    let call = Call { method, path: &path, environment, app_key: Some(&key), token };
                    let seconds = 100 * (round * 10_000 + decisions.len() as u64);
                    let now = Moment { unix, monotonic: Duration::from_secs(seconds) };
                    decisions.extend((0..6).map(|_| format!("{:?}", gate.check(&call, now))));
                }
            }
        }
    }
    decisions
}

/// The first decisions that are not alike.
fn differing(first: Vec<String>, second: Vec<String>) -> Option<(String, String)> {
    assert_eq!(first.len(), second.len());
    first.into_iter().zip(second).find(|(one, other)| one != other)
}

fn sorted(text: &[u8]) -> Vec<String> {
    let mut lines: Vec<_> = String::from_utf8(text.to_vec()).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rule_30_a_restored_gate_decides_like_the_one_that_it_was_made_of(
        before in prop::collection::vec(step(), 0..60),
        after in prop::collection::vec(step(), 0..30),
        cut in 1..200_usize,
    ) {
        let mut gate = Gate::new(Settings::default());
        fold(&mut gate, &before);
        let snapshot = gate.snapshot();
        let (text_then, position, then) = (text(&gate), gate.position(), decisions(&gate, 0));
        // The snapshot is written after the gate went on, and arrives in pieces.
        fold(&mut gate, &after);
        let mut restore = Restore::new(Settings::default());
        for piece in snapshot.lines(LOG).flatten().collect::<Vec<_>>().chunks(cut) {
            restore.feed(piece).unwrap();
        }
        let mut restored = restore.finish().unwrap();
        prop_assert_eq!((restored.log_id, restored.gate.position()), (LOG, position));
        prop_assert_eq!(sorted(&text(&restored.gate)), sorted(&text_then));
        prop_assert_eq!(differing(decisions(&restored.gate, 0), then), None);
        fold(&mut restored.gate, &after);
        prop_assert_eq!(restored.gate.position(), gate.position());
        prop_assert_eq!(differing(decisions(&restored.gate, 1), decisions(&gate, 1)), None);
        prop_assert_eq!(sorted(&text(&restored.gate)), sorted(&text(&gate)));
    }

    #[test]
    fn bytes_that_are_no_snapshot_make_no_gate(
        mut changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
    ) {
        let whole = text(&some_of_everything());
        let mut changed = whole.clone();
        for (at, byte) in changes.drain(..) {
            changed[at.index(whole.len())] = byte;
        }
        // Some changed names and numbers are as good as others; nothing panics, and no line is lost.
        if let Ok(restored) = restored(&changed) {
            prop_assert_eq!(sorted(&text(&restored.gate)).len(), sorted(&whole).len());
        }
    }
}

fn some_of_everything() -> Gate {
    let step = |what, tenant, number| Step { what, app: 1, tenant, environment: 0, number };
    let mut gate = Gate::new(Settings::default());
    let steps = [step(2, 0, 1), step(2, 1, 2), step(6, 0, 0), step(8, 1, 0), step(9, 0, 1), step(1, 0, 3)];
    fold(&mut gate, &steps);
    fold(&mut gate, &[step(11, 0, 2), step(12, 1, 3), Step { app: 2, ..step(10, 0, 0) }]);
    gate
}

#[test]
fn a_snapshot_says_what_its_documentation_says() {
    let text = String::from_utf8(text(&some_of_everything())).unwrap();
    let expected = r#"{"header":{"format":1,"log_id":"00000000-0000-0000-0000-000000000109","position":13}}
{"scope":"tn.crm.contacts:r"}
{"scope":"tn.crm.contacts:w"}
{"scope":"tn.rpr.reports:r"}
{"environment":"production"}
{"operation":{"id":"GET /crm/v2/tenant/{tenant}/contacts","module":"crm","method":"GET","path":"/crm/v2/tenant/{tenant}/contacts","scope":"tn.crm.contacts:r","kind":"standard"}}
{"operation":{"id":"POST /crm/v2/tenant/{tenant}/contacts","module":"crm","method":"POST","path":"/crm/v2/tenant/{tenant}/contacts","scope":"tn.crm.contacts:w","kind":"standard"}}
{"operation":{"id":"GET /reporting/v2/tenant/{tenant}/reports/{reportId}","module":"crm","method":"GET","path":"/reporting/v2/tenant/{tenant}/reports/{reportId}","scope":"tn.rpr.reports:r","kind":"reporting"}}
{"app":{"app_id":"00000000-0000-0000-0000-0000000000a0","app_key":"ak1.0000000000000000000000000"}}
{"version":{"app_id":"00000000-0000-0000-0000-0000000000a0","version":1,"scopes":["tn.crm.contacts:r"]}}
{"app":{"app_id":"00000000-0000-0000-0000-0000000000a1","app_key":"ak1.0000000000000000000000001"}}
{"version":{"app_id":"00000000-0000-0000-0000-0000000000a1","version":1,"scopes":["tn.crm.contacts:r"]}}
{"version":{"app_id":"00000000-0000-0000-0000-0000000000a1","version":2,"scopes":["tn.crm.contacts:r","tn.crm.contacts:w","tn.rpr.reports:r"]}}
{"app":{"app_id":"00000000-0000-0000-0000-0000000000a2","app_key":"ak1.0000000000000000000000002","deleted":true}}
{"version":{"app_id":"00000000-0000-0000-0000-0000000000a2","version":1,"scopes":["tn.crm.contacts:r"]}}
{"connection":{"app_id":"00000000-0000-0000-0000-0000000000a1","tenant_id":1000,"environment":"production","state":"disabled","granted_version":1,"client_id":"cid.0000000000000000000000001","group_id":"00000000-0000-0000-0000-000000005ec0","cut_off":7}}
{"connection":{"app_id":"00000000-0000-0000-0000-0000000000a1","tenant_id":1001,"environment":"production","state":"revoked","granted_version":2,"client_id":"cid.0000000000000000000000002","cut_off":8}}
{"cut":{"id":"00000000-0000-0000-0000-000000005ec1","at":"2027-01-15T08:04:30Z"}}
{"limit":{"app_id":"00000000-0000-0000-0000-0000000000a1","tenant_id":1000,"environment":"production","calls":2,"per_seconds":1}}
{"limit":{"report_id":"a-~.b","tenant_id":1001,"environment":"production","calls":3,"per_seconds":60}}
{"trailer":{"scopes":3,"environments":1,"operations":3,"apps":3,"versions":4,"connections":2,"cuts":1,"limits":2}}
"#;
    assert_eq!(text, expected);
    // The end of the last line may be missing, and the empty gate has a snapshot too.
    assert!(restored(text.trim_end().as_bytes()).is_ok());
    assert!(restored(&self::text(&Gate::new(Settings::default()))).is_ok());
}

#[test]
fn a_snapshot_that_was_cut_short_makes_no_gate() {
    let whole = text(&some_of_everything());
    for end in 0..whole.len() - 1 {
        assert!(restored(&whole[..end]).is_err(), "{end} bytes");
    }
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let last = lines.len() - 1;
    assert_eq!(
        restored(&lines[..last].concat()).unwrap_err(),
        format!("line {} of the snapshot cannot be used: {}", last + 1, Problem::Truncated)
    );
    for missing in 0..last {
        let rest = [&lines[..missing], &lines[missing + 1..]].concat().concat();
        assert!(restored(&rest).is_err(), "without line {}", missing + 1);
    }
}

#[test]
fn lines_that_come_twice_or_in_another_order_make_no_gate() {
    let whole = text(&some_of_everything());
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    for at in 0..lines.len() {
        let twice = [&lines[..=at], &lines[at..]].concat().concat();
        let error = restored(&twice).unwrap_err();
        assert!(error.starts_with(&format!("line {} of the snapshot", at + 2)), "{error}");
    }
    let kind = |line: &[u8]| line.iter().take_while(|byte| **byte != b':').copied().collect::<Vec<u8>>();
    for (first, second) in (0..lines.len()).flat_map(|a| (0..a).map(move |b| (b, a))) {
        // Apps in another order are the same apps; their versions are not.
        if kind(lines[first]) != kind(lines[second]) {
            let mut lines = lines.clone();
            lines.swap(first, second);
            assert!(restored(&lines.concat()).is_err(), "lines {first} and {second}");
        }
    }
}

#[track_caller]
fn refused(from: &str, to: &str, expected: &Problem) {
    let whole = String::from_utf8(text(&some_of_everything())).unwrap();
    let changed = whole.replacen(from, to, 1);
    assert_ne!(changed, whole);
    let line = whole[..whole.find(from).unwrap()].matches('\n').count() + 1;
    let error = restored(changed.as_bytes()).unwrap_err();
    assert!(error.starts_with(&format!("line {line} ")) && error.ends_with(&expected.to_string()), "{error}");
}

#[test]
fn a_hostile_line_is_told_with_its_number() {
    refused(r#""format":1"#, r#""format":2"#, &Problem::Format(2));
    refused(r#""calls":2"#, r#""calls":0"#, &Problem::Limit);
    refused(r#"{"limit":{"app_id"#, r#"{"limit":{"report_id":"7","app_id"#, &Problem::Limit);
    refused(r#""version":2"#, r#""version":3"#, &Problem::Version);
    refused(r#""cut_off":7"#, r#""cut_off":14"#, &Problem::Position);
    refused(r#""apps":3"#, r#""apps":2"#, &Problem::Counts);
    refused(r#"1000,"environment":"p"#, r#"1000,"environment":"q"#, &Problem::Unknown("environment"));
    refused(r#"contacts","scope":"tn"#, r#"contacts","scope":"x"#, &Problem::Unknown("scope"));
    for (from, to) in [
        ("{\"scope\"", "[{\"scope\""),
        ("{\"scope\"", "\n{\"scope\""),
        ("{\"scope\"", "{\"no_such_line\":7}\n{\"scope\""),
        ("{\"scope\"", "\u{0}{\"scope\""),
        ("cid.0000", "cid.000"),
        ("disabled", "asleep"),
        ("\"cut_off\":7", "\"cut_off\":-7"),
        ("\"cut_off\":7", "\"cut_off\":7,\"cut_off\":7"),
        ("\"cut_off\":7", "\"cut_off\":7,\"unknown\":7"),
        ("\"granted_version\":1", "\"granted_version\":4294967296"),
    ] {
        let whole = String::from_utf8(text(&some_of_everything())).unwrap();
        let error = restored(whole.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(error.ends_with("it is none of the lines that a snapshot has"), "{to}: {error}");
    }
    let mut restore = Restore::new(Settings::default());
    let error = (0..).find_map(|_| restore.feed(&[b' '; 1000]).err()).unwrap();
    assert!(matches!(error.source, Problem::TooLong) && error.line == 1, "{error}");
    restore.finish().unwrap_err();
}
