//! The platform sets limits case by case (rule 29).

use serde_json::{Value, json};

use crate::{
    call::Reply,
    cast::{Cast, NORTH},
};

async fn put(cast: &Cast, path: &str, body: &Value) -> Reply {
    cast.server.put(path).token(&cast.platform).json(body).send().await
}

fn of_app(app: &str) -> String {
    format!("/v1/apps/{app}/tenants/{NORTH}/production/rate-limit")
}

fn of_report(report: &str) -> String {
    format!("/v1/tenants/{NORTH}/production/reports/{report}/rate-limit")
}

#[tokio::test]
async fn rule_29_an_apps_limit_is_set_and_taken_back_and_each_change_is_one_event() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    let twice = json!({"calls": 120, "per": "PT1S"});
    let set = put(&cast, &of_app(&app), &twice).await.expect(200);
    assert_eq!(
        set.json(),
        json!({"app_id": app, "report_id": null, "tenant_id": NORTH, "environment": "production", "calls": 120,
               "per": "PT1S", "overridden": true})
    );
    assert_eq!(put(&cast, &of_app(&app), &twice).await.expect(200).json(), set.json());
    let usual = put(&cast, &of_app(&app), &Value::Null).await.expect(200).json();
    assert_eq!((&usual["calls"], &usual["per"]), (&json!(60), &json!("PT1S")));
    assert_eq!(usual["overridden"], false);

    let events = cast.events("RateLimitOverridden").await;
    let data: Vec<_> = events.iter().map(|event| &event["data"]).collect();
    let place = json!({"app_id": app, "tenant_id": "101", "environment": "production"});
    let mut first = place.clone();
    first["calls"] = 120.into();
    first["per_seconds"] = 1.into();
    assert_eq!(data, [&first, &place]);
    assert_eq!(events[0]["stream"], format!("limit-app-{app}-101-production"));
    assert_eq!((&events[0]["app_id"], &events[0]["tenant_id"]), (&json!(app), &json!(NORTH)));
}

#[tokio::test]
async fn rule_29_a_reports_limit_is_set_for_whichever_app_calls() {
    let cast = Cast::new().await;
    let body = json!({"calls": 20, "per": "PT1M"});
    let set = put(&cast, &of_report("077"), &body).await.expect(200).json();
    assert_eq!((&set["report_id"], &set["app_id"]), (&json!("077"), &Value::Null));
    let usual = put(&cast, &of_report("77"), &Value::Null).await.expect(200).json();
    assert_eq!((&usual["calls"], &usual["per"]), (&json!(5), &json!("PT1M")));
    let events = cast.events("RateLimitOverridden").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["stream"], "limit-report-101-production:077");
}

#[tokio::test]
async fn rule_29_a_limit_has_bounds_and_is_about_what_is_there() {
    let cast = Cast::new().await;
    let app = cast.approved_app().await;
    for (body, code) in [
        (json!({"calls": 0, "per": "PT1S"}), "rate_limit_calls_invalid"),
        (json!({"calls": 100_001, "per": "PT1S"}), "rate_limit_calls_invalid"),
        (json!({"calls": 60, "per": "PT1H"}), "rate_limit_per_invalid"),
    ] {
        let reply = put(&cast, &of_app(&app), &body).await;
        assert_eq!(reply.status, 422, "{}", reply.text);
        assert!(reply.text.contains(code), "{}", reply.text);
    }
    let body = json!({"calls": 60, "per": "PT1M"});
    for path in [
        of_app("01890000-0000-7000-8000-000000000000"),
        format!("/v1/apps/{app}/tenants/4711/production/rate-limit"),
        format!("/v1/apps/{app}/tenants/{NORTH}/nowhere/rate-limit"),
        "/v1/tenants/4711/production/reports/77/rate-limit".to_owned(),
        of_report("a%2Fb"),
    ] {
        put(&cast, &path, &body).await.problem(404, "not_found");
    }
    assert!(cast.events("RateLimitOverridden").await.is_empty());
}
