//! What is explained is what the gate decides, at every position of any history, and what is listed is enough.

mod history;

use std::time::Duration;

use chancery_domain::{AppId, Environment, Instance, Scope, TenantId};
use chancery_gate::{Call, ClientId, Denial, Gate, Moment, RawClaims, TokenState};
use chancery_wire::{Position, Recorded};
use proptest::prelude::*;
use uuid::Uuid;

use self::history::{APPS, ENVIRONMENTS, History, SCOPES, TENANTS, app_id, app_key, steps};
use super::{Question, case::Case};
use crate::gate::{Folded, message};

/// App, connection twice, its state, three versions, a secret.
const MOST: usize = 8;

/// Everything that can be asked about.
fn questions() -> Vec<Question> {
    let mut questions = Vec::new();
    for app in 0..APPS {
        for tenant in TENANTS {
            for environment in ENVIRONMENTS {
                for scope in SCOPES {
                    let environment = Environment::parse(environment).unwrap();
                    let instance = Instance { tenant_id: TenantId::new(tenant).unwrap(), environment };
                    let scope = Scope::parse(scope).unwrap();
                    questions.push(Question { app_id: AppId(app_id(app)), instance, scope });
                }
            }
        }
    }
    questions
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn at_every_position_the_gate_decides_the_same_and_what_is_listed_is_enough(steps in steps()) {
        let history = History::of(&steps);
        let questions = questions();
        let mut cases: Vec<_> = questions.iter().map(Case::new).collect();
        let mut whole = Whole::default();
        for (number, event) in history.events.iter().enumerate() {
            whole.apply(event);
            for case in &mut cases {
                case.apply(event).unwrap();
            }
            for (question, case) in questions.iter().zip(&cases) {
                let decided = case.decided(event.recorded_at);
                let code = decided.outcome.as_ref().map_or_else(Denial::code, |_| "allowed");
                let expected = whole.decides(question, decided.secret_id, event);
                prop_assert_eq!(code, expected, "{:?} at {}", question, event.position);
                prop_assert_eq!(code == "allowed", whole.lets_in(question, event));

                let events = history.events[..=number].to_vec();
                let few = case.sufficient(&decided, event.recorded_at, events).unwrap();
                prop_assert!(few.len() <= MOST, "{} events for {question:?}", few.len());
                let rests = case.rests(&decided);
                prop_assert!(few.iter().map(|event| &event.position).eq(&rests), "more was overlooked");
                let mut fresh = Gate::default();
                for event in &few {
                    fresh.pass_over(event.position.previous());
                    fresh.apply(event).unwrap();
                }
                prop_assert_eq!(&fresh.access(&question.access(decided.secret_id)), &decided.outcome);
            }
        }
    }
}

/// Everything folded, as a server's own gate has it, and a door to it.
#[derive(Default)]
struct Whole {
    folded: Folded,
    /// Through which a tenant last consented.
    clients: Vec<((Uuid, i64, String), String)>,
    /// Secrets of each client, and those that were revoked.
    secrets: Vec<(String, Uuid)>,
    revoked: Vec<Uuid>,
    asked: std::cell::Cell<u64>,
}

impl Whole {
    fn apply(&mut self, event: &Recorded) {
        use chancery_wire::Event;

        let message = message(event).unwrap().unwrap();
        self.folded.apply(event, Some(&message)).unwrap();
        match message {
            Event::TenantConnected(event) => {
                let place = (event.app_id.parse().unwrap(), event.tenant_id, event.environment);
                self.clients.push((place, event.client_id));
            }
            Event::SecretGenerated(event) => {
                self.secrets.push((event.client_id, event.secret_id.parse().unwrap()));
            }
            Event::SecretRevoked(event) => self.revoked.push(event.secret_id.parse().unwrap()),
            _ => {}
        }
    }

    fn client(&self, question: &Question) -> Option<&str> {
        let Question { app_id, instance, .. } = question;
        let place =
            (app_id.0, instance.tenant_id.get().cast_signed(), instance.environment.as_str().to_owned());
        self.clients.iter().rev().find(|(known, _)| *known == place).map(|(_, client)| &**client)
    }

