//! The cases: a call, and what is decided about it. They are decided in this order, for some count against a limit.

use super::story::{Story, tenant::*};

/// A call, and the one right answer to it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// A sentence about it.
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// The host that is called.
    pub(crate) host: &'static str,
    pub(crate) app_key: Option<String>,
    /// The header.
    pub(crate) authorization: Option<String>,
    /// `allowed`, or the code of the refusal.
    pub(crate) outcome: &'static str,
}

pub(crate) const PRODUCTION: &str = "api.example.com";
pub(crate) const INTEGRATION: &str = "integration.example.com";

/// The status that a code has (DESIGN §6).
pub(crate) fn status(code: &str) -> u16 {
    match code {
        "allowed" => 200,
        "gate_stale" => 503,
        "app_key_missing" | "app_unknown" | "token_missing" | "token_invalid" | "token_expired"
        | "token_cut_off" => 401,
        "report_limited" | "rate_limited" => 429,
        _ => 403,
    }
}

impl Case {
    /// A call that passes, but for what is said of it next.
    fn new(story: &Story, outcome: &'static str, name: &'static str) -> Self {
        Self {
            name,
            method: "GET",
            path: format!("/crm/v2/tenant/{NORTH}/customers"),
            host: PRODUCTION,
            app_key: Some(story.keys.main.clone()),
            authorization: Some(format!("Bearer {}", story.tokens.north)),
            outcome,
        }
    }

    fn token(self, token: &str) -> Self {
        Self { authorization: Some(format!("Bearer {token}")), ..self }
    }

    fn authorization(self, header: &str) -> Self {
        Self { authorization: Some(header.to_owned()), ..self }
    }

    fn without_token(self) -> Self {
        Self { authorization: None, ..self }
    }

    fn key(self, key: &str) -> Self {
        Self { app_key: Some(key.to_owned()), ..self }
    }

    fn without_key(self) -> Self {
        Self { app_key: None, ..self }
    }

    fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    fn path(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }

    fn at(self, tenant: u64) -> Self {
        self.path(format!("/crm/v2/tenant/{tenant}/customers"))
    }

    fn host(self, host: &'static str) -> Self {
        Self { host, ..self }
    }

    fn report(self, tenant: u64, report: &str) -> Self {
        self.method("POST").path(format!("/reporting/v2/tenant/{tenant}/reports/{report}/data"))
    }
}

