use chancery_domain::{
    ActorKind, ApiToken, AppKey, AppVersion, ClientId, CustomerId, Day, Email, Environment, HomepageUrl,
    Invalid, Name, Overlap, PersonId, Purpose, Reason, Scope, Secret, Sha256, TenantId,
};
use jiff::{SignedDuration, Timestamp};

#[test]
fn rule_04_a_name_is_trimmed_and_has_1_to_100_characters() {
    assert_eq!(Name::parse("  Dispatch Helper\t").unwrap().as_str(), "Dispatch Helper");
    assert!(Name::parse(&"é".repeat(100)).is_ok());
    assert_eq!(Name::parse(&"é".repeat(101)), Err(Invalid::NameTooLong));
    assert_eq!(Name::parse(""), Err(Invalid::NameMissing));
    assert_eq!(Name::parse(" \n "), Err(Invalid::NameMissing));
}

#[test]
fn rule_04_a_name_has_no_control_bidirectional_or_zero_width_character() {
    for character in [
        '\0',
        '\n',
        '\u{7F}',
        '\u{85}',
        '\u{AD}',
        '\u{200B}',
        '\u{200D}',
        '\u{200E}',
        '\u{202E}',
        '\u{2028}',
        '\u{2066}',
        '\u{2069}',
        '\u{2060}',
        '\u{FEFF}',
        '\u{E0041}',
        '\u{E0101}',
        '\u{FE0F}',
        '\u{17B4}',
        '\u{1D173}',
    ] {
        assert_eq!(Name::parse(&format!("a{character}b")), Err(Invalid::NameCharacters), "{character:?}");
    }
    assert_eq!(Name::parse("\u{2800} \u{2800}"), Err(Invalid::NameMissing));
    for fine in ["Käse & Söhne", "日本語", "שלום", "O’Brien — “Fix-it”", "🔧 Tools"] {
        assert_eq!(Name::parse(fine).unwrap().as_str(), fine);
    }
}

#[test]
fn rule_12_a_reason_has_at_most_1000_characters_and_may_have_lines() {
    assert_eq!(Reason::parse("One.\nTwo. ").unwrap().as_str(), "One.\nTwo.");
    assert_eq!(Reason::parse(&"x".repeat(1001)), Err(Invalid::ReasonTooLong));
    assert_eq!(Reason::parse("a\u{202E}b"), Err(Invalid::ReasonCharacters));
    assert_eq!(Reason::parse("a\rb"), Err(Invalid::ReasonCharacters));
    assert_eq!(Reason::parse("a\u{17B5}b"), Err(Invalid::ReasonCharacters));
    assert!(Reason::parse(&"x".repeat(1000)).is_ok());
    assert_eq!(Reason::parse("Fine \u{2714}\u{FE0F}").unwrap().as_str(), "Fine \u{2714}\u{FE0F}");
    assert_eq!(Reason::parse(" \u{2800}\n").unwrap().as_str(), "", "nothing visible is no reason");
}

#[test]
fn rule_01_a_purpose_has_1_to_1000_characters() {
    assert_eq!(
        Purpose::parse(" Route planning.\nFor vans. ").unwrap().as_str(),
        "Route planning.\nFor vans."
    );
    assert_eq!(Purpose::parse("\u{2800}"), Err(Invalid::PurposeMissing));
    assert_eq!(Purpose::parse(&"x".repeat(1001)), Err(Invalid::PurposeTooLong));
    assert_eq!(Purpose::parse("a\u{200B}b"), Err(Invalid::PurposeCharacters));
}

#[test]
fn rule_01_an_email_address_has_the_form_of_one() {
    for fine in
        ["mia@maker.example", "m.i+a@sub.maker.example", "o'hara@maker.example", "jörg@bäcker.example"]
    {
        assert_eq!(Email::parse(&format!(" {fine} ")).unwrap().as_str(), fine);
    }
    for wrong in [
        "",
        "mia",
        "mia@maker",
        "@maker.example",
        "mia@.example",
        "mia@maker..example",
        "mia@other@maker.example",
        "mia, ben@maker.example",
        "Mia <mia@maker.example>",
        "mia@maker.example\n",
        "mia\u{200B}@maker.example",
    ] {
        let wrong = wrong.replace('\n', "\nbcc:x");
        assert_eq!(Email::parse(&wrong), Err(Invalid::Email), "{wrong:?}");
    }
}

#[test]
fn rule_04_a_homepage_is_kept_as_written() {
    for text in [
        "https://www.fieldworks.example",
        "https://fieldworks.example/apps?id=1#about",
        "HTTPS://Fieldworks.Example:8443/",
        "https://fieldworks.example/@maker",
        "https://fieldworks.example./",
    ] {
        assert_eq!(HomepageUrl::parse(text).unwrap().as_str(), text);
    }
}

