//! Lists page to their end: every item once, in order.

use serde_json::{Value, json};

use crate::cast::{CUSTOMERS_READ, CUSTOMERS_WRITE, Cast, EAST, JOBS_READ, app_body};

/// The items of all pages, each of which is at most `limit` long, and says so where more follow.
async fn all(cast: &Cast, path: &str, token: &str, limit: usize) -> Vec<Value> {
    let mut items = Vec::new();
    let mut next = format!("{path}?limit={limit}");
    loop {
        let page = cast.read(&next, token).await.expect(200).json();
        let of_page = page["items"].as_array().unwrap();
        items.extend(of_page.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => {
                assert_eq!(of_page.len(), limit, "only the last page is short");
                next = format!("{path}?limit={limit}&cursor={cursor}");
            }
            None => return items,
        }
    }
}

#[track_caller]
fn each_once(items: &[Value], key: &str, count: usize) {
    let mut keys: Vec<_> = items.iter().map(|item| item[key].to_string()).collect();
    assert_eq!(keys.len(), count);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[tokio::test]
async fn an_organizations_apps_page_to_the_end() {
    let cast = Cast::new().await;
    for number in 0..7 {
        let mut body = app_body();
        body["name"] = format!("App {number}").into();
        cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await.expect(201);
    }
    // 7 divides them into one page, 3 leaves one over, 2 too.
    for limit in [1, 2, 3, 7, 100] {
        let apps = all(&cast, "/v1/apps", &cast.maker, limit).await;
        each_once(&apps, "app_id", 7);
        let names: Vec<_> = apps.iter().map(|app| app["name"].as_str().unwrap().to_owned()).collect();
        assert!(names.is_sorted(), "oldest first: {names:?}");
    }
    each_once(&all(&cast, "/v1/reviews", &cast.reviewer, 3).await, "app_id", 7);
}

#[tokio::test]
async fn versions_page_to_the_end_newest_first() {
    let cast = Cast::new().await;
    let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
    for scopes in
        [[CUSTOMERS_READ, CUSTOMERS_WRITE], [CUSTOMERS_READ, JOBS_READ], [CUSTOMERS_WRITE, JOBS_READ]]
    {
        cast.edit_scopes(&app, &scopes).await.expect(200);
    }
    let versions = all(&cast, &format!("/v1/apps/{app}/versions"), &cast.maker, 2).await;
    let numbers: Vec<_> = versions.iter().map(|version| version["version"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [4, 3, 2, 1]);
}

#[tokio::test]
async fn connections_page_to_the_end_by_tenant() {
    let cast = Cast::new().await;
    let app = cast.app().await["app_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/apps/{app}/tenants");
    let added = cast.server.post(&path).token(&cast.maker).json(&json!({"tenant_ids": [EAST]})).send().await;
    added.expect(200);
    // Three tenants in two environments.
    for limit in [1, 4, 6] {
        let connections = all(&cast, &format!("/v1/apps/{app}/connections"), &cast.maker, limit).await;
        each_once(&connections, "connection_id", 6);
    }
}

#[tokio::test]
async fn the_directory_pages_to_the_end() {
    let cast = Cast::new().await;
    // Three and the two third parties' own.
    each_once(&all(&cast, "/v1/tenants", &cast.platform, 2).await, "tenant_id", 5);
    each_once(&all(&cast, "/v1/organizations", &cast.platform, 2).await, "organization_id", 3);
    each_once(&all(&cast, "/v1/tokens", &cast.platform, 4).await, "token_id", 11);
}

#[tokio::test]
async fn what_a_tenant_can_connect_pages_to_the_end() {
    let cast = Cast::new().await;
    for _ in 0..3 {
        cast.approved_app().await;
    }
    each_once(&all(&cast, "/v1/tenants/101/production/apps", &cast.north, 2).await, "app_id", 3);
}

#[tokio::test]
async fn events_page_to_the_end_without_a_gap() {
    let cast = Cast::new().await;
    cast.approved_app().await;
    let head = cast.server.journal.head().await.unwrap().position.get();
    for limit in [1, 7, 1000] {
        let events = all(&cast, "/v1/events", &cast.consumer, limit).await;
        let positions: Vec<_> = events.iter().map(|event| event["position"].as_u64().unwrap()).collect();
        assert_eq!(positions, (1..=head).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let cast = Cast::new().await;
    let page = cast.read("/v1/tenants?limit=1", &cast.platform).await.expect(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    for list in ["organizations", "tokens"] {
        let other = cast.read(&format!("/v1/{list}?cursor={cursor}"), &cast.platform).await;
        other.problem(400, "cursor_invalid");
    }
    cast.read(&format!("/v1/events?cursor={cursor}"), &cast.consumer).await.problem(400, "cursor_invalid");
}
