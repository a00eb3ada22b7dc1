//! What holds for every history, not only for those that a test thought of.

use chancery_domain::{
    ApiToken, AppKey, AppVersion, ClientId, CredentialManagement, Event, Instance, Limited, Overlap, Period,
    RateLimit, RateLimitOverridden, Scope, ScopeSet, ScopesEdited, Secret, Stamp, app, connection,
    credential, group, limit, listing, network, organization, tenant, token,
};
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::{
    fixtures::{
        APP, GROUP, JOBS, MAKER, NORTH, admins_app, approved, catalog_of, client_id, connected,
        connected_through, customers_organization, declined, deleted, disabled, disconnected, edited,
        first_secret, group_created, hours_later, joined, left, listed, made_private, made_public,
        managed_by, network_created, next_secret, offered_to, private_app, production, public_app, rejected,
        restored, review_requested, scopes, secret_id, secret_revoked, stamp, tenant as tenant_registered,
        third_party, unlisted, upgrade_declined, upgraded,
    },
    revoked_secrets::revoke_at,
    revoked_tokens::token_revoked,
    secrets::{DEVELOPER, connected_app, generate_at},
    world::given,
};

/// The scopes that the properties choose from, all in the catalog.
fn choices() -> Vec<String> {
    ('a'..='f').flat_map(|letter| ["r", "w"].map(|access| format!("tn.m.{letter}:{access}"))).collect()
}

fn set() -> impl Strategy<Value = ScopeSet> {
    proptest::sample::subsequence(choices(), 1..=12)
        .prop_map(|texts| texts.iter().map(|text| Scope::parse(text).unwrap()).collect())
}

fn any_event() -> impl Strategy<Value = Event> {
    let north = production(NORTH);
    let number = 1..5u64;
    prop_oneof![
        proptest::sample::select(vec![
            third_party(),
            customers_organization(),
            tenant_registered(NORTH),
            catalog_of(&[JOBS]),
            public_app().into(),
            private_app().into(),
            admins_app().into(),
            approved(),
            rejected(),
            listed(NORTH),
            unlisted(NORTH),
            made_private(),
            made_public(),
            managed_by(CredentialManagement::TenantAdmin),
            review_requested(),
            deleted(),
            network_created(),
            group_created(GROUP),
            joined(GROUP, NORTH),
            left(GROUP, NORTH),
            offered_to(GROUP, APP),
        ]),
        (number.clone(), set()).prop_map(|(version, set)| {
            ScopesEdited {
                app_id: APP,
                version: AppVersion::new(version).unwrap(),
                scopes: set.clone(),
                added: set.clone(),
                removed: set,
            }
            .into()
        }),
        (number.clone(), number, 0..8u8).prop_map(move |(one, other, kind)| match kind {
            0 => connected(&north, one),
            1 => declined(&north, one),
            2 => upgraded(&north, one, other),
            3 => upgrade_declined(&north, one, other),
            4 => disabled(&north),
            5 => restored(&north),
            6 => disconnected(&north),
            _ => connected_through(GROUP, &north, 2),
        }),
        (1..9u8).prop_map(|number| secret_revoked(&production(NORTH), secret_id(number)).into()),
        (1..9u128).prop_map(|number| token_revoked(&production(NORTH), number, hours_later(1)).into()),
        (1..9u8, -50..50i64).prop_map(|(number, hours)| {
            next_secret(&production(NORTH), number, hours_later(hours)).into()
        }),
        proptest::option::of(1..4u64).prop_map(|calls| {
            let limit = calls.map(|calls| RateLimit::new(calls, Period::Second).unwrap());
            let Instance { tenant_id, environment } = production(NORTH);
            RateLimitOverridden { limited: Limited::App(APP), tenant_id, environment, limit }.into()
        }),
        (1..9u8).prop_map(|number| first_secret(&production(NORTH), number).into()),
    ]
}

/// Folds all events into one state, whatever stream they belong to.
macro_rules! fold {
    ($module:ident, $events:expr) => {
        $events.iter().fold($module::State::default(), |state, event| $module::evolve(state, event, &stamp()))
    };
}

