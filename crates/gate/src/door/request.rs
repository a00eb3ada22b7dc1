//! A call of the platform's API, as a gateway tells it, and what is read of it.

use std::borrow::Cow;

use crate::{Call, TokenState, verify::Verified};

/// What a call's head says that matters here.
#[derive(Debug, Clone, Copy)]
pub struct DoorRequest<'a> {
    /// As it was sent: methods are upper case.
    pub method: &'a str,
    /// As it was sent, undecoded, with its query.
    pub path: &'a str,
    /// Of the host that was called; `None` where that host is not configured.
    pub environment: Option<&'a str>,
    pub app_key: Sent<'a>,
    /// The whole header.
    pub authorization: Sent<'a>,
}

/// A header of which there should be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent<'a> {
    Missing,
    Once(&'a str),
    /// More than one, or one that is no text: whoever read it next might read another one.
    Unclear,
}

/// A request as it was read. Its token, where it has one, is to be verified before the gate is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub(super) request: &'a DoorRequest<'a>,
    app_key: Option<&'a str>,
    token: Token<'a>,
    pub(super) flaw: Option<Flaw>,
}

/// The access token of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Missing,
    /// No token, however it is read.
    Flawed(Flaw),
    Bearer(&'a str),
}

/// What is wrong with how credentials were sent, where the code alone does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    TwoKeys,
    TwoTokens,
    NotBearer,
    InQuery,
}

/// Query parameters that are credentials (RFC 6750 §2.3, and what people mistake for it).
const CREDENTIALS: [&str; 2] = ["access_token", "client_secret"];

impl<'a> DoorRequest<'a> {
    pub fn question(&'a self) -> Question<'a> {
        let (app_key, flaw) = match self.app_key {
            Sent::Missing => (None, None),
            Sent::Once(key) => (Some(key), None),
            Sent::Unclear => (Some(""), Some(Flaw::TwoKeys)),
        };
        // Without a key its turn does not come.
        let token = if app_key.is_none_or(str::is_empty) { Token::Missing } else { self.token() };
        let flaw = match token {
            Token::Flawed(flaw) => Some(flaw),
            Token::Missing | Token::Bearer(_) => flaw,
        };
        Question { request: self, app_key, token, flaw }
    }

    fn token(&self) -> Token<'a> {
        if self.path.split_once('?').is_some_and(|(_, query)| has_credentials(query)) {
            return Token::Flawed(Flaw::InQuery);
        }
        match self.authorization {
            Sent::Missing => Token::Missing,
            Sent::Unclear => Token::Flawed(Flaw::TwoTokens),
            Sent::Once(header) => bearer(header).map_or(Token::Flawed(Flaw::NotBearer), Token::Bearer),
        }
    }
}

impl<'a> Question<'a> {
    /// The token to verify, if it comes to that.
    pub fn token(&self) -> Option<&'a str> {
        match self.token {
            Token::Bearer(token) => Some(token),
            Token::Missing | Token::Flawed(_) => None,
        }
    }

    /// As the gate is asked, with what verifying the token came to.
    pub fn call<'c>(&'c self, verified: Option<&'c Verified>) -> Call<'c> {
        let token = match (self.token, verified) {
            (Token::Missing, _) => TokenState::Missing,
            (Token::Bearer(_), Some(verified)) => verified.state(),
            (Token::Bearer(_), None) | (Token::Flawed(_), _) => TokenState::Invalid,
        };
        let DoorRequest { method, path, environment, .. } = *self.request;
        Call { method, path, environment: environment.unwrap_or(""), app_key: self.app_key, token }
    }
}

impl<'a> From<Option<&'a str>> for Sent<'a> {
    fn from(header: Option<&'a str>) -> Self {
        header.map_or(Self::Missing, Self::Once)
    }
}

/// RFC 6750 §2.1; the scheme in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Whoever reads the query decodes it first.
fn has_credentials(query: &str) -> bool {
    let named = |(name, _): (Cow<'_, str>, _)| CREDENTIALS.iter().any(|word| name.eq_ignore_ascii_case(word));
    form_urlencoded::parse(query.as_bytes()).any(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token<'a>(path: &'a str, authorization: Sent<'a>) -> Token<'a> {
        let environment = Some("production");
        DoorRequest { method: "GET", path, environment, app_key: Sent::Missing, authorization }.token()
    }

    #[test]
    fn a_token_is_a_bearers_in_the_header() {
        assert_eq!(token("/a", Sent::Once("Bearer x.y.z")), Token::Bearer("x.y.z"));
        assert_eq!(token("/a?b=access_token", Sent::Once("bearer  x.y.z")), Token::Bearer("x.y.z"));
        assert_eq!(token("/a", Sent::Missing), Token::Missing);
        assert_eq!(token("/a", Sent::Unclear), Token::Flawed(Flaw::TwoTokens));
        for header in ["", "Bearer", "Bearer ", "Basic eDp5", "x.y.z"] {
            assert_eq!(token("/a", Sent::Once(header)), Token::Flawed(Flaw::NotBearer), "{header}");
        }
    }

    #[test]
    fn a_token_in_the_query_is_none_and_spoils_the_other() {
        for query in
            ["access_token=x", "a=1&ACCESS_TOKEN=x", "%61ccess%5ftoken=x", "client_secret=x", "access_token"]
        {
            let path = format!("/a?{query}");
            assert_eq!(token(&path, Sent::Once("Bearer x")), Token::Flawed(Flaw::InQuery), "{query}");
        }
    }
}
