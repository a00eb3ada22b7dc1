//! Enterprise Hub: a customer's networks and groups, and the credential that a group's members share.

use serde_json::{Value, json};

use crate::{
    cast::{Cast, EAST, NORTH},
    hub::{FIRST, Hub},
    redact::redacted,
};

const ABSENT: &str = "01890000-0000-7000-8000-000000000000";

#[tokio::test]
async fn rule_26_a_group_walks_from_its_network_to_a_credential_that_its_members_share() {
    let hub = Hub::new(2).await;
    let Cast { server, shop, .. } = &hub.cast;
    let network = hub.cast.read(&format!("/v1/networks/{}", hub.network), shop).await.expect(200);
    insta::assert_json_snapshot!("network", redacted(network.json()));

    let app = hub.app("developer").await;
    let offered = hub.offer(&app).await.expect(201);
    insta::assert_json_snapshot!("offered", redacted(offered.json()));
    let group = hub.cast.read(&hub.path(), shop).await.expect(200);
    insta::assert_json_snapshot!("group", redacted(group.json()));
    assert_eq!(group.header("ETag"), offered.header("ETag"));

    let secrets = format!("{}/connections/{app}/secrets", hub.path());
    let generate = || server.post(&secrets).token(shop).json(&json!({})).send();
    generate().await.problem(409, "not_connected");

    let first = hub.consent(server, 0, &app).send().await.expect(201).json();
    insta::assert_json_snapshot!("consented_through_a_group", redacted(first.clone()));
    assert_eq!(hub.connection(1, &app).await["state"], "not_connected", "each member decides for itself");
    let secret = generate().await.expect(201);
    assert_eq!(secret.json()["client_id"], first["client_id"]);
    assert_eq!(secret.header("ETag"), group.header("ETag"));
    let second = hub.consent(server, 1, &app).send().await.expect(201).json();
    assert_eq!(second["client_id"], first["client_id"]);
    for member in 0..2 {
        let connection = hub.connection(member, &app).await;
        assert_eq!(connection["group_id"], hub.group.as_str());
        assert_eq!(connection["secrets"][0]["secret_id"], secret.json()["secret_id"]);
    }
    let events = hub.cast.events("SecretGenerated").await;
    assert_eq!(
        (&events[0]["tenant_id"], &events[0]["data"]["group_id"]),
        (&Value::Null, &hub.group.clone().into())
    );
    let members = hub.offer(&app).await.expect(201).json();
    assert_eq!(members["members"][1], json!({"tenant_id": FIRST + 1, "state": "connected"}));
}