#[test]
fn rule_04_a_homepage_that_is_not_ascii_is_kept_in_its_ascii_form() {
    let url = HomepageUrl::parse("https://bücher.example/ü").unwrap();
    assert_eq!(url.as_str(), "https://xn--bcher-kva.example/%C3%BC");
}

#[test]
fn rule_04_a_homepage_is_https_on_a_host_name_and_has_no_credentials() {
    let long = format!("https://fieldworks.example/{}", "x".repeat(2048));
    // Short as written, but not in the form that is kept.
    let swelling = format!("https://fieldworks.example/{}", "ü".repeat(1000));
    for (text, invalid) in [
        ("", Invalid::HomepageMalformed),
        ("fieldworks.example", Invalid::HomepageMalformed),
        ("/apps", Invalid::HomepageMalformed),
        (" https://fieldworks.example", Invalid::HomepageMalformed),
        ("https://field works.example", Invalid::HomepageMalformed),
        ("https://field\tworks.example", Invalid::HomepageMalformed),
        ("https:\\\\fieldworks.example", Invalid::HomepageMalformed),
        ("https://fieldworks.example\\@evil.example", Invalid::HomepageMalformed),
        ("https://fieldworks.example/\u{202E}", Invalid::HomepageMalformed),
        ("https://", Invalid::HomepageMalformed),
        ("https://1.2.3.4.5", Invalid::HomepageMalformed),
        ("http://fieldworks.example", Invalid::HomepageNotHttps),
        ("javascript:alert(1)", Invalid::HomepageNotHttps),
        ("https:fieldworks.example", Invalid::HomepageNotHttps),
        ("https://me:pw@fieldworks.example", Invalid::HomepageCredentials),
        ("https://me@fieldworks.example", Invalid::HomepageCredentials),
        ("https://@fieldworks.example", Invalid::HomepageCredentials),
        ("https://192.0.2.1/", Invalid::HomepageIpLiteral),
        ("https://127.1", Invalid::HomepageIpLiteral),
        ("https://0x7f.1", Invalid::HomepageIpLiteral),
        ("https://2130706433", Invalid::HomepageIpLiteral),
        ("https://[2001:db8::1]/", Invalid::HomepageIpLiteral),
        ("https://localhost", Invalid::HomepageHost),
        ("https://localhost./", Invalid::HomepageHost),
        ("https://a..example", Invalid::HomepageHost),
        (&long, Invalid::HomepageTooLong),
        (&swelling, Invalid::HomepageTooLong),
    ] {
        assert_eq!(HomepageUrl::parse(text), Err(invalid), "{text}");
    }
}