    /// What the gate says to a call of an operation that needs the scope, with a token on this secret.
    fn decides(&self, question: &Question, secret_id: Option<Uuid>, now: &Recorded) -> &'static str {
        let gate = &self.folded.gate;
        let Question { app_id, instance, scope } = question;
        let claims = gate.claims(&RawClaims {
            client_id: ClientId::parse(self.client(question).unwrap_or(history::NOBODY)).unwrap(),
            app_id: app_id.0,
            environment: instance.environment.as_str(),
            jti: Uuid::nil(),
            sid: secret_id.unwrap_or_default(),
            pos: gate.position().next(),
            expires: i64::MAX,
            scope: &SCOPES.join(" "),
        });
        let app = (0..APPS).find(|app| history::app_id(*app) == app_id.0).unwrap();
        let path = history::path(scope.as_str(), instance.tenant_id.get());
        let call = Call {
            method: "GET",
            path: &path,
            environment: instance.environment.as_str(),
            app_key: Some(&app_key(app)),
            token: TokenState::Verified(&claims),
        };
        // A second apart, nobody is limited.
        self.asked.set(self.asked.get() + 1);
        let now =
            Moment { unix: now.recorded_at.as_second(), monotonic: Duration::from_secs(self.asked.get()) };
        match gate.check(&call, now) {
            Ok(_) => "allowed",
            // Where nobody ever connected anything, there is no token either.
            Err(Denial::EnvironmentMismatch) => "tenant_mismatch",
            Err(denial) => denial.code(),
        }
    }

    /// Whether there may be a token that opens it: of any secret that was not revoked, or, as long as there was no
    /// secret, the first.
    fn lets_in(&self, question: &Question, now: &Recorded) -> bool {
        let Some(client) = self.client(question) else { return false };
        let mut secrets =
            self.secrets.iter().filter(|(of, _)| of == client).map(|(_, secret)| *secret).peekable();
        if secrets.peek().is_none() {
            return self.decides(question, None, now) == "allowed";
        }
        secrets
            .filter(|secret| !self.revoked.contains(secret))
            .any(|secret| self.decides(question, Some(secret), now) == "allowed")
    }
}

#[test]
fn before_the_first_event_there_is_no_app() {
    for question in &questions() {
        let case = Case::new(question);
        let decided = case.decided(jiff::Timestamp::MIN);
        assert_eq!(decided.outcome, Err(Denial::AppUnknown));
        assert!(case.sufficient(&decided, jiff::Timestamp::MIN, Vec::new()).unwrap().is_empty());
    }
}

#[test]
fn a_secret_that_was_revoked_long_ago_still_opens_nothing() {
    use history::*;

    let day = 86_400;
    let events = [
        (0, created(0, 1)),
        (1, connected(0, TENANTS[0], ENVIRONMENTS[0], 1, CLIENT)),
        (2, generated(0, CLIENT, 1, None)),
        (3, generated(0, CLIENT, 2, Some((1, 20 * day)))),
        (4, revoked_secret(0, CLIENT, 2)),
        // Cut-offs of another day are forgotten: no token lives as long.
        (9 * day, revoked_secret(0, CLIENT, 1)),
    ];
    let events: Vec<_> = (1..)
        .zip(&events)
        .map(|(position, (second, event))| recorded(Position::new(position), *second, event))
        .collect();
    let question = &questions()[0];
    let decide = |events: &[Recorded], second: i64| {
        Case::of(question, events).unwrap().decided(at(second)).outcome.map_err(|denial| denial.code())
    };
    assert!(decide(&events[..2], 1).is_ok(), "there is no secret yet");
    assert!(decide(&events[..5], 5).is_ok(), "the older one lives on");
    assert!(decide(&events[..5], 21 * day).is_ok(), "nothing cuts off what was issued before it retired");
    assert_eq!(decide(&events, 9 * day), Err("token_cut_off"));
    assert_eq!(decide(&events, 100 * day), Err("token_cut_off"));
}
