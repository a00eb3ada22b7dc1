//! Introspection and revocation.

use super::{Client, claims, error, post};
use crate::{call::Reply, server::Server};

impl Client {
    async fn look(&self, token: &str) -> Reply {
        post(&self.cast.server, "/connect/introspect", &format!("{}&token={token}", self.form())).send().await
    }

    async fn revoke(&self, token: &str) -> Reply {
        post(&self.cast.server, "/connect/revoke", &format!("{}&token={token}", self.form())).send().await
    }
}

#[tokio::test]
async fn a_client_looks_at_its_own_tokens_and_a_gateway_at_any() {
    let client = Client::new().await;
    let token = client.token().await;
    let said = claims(&token);
    let told = client.look(&token).await.expect(200).json();
    assert_eq!((&told["active"], &told["scope"]), (&true.into(), &said.scope.into()));
    assert_eq!((&told["client_id"], &told["exp"]), (&client.id.clone().into(), &said.exp.into()));
    let look = |bearer: &str, token: &str| {
        post(&client.cast.server, "/connect/introspect", &format!("token={token}")).token(bearer)
    };
    assert_eq!(look(&client.cast.gateway, &token).send().await.expect(200).json(), told);
    let other = look(&client.cast.maker, &token).send().await;
    assert_eq!(error(&other, 401), "invalid_token");
    let own = look(&token, &token).send().await;
    assert_eq!(error(&own, 401), "invalid_token");
    for wrong in ["a", "a.b.c", &token[..token.len() - 1]] {
        assert_eq!(client.look(wrong).await.expect(200).text, r#"{"active":false}"#);
    }
    let nobody = post(&client.cast.server, "/connect/introspect", &format!("token={token}")).send().await;
    assert_eq!(error(&nobody, 401), "invalid_client");
}

#[tokio::test]
async fn a_revoked_token_is_dead_at_once_here_and_soon_everywhere_and_no_other_is() {
    let client = Client::new().await;
    let other = Server::start(&client.cast.db).await;
    let (token, sibling) = (client.token().await, client.token().await);
    assert_eq!(client.calls(&other.connect, &token).await, "allowed");
    client.revoke(&token).await.expect(200);
    assert_eq!(client.look(&token).await.expect(200).text, r#"{"active":false}"#);
    for connect in [&client.cast.server.connect, &other.connect] {
        assert_eq!(client.calls(connect, &token).await, "token_cut_off");
        assert_eq!(client.calls(connect, &sibling).await, "allowed");
    }
    // Again, and what is no token: nothing to do.
    for token in [&*token, "a.b.c", "x"] {
        client.revoke(token).await.expect(200);
    }
    let events = client.cast.events("TokenRevoked").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["data"]["token_id"], claims(&token).jti.to_string());
    assert_eq!(events[0]["actor"]["id"], client.id);
}

#[tokio::test]
async fn a_client_neither_sees_nor_revokes_the_token_of_another() {
    let client = Client::new().await;
    let token = client.token().await;
    let path = format!("/v1/tenants/{}/production/connections", crate::cast::SOUTH);
    let body = serde_json::json!({"app_id": client.app, "version": 1, "decision": "allow"});
    let south = &client.cast.south;
    client.cast.server.post(&path).token(south).json(&body).send().await.expect(201);
    let path = format!("/v1/apps/{}/connections/{}/production/secrets", client.app, crate::cast::SOUTH);
    let call = client.cast.server.post(&path).token(&client.cast.maker).json(&serde_json::json!({}));
    let secret = call.send().await.expect(201).json();
    let form = super::form(&super::text(&secret, "client_id"), &super::text(&secret, "client_secret"));
    let with = |path: &str| post(&client.cast.server, path, &format!("{form}&token={token}"));
    assert_eq!(with("/connect/introspect").send().await.expect(200).text, r#"{"active":false}"#);
    assert_eq!(error(&with("/connect/revoke").send().await, 400), "unauthorized_client");
    assert_eq!(client.code(&token).await, "allowed");
}