proptest! {
    #[test]
    fn rule_08_additions_and_removals_replay_to_the_scopes_of_every_version(sets in prop::collection::vec(set(), 1..20)) {
        let texts = choices();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let first = chancery_domain::AppCreated { scopes: sets[0].clone(), ..public_app() };
        let mut world = given([catalog_of(&texts), first.into()]);
        let mut published = vec![sets[0].clone()];
        for scopes in &sets[1..] {
            let command = app::EditScopes { organization_id: MAKER, scopes: scopes.clone() };
            let events = app::edit_scopes(command, &world.app(APP), &world.catalog).unwrap();
            prop_assert_eq!(events.is_empty(), published.last() == Some(scopes));
            if !events.is_empty() {
                published.push(scopes.clone());
            }
            for event in &events {
                world.record(event, &stamp());
            }
        }

        let state = world.app(APP);
        let history = &state.live().unwrap().history;
        let mut replayed = ScopeSet::default();
        let mut count = 0;
        for (version, expected) in history.versions().zip(&published) {
            prop_assert!(version.added.iter().all(|scope| !replayed.contains(scope)));
            prop_assert!(version.removed.iter().all(|scope| replayed.contains(scope)));
            replayed = replayed.minus(&version.removed).plus(&version.added);
            prop_assert_eq!(&replayed, expected);
            prop_assert_eq!(&version.scopes, expected);
            prop_assert_eq!(history.scopes_at(version.version), Some(expected.clone()));
            let offer = history.offer(version.version);
            prop_assert_eq!(&expected.minus(&offer.removed).plus(&offer.added), history.scopes());
            count += 1;
            prop_assert_eq!(version.version.get(), count);
        }
        prop_assert_eq!(history.latest().get(), count);
        prop_assert_eq!(count, u64::try_from(published.len()).unwrap());
    }

    #[test]
    fn no_sequence_of_events_panics_and_a_fold_is_repeatable(events in prop::collection::vec(any_event(), 0..40)) {
        prop_assert_eq!(given(events.clone()), given(events.clone()));
        prop_assert_eq!(fold!(organization, events), fold!(organization, events));
        prop_assert_eq!(fold!(tenant, events), fold!(tenant, events));
        prop_assert_eq!(fold!(token, events), fold!(token, events));
        prop_assert_eq!(fold!(listing, events), fold!(listing, events));
        prop_assert_eq!(fold!(limit, events), fold!(limit, events));
        prop_assert_eq!(fold!(network, events), fold!(network, events));
        prop_assert_eq!(fold!(group, events), fold!(group, events));
        let connection = fold!(connection, events);
        prop_assert_eq!(&connection, &fold!(connection, events));
        prop_assert!(connection.connected().is_none() || connection.connected() == connection.standing());
        if let app::State::Live(app) = fold!(app, events) {
            prop_assert_eq!(app.history.versions().last().map(|last| last.scopes), Some(app.history.scopes().clone()));
        }
        if let credential::State::Issued(credential) = fold!(credential, events) {
            prop_assert!(credential.live_at(hours_later(0)).count() <= 2);
        }
    }

    /// Generates and revokes at will, forward in time, and holds what rule 19 promises after every step.
    #[test]
    fn rule_19_no_history_of_a_credential_has_three_live_secrets_or_moves_an_end_later(
        steps in prop::collection::vec((0..30i64, prop::option::weighted(0.7, 0..40i64), 0..8u8), 1..30),
    ) {
        let mut world = connected_app(private_app());
        let mut ends = std::collections::BTreeMap::new();
        let mut hour = 0;
        for (number, (passed, overlap, which)) in (1u8..).zip(steps) {
            hour += passed;
            let now = hours_later(hour);
            let decided = match overlap {
                Some(hours) => {
                    let overlap = Overlap::new(SignedDuration::from_hours(hours)).unwrap();
                    generate_at(&world, DEVELOPER, number, overlap, now)
                }
                None => revoke_at(&world, DEVELOPER, number.saturating_sub(which), now),
            };
            let stamp = Stamp { at: now, ..stamp() };
            world = world.and(&stamp, decided.unwrap_or_default());
            let state = world.credential(&client_id(1));
            let Some(credential) = state.issued() else { continue };
            prop_assert!(credential.live_at(now).count() <= 2);
            for secret in (1..=number).map(secret_id) {
                let end = credential.ended_at(secret, now).or_else(|| {
                    let retiring = credential.retiring_at(now)?;
                    (retiring.secret.secret_id == secret).then_some(retiring.retires_at)
                });
                if let Some(end) = end {
                    let before = *ends.entry(secret).or_insert(end);
                    prop_assert!(end <= before, "the end of {secret} moved from {before} to {end}");
                    ends.insert(secret, end);
                    let lives = credential.live_at(end).any(|live| live.secret_id == secret);
                    prop_assert!(!lives, "{secret} lives at its end");
                }
            }
            for ended in ends.keys() {
                let current = credential.current.as_ref();
                prop_assert!(current.is_none_or(|current| current.secret_id != *ended));
            }
        }
    }

    #[test]
    fn sets_of_scopes_are_sorted_and_calculate_like_sets(one in set(), other in set()) {
        prop_assert!(one.as_slice().is_sorted());
        prop_assert_eq!(one.minus(&other).plus(&other), other.plus(&one));
        prop_assert_eq!(one.minus(&one), scopes(&[]));
        prop_assert!(one.minus(&other).iter().all(|scope| one.contains(scope) && !other.contains(scope)));
    }

    #[test]
    fn keys_secrets_and_tokens_have_their_form(short: [u8; 32], long in prop::collection::vec(any::<u8>(), 64)) {
        let long: [u8; 64] = long.try_into().unwrap();
        for (text, prefix, digits) in [
            (AppKey::from_entropy(short).as_str(), "ak1.", 25),
            (ClientId::from_entropy(short).as_str(), "cid.", 25),
            (Secret::from_entropy(long).expose(), "cs1.", 50),
            (ApiToken::from_entropy(long).expose(), "cat1.", 50),
        ] {
            let random = text.strip_prefix(prefix).unwrap();
            prop_assert_eq!(random.len(), digits);
            prop_assert!(random.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()));
        }
        prop_assert!(AppKey::parse(AppKey::from_entropy(short).as_str()).is_ok());
    }

    #[test]
    fn no_text_panics_a_parser(text in "\\PC*", raw in any::<String>()) {
        for text in [text.clone(), raw, format!("https://{text}"), format!("connection-{text}"), format!("tunneling-{text}"), format!("person-{text}"), format!("limit-report-{text}"), format!("tn.{text}:r")] {
            let _ = chancery_domain::HomepageUrl::parse(&text);
            let _ = chancery_domain::Name::parse(&text);
            let _ = Scope::parse(&text);
            let _ = text.parse::<chancery_domain::StreamName>();
            let _ = text.parse::<chancery_domain::Overlap>();
            let _ = text.parse::<chancery_domain::Day>();
        }
    }
}

#[test]
fn a_version_history_follows_the_edits_whatever_number_they_carry() {
    let world = given([public_app().into(), edited(7, &[JOBS], &[], &[])]);
    assert_eq!(world.app(APP).live().unwrap().history.latest().get(), 2);
}
