//! A secret is shown once, and stands nowhere else.

use serde_json::{Value, json};

use crate::{
    cast::{Cast, NORTH, app_body},
    logs,
};

#[tokio::test]
async fn rule_20_no_secret_and_no_token_is_logged_stored_published_or_counted() {
    logs::record();
    let cast = Cast::new().await;
    let mut secrets = shown(&cast).await;
    assert_eq!(secrets.len(), 15);
    secrets.extend(access_tokens(&cast).await);
    // What goes wrong talks more than what goes well.
    for secret in &secrets {
        cast.server.get("/v1/apps").token(secret).header("Chancery-Min-Position", "x").send().await;
        cast.server.post("/v1/apps").token(secret).text("application/json", "{").send().await;
        for path in ["token", "introspect", "revoke"] {
            let form = format!(
                "grant_type=client_credentials&client_id={secret}&client_secret={secret}&token={secret}"
            );
            let call = cast.server.post(&format!("/connect/{path}?secret={secret}"));
            call.text("application/x-www-form-urlencoded", form.clone()).send().await.expect(400);
            let call = cast.server.post(&format!("/connect/{path}")).token(secret);
            call.text("application/x-www-form-urlencoded", format!("token={secret}")).send().await;
            let call = cast.server.post(&format!("/connect/{path}"));
            call.text("application/x-www-form-urlencoded", form).send().await;
        }
    }

    let logged = logs::recorded();
    assert!(logged.contains("/v1/tenants/{tenant}/{environment}/connections"), "the requests are logged");
    let call = cast.server.get("/v1/events").token(&cast.consumer).header("Accept", "application/x-ndjson");
    let published = call.send().await.expect(200).text;
    let stored = everything_stored(cast.db.url()).await;
    assert!(stored.contains("TenantConnected") && stored.contains("Scheduler"), "the tables are read");
    let counted = cast.server.ops("/metrics").send().await.expect(200).text;
    for secret in &secrets {
        for (place, text) in
            [("logs", &logged), ("events", &published), ("tables", &stored), ("metrics", &counted)]
        {
            assert!(!text.contains(secret.as_str()), "{secret} stands in the {place}");
        }
    }
}

/// Every secret and token that was ever shown.
async fn shown(cast: &Cast) -> Vec<String> {
    let secret = |answer: &Value| answer["client_secret"].as_str().unwrap().to_owned();
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let path = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
    let mut secrets = Vec::new();
    for retire_previous_after in ["PT24H", "PT0S"] {
        let body = json!({"retire_previous_after": retire_previous_after});
        let call = cast.server.post(&path).token(&cast.maker).key(retire_previous_after).json(&body);
        secrets.push(secret(&call.clone().send().await.expect(201).json()));
        call.send().await.expect(201);
    }
    let mut body = app_body();
    body["visibility"] = "private".into();
    body["credential_management"] = "tenant_admin".into();
    let app = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await.expect(201).json();
    secrets.push(secret(&cast.connect(app["app_id"].as_str().unwrap(), 1).await.expect(201).json()));
    let body = json!({"role": "auditor", "name": "Shown once"});
    let token =
        cast.server.post("/v1/tokens").token(&cast.platform).json(&body).send().await.expect(201).json();
    secrets.push(token["token"].as_str().unwrap().to_owned());
    let tokens = [
        &cast.platform,
        &cast.reviewer,
        &cast.auditor,
        &cast.operator,
        &cast.gateway,
        &cast.consumer,
        &cast.maker,
        &cast.other,
        &cast.shop,
        &cast.north,
        &cast.south,
    ];
    secrets.extend(tokens.into_iter().cloned());
    secrets
}

/// A token that an app got, looked at, and revoked; whole and its signature alone.
async fn access_tokens(cast: &Cast) -> Vec<String> {
    let app = cast.approved_app().await;
    cast.connect(&app, 1).await.expect(201);
    let path = format!("/v1/apps/{app}/connections/{NORTH}/production/secrets");
    let call = cast.server.post(&path).token(&cast.maker).json(&json!({}));
    let secret = call.send().await.expect(201).json();
    let (id, secret) = (secret["client_id"].as_str().unwrap(), secret["client_secret"].as_str().unwrap());
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let send = |path: &str, form: String| {
        cast.server.post(path).text("application/x-www-form-urlencoded", form).send()
    };
    let token = send("/connect/token", form.clone()).await.expect(200).json();
    let token = token["access_token"].as_str().unwrap().to_owned();
    send("/connect/introspect", format!("{form}&token={token}")).await.expect(200);
    send("/connect/revoke", format!("{form}&token={token}")).await.expect(200);
    cast.server.connect.uses().write().await.unwrap();
    let signature = token.rsplit('.').next().unwrap().to_owned();
    vec![secret.to_owned(), token, signature]
}

/// The rows of every table, as text.
async fn everything_stored(url: &str) -> String {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let tables = client
        .query(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables \
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
            &[],
        )
        .await
        .unwrap();
    let mut text = String::new();
    for table in tables {
        let table: &str = table.get(0);
        for row in client.query(&format!("SELECT t::text FROM {table} t"), &[]).await.unwrap() {
            text.push_str(row.get(0));
            text.push('\n');
        }
    }
    text
}