#[expect(clippy::too_many_lines, reason = "a table is as long as it is")]
pub(crate) fn cases(story: &Story) -> Vec<Case> {
    let (keys, tokens) = (&story.keys, &story.tokens);
    let case = |outcome, name| Case::new(story, outcome, name);
    let wide = |tail: &str| format!("/crm/v2/tenant/{NORTH}/customers{tail}");
    let (head, body) = tokens.north.rsplit_once('.').unwrap();
    let (first, payload) = head.split_once('.').unwrap();
    let no_algorithm = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
    let case_turned: String = tokens
        .north
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    let group = |outcome, name| Case::new(story, outcome, name).key(&keys.grouped).token(&tokens.group);
    vec![
        // What passes.
        case("allowed", "a call within the grant"),
        case("allowed", "a query says nothing about the operation").path(wide("?page=2&q=%2F..%2F&x=a+b")),
        case("allowed", "the most literal template wins").path(wide("/5/notes")),
        case("allowed", "an export counts like any other call")
            .path(format!("/jpm/v2/tenant/{NORTH}/export/jobs")),
        case("allowed", "a value in the path may be any text").path(wide("/caf%C3%A9%20%3F")),
        case("allowed", "the scheme is read in any case").authorization(&format!("bEARER {}", tokens.north)),
        case("allowed", "a host is read in any case and with any port").host("API.Example.COM:8443"),
        case("allowed", "in the other environment with its own token")
            .host(INTEGRATION)
            .token(&tokens.north_in_integration),
        case("allowed", "a narrow token within its scope").token(&tokens.north_narrow),
        case("allowed", "another app of the same tenant").key(&keys.other).token(&tokens.other),
        case("allowed", "what the upgrade brought").at(UPGRADED).method("POST").token(&tokens.upgraded),
        case("allowed", "a token of before the upgrade goes on").at(UPGRADED).token(&tokens.before_upgrade),
        case("allowed", "a token of after the pause").at(RESUMED).token(&tokens.after_pause),
        case("allowed", "a token of after the return").at(BACK).token(&tokens.after_return),
        case("allowed", "a token of the secret that replaced another")
            .at(ROTATED)
            .token(&tokens.of_new_secret),
        case("allowed", "a token of a secret that retires tomorrow")
            .at(OVERLAPPED)
            .token(&tokens.of_retiring_secret),
        case("allowed", "a token of the secret beside a revoked one")
            .at(LEAKED)
            .token(&tokens.of_secret_beside),
        group("allowed", "a member of a group").at(MEMBER),
        group("allowed", "a member with a token of before the others left")
            .at(MEMBER)
            .token(&tokens.group_before),
        // The key.
        case("app_key_missing", "no app key").without_key(),
        case("app_key_missing", "no app key and no token").without_key().without_token(),
        case("app_key_missing", "no app key before a token of nobody").without_key().token("x.y.z"),
        case("app_unknown", "a key of no app").key("ak1.0000000000000000000000000"),
        case("app_unknown", "a key that is none").key("main"),
        case("app_unknown", "an empty key").key(""),
        case("app_unknown", "a key in other letters").key(&keys.main.to_uppercase()),
        case("app_unknown", "a client id for a key").key("cid.0000000000000000000000000"),
        case("app_unknown", "an unknown key before a missing token").key("ak1.x").without_token(),
        case("app_unknown", "an unknown key before a token of nobody").key("ak1.x").token("x.y.z"),
        // The token.
        case("token_missing", "no token").without_token(),
        case("token_missing", "no token for a deleted app").key(&keys.deleted).without_token(),
        case("token_missing", "no token before an operation of nobody").without_token().path("/nowhere"),
        case("token_missing", "no token before another environment").without_token().host(INTEGRATION),
        case("token_invalid", "a word for a token").token("x"),
        case("token_invalid", "three words for a token").token("x.y.z"),
        case("token_invalid", "an empty header").authorization(""),
        case("token_invalid", "a scheme without a token").authorization("Bearer"),
        case("token_invalid", "another scheme").authorization("Basic eDp5"),
        case("token_invalid", "a token without a scheme").authorization(&tokens.north),
        case("token_invalid", "two tokens in one header")
            .authorization(&format!("Bearer {0}, Bearer {0}", tokens.north)),
        case("token_invalid", "a token that was cut short").token(&tokens.north[..tokens.north.len() - 1]),
        case("token_invalid", "a token that goes on").token(&format!("{}A", tokens.north)),
        case("token_invalid", "a token in other letters").token(&case_turned),
        case("token_invalid", "a token without its signature").token(&format!("{head}.")),
        case("token_invalid", "a token of the algorithm none").token(&format!("{no_algorithm}.{payload}.")),
        case("token_invalid", "the signature of one under the algorithm none")
            .token(&format!("{no_algorithm}.{payload}.{body}")),
        case("token_invalid", "the claims of one with the signature of another")
            .token(&format!("{first}.{payload}.{}", tokens.other.rsplit('.').next().unwrap())),
        case("token_invalid", "a token of another issuer").token(&tokens.of_other_issuer),
        case("token_invalid", "a token for another audience").token(&tokens.for_other_audience),
        case("token_invalid", "a token from the future").token(&tokens.from_future),
        case("token_invalid", "an API token of ours").token(&story.gateway.token),
        case("token_invalid", "a token of nobody before its expiry").token(&tokens.expired_of_other_issuer),
        case("token_invalid", "a token of nobody before an operation of nobody")
            .token("x.y.z")
            .path("/nowhere"),
        case("token_invalid", "a token in the query")
            .without_token()
            .path(wide(&format!("?access_token={}", tokens.north))),
        case("token_invalid", "a token in the query beside the right one")
            .path(wide("?page=1&access_token=x")),
        case("token_invalid", "a hidden token in the query").path(wide("?%61ccess_token=x")),
        case("token_invalid", "a client's secret in the query").path(wide("?client_secret=cs1.x")),
        case("token_expired", "an expired token").token(&tokens.expired),
        case("token_expired", "an expired token before its secret's end")
            .at(LEAKED)
            .token(&tokens.expired_and_revoked),
        case("token_expired", "an expired token before another app's key")
            .key(&keys.other)
            .token(&tokens.expired),
        case("token_expired", "an expired token before another environment")
            .host(INTEGRATION)
            .token(&tokens.expired),
        case("token_cut_off", "a paused connection's token").at(PAUSED).token(&tokens.paused),
        case("token_cut_off", "a token of before the pause stays dead after it")
            .at(RESUMED)
            .token(&tokens.before_pause),
        case("token_cut_off", "a token of a tenant that left").at(LEFT).token(&tokens.left),
        case("token_cut_off", "a token of a tenant that was unlisted").at(UNLISTED).token(&tokens.unlisted),
        case("token_cut_off", "a token of a secret that was replaced at once")
            .at(ROTATED)
            .token(&tokens.of_replaced_secret),
        case("token_cut_off", "a token of a revoked secret").at(LEAKED).token(&tokens.of_revoked_secret),
        case("token_cut_off", "a revoked token").at(LEAKED).token(&tokens.revoked),
        group("token_cut_off", "a paused member's token of before")
            .at(PAUSED_MEMBER)
            .token(&tokens.group_before),
        group("token_cut_off", "a former member's token of before")
            .at(FORMER_MEMBER)
            .token(&tokens.group_before),
        group("token_cut_off", "a removed member's token of before")
            .at(REMOVED_MEMBER)
            .token(&tokens.group_before),
        case("token_cut_off", "a revoked secret before the app's deletion")
            .key(&keys.deleted)
            .at(UPGRADED)
            .token(&tokens.deleted_and_revoked),
        case("token_cut_off", "a revoked secret before another app's key")
            .key(&keys.other)
            .token(&tokens.of_revoked_secret),
        case("token_cut_off", "a revoked token before an operation of nobody")
            .path("/nowhere")
            .token(&tokens.revoked),
        // The app, and who calls where.
        case("app_deleted", "a deleted app's token, long before it expires")
            .key(&keys.deleted)
            .token(&tokens.deleted),
        case("app_deleted", "a deleted app's key before another app's token").key(&keys.deleted),
        case("app_deleted", "a deleted app before another environment")
            .key(&keys.deleted)
            .token(&tokens.deleted)
            .host(INTEGRATION),
        case("key_token_mismatch", "another app's key").key(&keys.other),
        case("key_token_mismatch", "a live key with a deleted app's token").token(&tokens.deleted),
        case("key_token_mismatch", "another app's key before another environment")
            .key(&keys.other)
            .host(INTEGRATION),
        case("key_token_mismatch", "another app's key before an operation of nobody")
            .key(&keys.other)
            .path("/nowhere"),
        case("environment_mismatch", "a production token at integration").host(INTEGRATION),
        case("environment_mismatch", "an integration token at production")
            .token(&tokens.north_in_integration),
        case("environment_mismatch", "a host of no environment").host("elsewhere.example.com"),
        case("environment_mismatch", "a host that only begins like one of ours")
            .host("api.example.com.elsewhere.example"),
        case("environment_mismatch", "another environment before an operation of nobody")
            .host(INTEGRATION)
            .path("/nowhere"),
        // The operation.
        case("operation_unknown", "a path of nobody").path("/nowhere"),
        case("operation_unknown", "the root").path("/"),
        case("operation_unknown", "another method").method("DELETE"),
        case("operation_unknown", "a method in small letters").method("get"),
        case("operation_unknown", "a method of no standard").method("FETCH"),
        case("operation_unknown", "a segment more").path(wide("/5/6")),
        case("operation_unknown", "a slash more").path(wide("/")),
        case("operation_unknown", "two slashes").path(format!("//crm/v2/tenant/{NORTH}/customers")),
        case("operation_unknown", "another case").path(format!("/CRM/v2/tenant/{NORTH}/customers")),
        case("operation_unknown", "a dot segment").path(format!("/crm/v2/tenant/{NORTH}/./customers")),
        case("operation_unknown", "two dots to somebody else's tenant")
            .path(format!("/crm/v2/tenant/{NORTH}/../{SLOW}/customers")),
        case("operation_unknown", "encoded dots")
            .path(format!("/crm/v2/tenant/{SLOW}/%2e%2E/{NORTH}/customers")),
        case("operation_unknown", "an encoded slash").path(wide("/a%2Fb")),
        case("operation_unknown", "a slash that is encoded twice").path(wide("/a%252fb")),
        case("operation_unknown", "an encoded NUL").path(wide("/a%00")),
        case("operation_unknown", "an absolute uri").path(format!("http://api.example.com{}", wide(""))),
        case("operation_unknown", "a fragment").path(wide("#x")),
        case("operation_unknown", "an empty uri").path(""),
        case("operation_unknown", "a star").path("*"),
        case("operation_unknown", "a path parameter").path(wide("/5;x=1")),
        case("operation_unknown", "an operation of nobody before a tenant of somebody else")
            .path("/crm/v2/tenant/1/nowhere"),
        // The tenant and its connection.
        case("tenant_mismatch", "a tenant of another credential").at(UPGRADED),
        case("tenant_mismatch", "a tenant that nobody has").at(4_711),
        case("tenant_mismatch", "a tenant that has not decided").at(SILENT),
        case("tenant_mismatch", "a tenant in another writing").path("/crm/v2/tenant/0101/customers"),
        case("tenant_mismatch", "a tenant that is no number").path("/crm/v2/tenant/all/customers"),
        case("tenant_mismatch", "a token of before the return, for the new credential")
            .at(BACK)
            .token(&tokens.before_return),
        case("tenant_mismatch", "a tenant that has left, with another credential").at(LEFT),
        case("tenant_mismatch", "another tenant before a scope that is missing").at(UPGRADED).method("POST"),
        group("tenant_mismatch", "a tenant outside of the group").at(NORTH),
        group("not_connected", "a member that disconnected").at(FORMER_MEMBER),
        group("not_connected", "a member that was taken out of the group").at(REMOVED_MEMBER),
        group("not_connected", "a former member before a scope that is missing")
            .at(FORMER_MEMBER)
            .method("POST"),
        group("disabled", "a member that paused").at(PAUSED_MEMBER),
        group("disabled", "a paused member before a scope that is missing").at(PAUSED_MEMBER).method("POST"),
        // The scope.
        case("scope_missing", "a scope of the next version").method("POST"),
        case("scope_missing", "a scope that no version has")
            .method("POST")
            .path(format!("/jpm/v2/tenant/{NORTH}/jobs")),
        case("scope_missing", "a scope that the token was not asked for")
            .token(&tokens.north_narrow)
            .path(format!("/jpm/v2/tenant/{NORTH}/export/jobs")),
        case("scope_missing", "a scope of after the token")
            .at(UPGRADED)
            .method("POST")
            .token(&tokens.before_upgrade),
        case("scope_missing", "the scope of the most literal template").path(wide("/notes/5")),
        case("scope_missing", "a narrow token at a report").report(NORTH, "77").token(&tokens.north_narrow),
        // The limits: two calls a minute there, and one of that report.
        case("allowed", "the first of two calls").at(SLOW).token(&tokens.slow),
        case("scope_missing", "a refused call takes nothing").at(SLOW).method("POST").token(&tokens.slow),
        case("allowed", "the second of two calls").at(SLOW).token(&tokens.slow),
        case("rate_limited", "the third of two calls").at(SLOW).token(&tokens.slow),
        case("rate_limited", "the limit is one for all operations")
            .path(format!("/jpm/v2/tenant/{SLOW}/export/jobs"))
            .token(&tokens.slow_narrow),
        case("scope_missing", "a scope that is missing before the limit").at(SLOW).token(&tokens.slow_narrow),
        case("allowed", "a report counts for itself").report(SLOW, "77").token(&tokens.slow),
        case("allowed", "the only one of a report").report(NORTH, "77"),
        case("report_limited", "one more of a report").report(NORTH, "77"),
        case("report_limited", "a report's limit is one for all apps")
            .report(NORTH, "77")
            .key(&keys.other)
            .token(&tokens.other),
        case("allowed", "another report").report(NORTH, "78"),
        case("allowed", "other calls go on").path(wide("/5")),
    ]
}
