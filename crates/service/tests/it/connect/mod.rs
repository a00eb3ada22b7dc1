//! Access tokens over HTTP: how clients get them, what they say, and what ends them.

mod ahead;
mod attacks;
mod guessing;
mod keys;
mod looks;
mod requests;
mod tokens;

use chancery_gate::{Call as ApiCall, TokenState};
use chancery_service::connect::{Connect, TokenClaims};
use serde_json::{Value, json};

use crate::{
    call::{Call, Reply},
    cast::{Cast, NORTH},
    server::Server,
};

const PATH: &str = "/crm/v2/tenant/101/customers/5";

/// An app that is connected at NORTH in production, and its credential.
struct Client {
    cast: Cast,
    app: String,
    app_key: String,
    id: String,
    secret: String,
}

impl Client {
    async fn new() -> Self {
        let cast = Cast::new().await;
        let app = cast.approved_app().await;
        let shown = cast.read(&format!("/v1/apps/{app}"), &cast.maker).await;
        let app_key = text(&shown.expect(200).json(), "app_key");
        cast.connect(&app, 1).await.expect(201);
        let mut client = Self { cast, app, app_key, id: String::new(), secret: String::new() };
        let generated = client.generate("PT24H").await;
        (client.id, client.secret) = (text(&generated, "client_id"), text(&generated, "client_secret"));
        client
    }

    async fn generate(&self, retire_previous_after: &str) -> Value {
        let path = format!("/v1/apps/{}/connections/{NORTH}/production/secrets", self.app);
        let body = json!({ "retire_previous_after": retire_previous_after });
        let reply = self.cast.server.post(&path).token(&self.cast.maker).json(&body).send().await;
        self.known().await;
        reply.expect(201).json()
    }

    /// The gate knows what was decided up to now.
    async fn known(&self) {
        self.cast.server.connect.house().catch_up().await.unwrap();
    }

    /// What NORTH's admin does about the connection.
    async fn decide(&self, what: &str) {
        let path = format!("/v1/tenants/{NORTH}/production/connections/{}{what}", self.app);
        let call =
            if what.is_empty() { self.cast.server.delete(&path) } else { self.cast.server.post(&path) };
        call.token(&self.cast.north).send().await.expect(200);
        self.known().await;
    }

    async fn delete(&self) {
        let path = format!("/v1/apps/{}", self.app);
        self.cast.server.delete(&path).token(&self.cast.maker).send().await.expect(200);
        self.known().await;
    }

    fn form(&self) -> String {
        form(&self.id, &self.secret)
    }

    async fn token(&self) -> String {
        text(&ask(&self.cast.server, &self.form()).await.expect(200).json(), "access_token")
    }

    /// What the gate says to a call with this token: `allowed`, or the code of the refusal.
    async fn calls(&self, connect: &Connect, token: &str) -> &'static str {
        connect.house().catch_up().await.unwrap();
        let verified = connect.verifier().verify(token).await;
        let state = verified.as_ref().map_or(TokenState::Invalid, |verified| verified.state());
        let call = ApiCall {
            method: "GET",
            path: PATH,
            environment: "production",
            app_key: Some(&self.app_key),
            token: state,
        };
        connect.house().check(&call, |decision, _| match decision {
            Ok(_) => "allowed",
            Err(denial) => denial.code(),
        })
    }

    async fn code(&self, token: &str) -> &'static str {
        self.calls(&self.cast.server.connect, token).await
    }
}

fn form(id: &str, secret: &str) -> String {
    format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
}

fn post(server: &Server, path: &str, form: &str) -> Call {
    server.post(path).text("application/x-www-form-urlencoded", form)
}

async fn ask(server: &Server, form: &str) -> Reply {
    post(server, "/connect/token", form).send().await
}

/// The error of a reply, if it is a whole one.
#[track_caller]
fn error(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.header("Cache-Control"), Some("no-store"));
    assert_eq!(reply.header("Content-Type"), Some("application/json"));
    let body = reply.json();
    assert!(body["error_description"].is_string() && body.as_object().unwrap().len() == 2, "{body}");
    text(&body, "error")
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}")).to_owned()
}

/// What a token says, whoever signed it.
fn claims(token: &str) -> TokenClaims {
    jsonwebtoken::dangerous::insecure_decode(token).unwrap().claims
}
