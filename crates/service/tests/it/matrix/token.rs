//! Tokens that are not what they were.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cast::{Cast, SOUTH, instance};

pub const ROLES: [&str; 8] =
    ["developer", "tenant_admin", "reviewer", "platform", "gateway", "consumer", "auditor", "operator"];

/// A token of each role that was revoked, and one that expired.
#[derive(Debug)]
pub struct Dead(Vec<[String; 2]>);

impl Dead {
    pub async fn new(cast: &Cast) -> Self {
        let mut dead = Vec::new();
        for role in ROLES {
            let revoked = issue(cast, role, &Value::Null).await;
            let path = format!("/v1/tokens/{}", revoked["token_id"].as_str().unwrap());
            cast.server.delete(&path).token(&cast.platform).send().await.expect(200);
            let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(300);
            let expiring = issue(cast, role, &soon.to_string().into()).await;
            dead.push([revoked, expiring].map(|token| token["token"].as_str().unwrap().to_owned()));
        }
        let deadline = Instant::now() + Duration::from_secs(15);
        for [_, expiring] in &dead {
            while cast.server.get("/v1/scope-catalog").token(expiring).send().await.status != 401 {
                assert!(Instant::now() < deadline, "a token outlives its end");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Self(dead)
    }

    pub fn of(&self, role: &str) -> &[String; 2] {
        &self.0[ROLES.iter().position(|known| *known == role).unwrap()]
    }
}

async fn issue(cast: &Cast, role: &str, expires_at: &Value) -> Value {
    let mut body = json!({"role": role, "name": "Soon dead", "expires_at": expires_at});
    match role {
        "developer" => body["organization_id"] = cast.maker_id.clone().into(),
        "tenant_admin" => body["tenants"] = json!([instance(SOUTH, "production")]),
        _ => {}
    }
    cast.server.post("/v1/tokens").token(&cast.platform).json(&body).send().await.expect(201).json()
}