#[test]
fn an_actors_kind_reads_back_from_the_envelopes_word() {
    for kind in [ActorKind::Person, ActorKind::Token, ActorKind::System] {
        assert_eq!(ActorKind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(ActorKind::parse("robot"), None);
}

#[test]
fn a_tenant_id_is_what_every_json_reader_can_hold() {
    assert_eq!(TenantId::new(1).unwrap().get(), 1);
    assert_eq!(TenantId::new(9_007_199_254_740_991), Ok(TenantId::MAX));
    assert_eq!(TenantId::new(0), Err(Invalid::TenantId));
    assert_eq!(TenantId::new(9_007_199_254_740_992), Err(Invalid::TenantId));
    assert_eq!(TenantId::try_from(-1), Err(Invalid::TenantId));
}

#[test]
fn an_app_version_counts_from_1() {
    assert_eq!(AppVersion::new(1), Ok(AppVersion::FIRST));
    assert_eq!(AppVersion::FIRST.next().get(), 2);
    assert_eq!(AppVersion::new(0), Err(Invalid::AppVersion));
    assert_eq!(AppVersion::new(u64::MAX), Err(Invalid::AppVersion));
    assert_eq!(AppVersion::try_from(-1), Err(Invalid::AppVersion));
}

#[test]
fn a_scope_says_its_module_resource_and_access() {
    let scope = Scope::parse("tn.jpm.job-types_2:w").unwrap();
    assert_eq!((scope.module(), scope.resource()), ("jpm", "job-types_2"));
    assert_eq!(scope.access(), chancery_domain::Access::Modify);
    let long = format!("tn.a.{}:r", "b".repeat(100));
    for text in [
        "",
        "tn",
        "tn.a:r",
        "tn.a.b",
        "tn.a.b:x",
        "tn.A.b:r",
        "tn.a.b.c:r",
        "tn..b:r",
        "tn.a.:r",
        "x.a.b:r",
        " tn.a.b:r",
        &long,
    ] {
        assert_eq!(Scope::parse(text).unwrap_err().code(), "scope_malformed", "{text}");
    }
}

#[test]
fn an_environment_is_a_short_lower_case_word() {
    assert!(Environment::parse("pre-prod2").is_ok());
    for text in ["", "Production", "2prod", "-prod", "pre.prod", "pre prod", &"x".repeat(33)] {
        assert_eq!(Environment::parse(text), Err(Invalid::Environment), "{text}");
    }
}

#[test]
fn opaque_ids_are_visible_ascii_and_a_person_is_no_address() {
    assert!(CustomerId::parse("acme/42").is_ok());
    assert!(PersonId::parse("auth0|507f").is_ok());
    for text in ["", "a b", "é", "a\n", &"x".repeat(101)] {
        assert_eq!(CustomerId::parse(text), Err(Invalid::CustomerId));
        assert_eq!(PersonId::parse(text), Err(Invalid::PersonId));
    }
    assert_eq!(PersonId::parse("me@fieldworks.example"), Err(Invalid::PersonId));
}

#[test]
fn keys_and_client_ids_read_back_and_nothing_else_does() {
    let (key, client) = (AppKey::from_entropy([9; 32]), ClientId::from_entropy([9; 32]));
    assert_eq!(AppKey::parse(key.as_str()), Ok(key.clone()));
    assert_eq!(ClientId::parse(client.as_str()), Ok(client.clone()));
    assert_eq!(AppKey::parse(client.as_str()), Err(Invalid::AppKey));
    assert_eq!(ClientId::parse(&format!("{client}0")), Err(Invalid::ClientId));
    assert_eq!(AppKey::parse(&key.as_str().to_uppercase()), Err(Invalid::AppKey));
}

#[test]
fn the_digits_are_those_of_the_number() {
    let mut number = [0; 32];
    assert_eq!(AppKey::from_entropy(number).as_str(), "ak1.0000000000000000000000000");
    // 1000 = 27 * 36 + 28, the lowest digit first.
    number[30..].copy_from_slice(&1000u16.to_be_bytes());
    assert_eq!(AppKey::from_entropy(number).as_str(), "ak1.sr00000000000000000000000");
}

#[test]
fn rule_19_an_overlap_is_from_nothing_to_30_days_and_a_day_by_default() {
    assert_eq!("PT24H".parse(), Ok(Overlap::default()));
    assert_eq!("P30D".parse(), Ok(Overlap::MAX));
    assert_eq!("PT0S".parse(), Overlap::new(SignedDuration::ZERO));
    for text in ["", "24", "-PT1S", "P30DT1S", "P1M", "P1Y", "PT99999999999999H", "tomorrow"] {
        assert_eq!(text.parse::<Overlap>(), Err(Invalid::Overlap), "{text}");
    }
    assert_eq!(Overlap::MAX.end(jiff::Timestamp::MAX), jiff::Timestamp::MAX);
}

#[test]
fn rule_20_a_secret_is_never_printed_and_its_hint_is_its_last_four_characters() {
    let secret = Secret::from_entropy([5; 64]);
    let token = ApiToken::from_entropy([5; 64]);
    assert_eq!(format!("{secret:?} {token:?}"), "Secret(not printed) ApiToken(not printed)");
    assert!(secret.expose().ends_with(secret.hint().as_str()));
    assert_eq!(secret.hint().as_str().len(), 4);
    assert!(secret.expose().starts_with("cs1.") && token.expose().starts_with("cat1."));
    assert_eq!(format!("{:?}", Sha256([171; 32])), format!("Sha256({})", "ab".repeat(32)));
}

#[test]
fn a_day_is_one_of_utc_and_is_written_in_one_form() {
    let day_of = |time: &str| Day::of(time.parse::<Timestamp>().unwrap()).to_string();
    assert_eq!(day_of("2026-03-01T23:59:59.999Z"), "2026-03-01");
    assert_eq!(day_of("2026-03-01T23:30:00-01:00"), "2026-03-02");
    assert_eq!(day_of("-000001-06-01T00:00:00Z"), "0000-01-01");
    assert_eq!(Day::of(Timestamp::MAX).to_string(), "9999-12-30");
    assert_eq!("2026-03-01".parse::<Day>().unwrap().to_string(), "2026-03-01");
    for text in
        ["", "20260301", "2026-3-1", "2026-02-30", "-000001-01-01", "2026-03-01T00:00:00Z", " 2026-03-01"]
    {
        assert_eq!(text.parse::<Day>(), Err(Invalid::Day), "{text}");
    }
}