#[tokio::test]
async fn rule_26_where_tenants_manage_credentials_the_first_consent_shows_the_secret() {
    let hub = Hub::new(2).await;
    let Cast { server, shop, .. } = &hub.cast;
    let app = hub.offered("tenant_admin").await;
    let first = hub.consent(server, 0, &app).send().await.expect(201).json();
    assert!(first["client_secret"].as_str().unwrap().starts_with("cs1."));
    let second = hub.consent(server, 1, &app).send().await.expect(201).json();
    assert_eq!(second.get("client_secret"), None, "it has been shown");
    assert_eq!(second["secrets"], first["secrets"]);
    let secrets = format!("{}/connections/{app}/secrets", hub.path());
    let reply = server.post(&secrets).token(shop).json(&json!({})).send().await;
    reply.problem(403, "credentials_managed_by_tenant_admin");
    let (tenant_id, admin) = &hub.members[1];
    let own = format!("/v1/tenants/{tenant_id}/production/connections/{app}/secrets");
    let next = server.post(&own).token(admin).json(&json!({})).send().await.expect(201).json();
    assert_eq!(next["client_id"], first["client_id"]);
    assert_eq!(hub.connection(0, &app).await["secrets"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn rule_27_a_tenant_that_leaves_a_group_loses_what_it_had_through_it_and_the_others_go_on() {
    let hub = Hub::new(2).await;
    let app = hub.offered("developer").await;
    for member in 0..2 {
        hub.consent(&hub.cast.server, member, &app).send().await.expect(201);
    }
    let before = hub.connection(0, &app).await;
    hub.remove(FIRST).await.expect(200);
    let ended = hub.connection(0, &app).await;
    assert_eq!(
        (&ended["state"], &ended["revocation_cause"]),
        (&"revoked".into(), &"group_tenant_removed".into())
    );
    assert_eq!(hub.connection(1, &app).await["state"], "connected");
    hub.remove(FIRST).await.problem(404, "not_found");
    hub.consent(&hub.cast.server, 0, &app).send().await.problem(404, "not_found");

    let alone = json!({"app_id": app, "version": 1, "decision": "allow"});
    let (tenant_id, admin) = &hub.members[0];
    let path = format!("/v1/tenants/{tenant_id}/production/connections");
    let alone = hub.cast.server.post(&path).token(admin).json(&alone).send().await.expect(201).json();
    assert_eq!(alone["group_id"], Value::Null);
    assert_ne!(alone["client_id"], before["client_id"]);
    hub.add(FIRST).await.expect(200);
    hub.consent(&hub.cast.server, 0, &app).send().await.problem(409, "already_connected");
    hub.remove(FIRST).await.expect(200);
    assert_eq!(hub.connection(0, &app).await["state"], "connected", "it connected by itself");
}

#[tokio::test]
async fn rule_26_when_all_members_have_left_the_next_consent_mints_anew() {
    let hub = Hub::new(2).await;
    let app = hub.offered("developer").await;
    let first = hub.consent(&hub.cast.server, 0, &app).send().await.expect(201).json();
    let (tenant_id, admin) = &hub.members[0];
    let path = format!("/v1/tenants/{tenant_id}/production/connections/{app}");
    hub.cast.server.delete(&path).token(admin).send().await.expect(200);
    let next = hub.consent(&hub.cast.server, 1, &app).send().await.expect(201).json();
    assert_ne!(next["client_id"], first["client_id"]);
}

#[tokio::test]
async fn rule_26_a_paused_member_keeps_the_credential_for_the_others() {
    let hub = Hub::new(2).await;
    let app = hub.offered("developer").await;
    let first = hub.consent(&hub.cast.server, 0, &app).send().await.expect(201).json();
    let (tenant_id, admin) = &hub.members[0];
    let path = format!("/v1/tenants/{tenant_id}/production/connections/{app}/disable");
    hub.cast.server.post(&path).token(admin).send().await.expect(200);
    let second = hub.consent(&hub.cast.server, 1, &app).send().await.expect(201).json();
    assert_eq!(second["client_id"], first["client_id"]);
}

#[tokio::test]
async fn rule_27_who_joins_a_group_is_offered_what_the_group_is() {
    let hub = Hub::new(1).await;
    let (one, two) = (hub.offered("developer").await, hub.offered("developer").await);
    let admin = hub.tenant(FIRST + 9, "shop").await;
    let apps = format!("/v1/tenants/{}/production/apps", FIRST + 9);
    assert_eq!(hub.cast.read(&apps, &admin).await.expect(200).json()["items"], json!([]));
    hub.add(FIRST + 9).await.expect(200);
    hub.add(FIRST + 9).await.expect(200);
    let listed = hub.cast.read(&apps, &admin).await.expect(200).json();
    let listed: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|app| app["app_id"].clone()).collect();
    assert_eq!(listed, [one, two]);
    assert_eq!(hub.cast.events("GroupTenantAdded").await.len(), 2);
}

#[tokio::test]
async fn rule_26_a_group_has_its_customers_tenants_of_its_environment_only() {
    let hub = Hub::new(1).await;
    let unknown = [EAST, 4711, 900];
    for tenant_id in unknown {
        let problem = hub.add(tenant_id).await.problem(422, "tenant_unknown");
        assert_eq!(problem["tenant_ids"], json!([tenant_id]));
    }
    let Cast { server, shop, .. } = &hub.cast;
    let body = json!({"name": "Trials", "environment": "integration"});
    let path = format!("/v1/networks/{}/groups", hub.network);
    let group = server.post(&path).token(shop).json(&body).send().await.expect(201).json();
    let path = format!("{path}/{}/tenants", group["group_id"].as_str().unwrap());
    let put = |tenant_id: u64| server.put(&format!("{path}/{tenant_id}")).token(shop).send();
    put(FIRST).await.problem(422, "tenant_unknown");
    put(NORTH).await.expect(200);
}

#[tokio::test]
async fn rule_26_third_parties_have_no_networks() {
    let hub = Hub::new(0).await;
    let Cast { server, maker, .. } = &hub.cast;
    let reply = server.post("/v1/networks").token(maker).json(&json!({"name": "Ours"})).send().await;
    reply.problem(403, "networks_for_customers_only");
    assert_eq!(hub.cast.read("/v1/networks", maker).await.expect(200).json()["items"], json!([]));
}

#[tokio::test]
async fn rule_26_a_group_is_offered_its_organizations_own_apps_only() {
    let hub = Hub::new(1).await;
    let third_party = hub.cast.approved_app().await;
    hub.offer(&third_party).await.problem(404, "not_found");
    hub.offer(ABSENT).await.problem(404, "not_found");
    assert!(hub.cast.events("GroupAppOffered").await.is_empty());
}

#[tokio::test]
async fn rule_10_an_offer_of_a_private_app_that_serves_another_customer_is_refused() {
    let hub = Hub::new(1).await;
    let app = hub.app("developer").await;
    let body = json!({"tenant_ids": [EAST]});
    let path = format!("/v1/apps/{app}/tenants");
    hub.cast.server.post(&path).token(&hub.cast.shop).json(&body).send().await.expect(200);
    hub.offer(&app).await.problem(409, "several_customers");
}

#[tokio::test]
async fn rule_26_a_consent_names_a_group_that_offers_the_app_to_this_very_instance() {
    let hub = Hub::new(1).await;
    let Cast { server, shop, north, .. } = &hub.cast;
    let app = hub.app("developer").await;
    let body = json!({"tenant_ids": [FIRST, NORTH]});
    server.post(&format!("/v1/apps/{app}/tenants")).token(shop).json(&body).send().await.expect(200);
    hub.consent(server, 0, &app).send().await.problem(404, "not_found");
    hub.offer(&app).await.expect(201);
    for group in [hub.group.as_str(), ABSENT] {
        let body = json!({"app_id": app, "version": 1, "decision": "allow", "group_id": group});
        let path = format!("/v1/tenants/{NORTH}/production/connections");
        server.post(&path).token(north).json(&body).send().await.problem(404, "not_found");
    }
    hub.consent(server, 0, &app).send().await.expect(201);
}

#[tokio::test]
async fn networks_and_groups_of_another_organization_are_not_found() {
    let hub = Hub::new(1).await;
    let app = hub.offered("developer").await;
    let Cast { server, platform, maker, .. } = &hub.cast;
    let body = json!({"name": "Elsewhere", "kind": "customer", "customer_id": "elsewhere"});
    let organization = server.post("/v1/organizations").token(platform).json(&body).send().await.expect(201);
    let body = json!({"role": "developer", "name": "Theirs", "organization_id": organization.json()["organization_id"]});
    let token = server.post("/v1/tokens").token(platform).json(&body).send().await.expect(201).json();
    let theirs = token["token"].as_str().unwrap();
    let network = server.post("/v1/networks").token(theirs).json(&json!({"name": "Theirs"})).send().await;
    let network = network.expect(201).json()["network_id"].as_str().unwrap().to_owned();
    let calls = |network: &str, group: &str| {
        let (network, groups) = (format!("/v1/networks/{network}"), format!("/v1/networks/{network}/groups"));
        let group = format!("{groups}/{group}");
        [
            server.get(&group),
            server.put(&format!("{group}/tenants/{FIRST}")),
            server.delete(&format!("{group}/tenants/{FIRST}")),
            server.post(&format!("{group}/connections")).json(&json!({"app_id": app})),
            server.post(&format!("{group}/connections/{app}/secrets")).json(&json!({})),
            server.get(&network),
            server.get(&groups),
            server.post(&groups).json(&json!({"name": "West", "environment": "production"})),
        ]
    };
    for token in [theirs, maker] {
        for (own, absent) in calls(&hub.network, &hub.group).into_iter().zip(calls(ABSENT, ABSENT)) {
            let own = redacted(own.token(token).send().await.problem(404, "not_found"));
            assert_eq!(own, redacted(absent.token(token).send().await.problem(404, "not_found")));
        }
    }
    // Nor is the group found in a network that it is not of.
    for call in calls(&network, &hub.group).into_iter().take(5) {
        call.token(theirs).send().await.problem(404, "not_found");
    }
    assert_eq!(
        hub.cast.read("/v1/networks", theirs).await.expect(200).json()["items"][0]["network_id"],
        network
    );
}

#[tokio::test]
async fn names_and_environments_of_networks_and_groups_are_checked() {
    let hub = Hub::new(0).await;
    let Cast { server, shop, .. } = &hub.cast;
    for name in ["", "\u{202e}evil", &"x".repeat(101)] {
        let reply = server.post("/v1/networks").token(shop).json(&json!({"name": name})).send().await;
        assert_eq!(reply.status, 422, "{}", reply.text);
    }
    let path = format!("/v1/networks/{}/groups", hub.network);
    let body = json!({"name": "West", "environment": "moon"});
    server.post(&path).token(shop).json(&body).send().await.problem(422, "environment_unknown");
    let groups = hub.cast.read(&path, shop).await.expect(200).json();
    assert_eq!(groups["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_group_that_has_changed_meanwhile_is_412() {
    let hub = Hub::new(1).await;
    let path = format!("{}/tenants/{FIRST}", hub.path());
    let call = hub.cast.server.delete(&path).token(&hub.cast.shop);
    call.header("If-Match", "\"1\"").send().await.problem(412, "precondition_failed");
}
