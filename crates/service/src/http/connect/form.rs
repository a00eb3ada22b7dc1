//! A form (RFC 6749 appendix B): every parameter at most once, and nothing in the query.

use std::borrow::Cow;

use axum::http::{HeaderMap, Uri, header::CONTENT_TYPE};

use crate::connect::ConnectError;

/// The parameters of a request.
pub(super) struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    pub(super) fn read(uri: &Uri, headers: &HeaderMap, body: &'a [u8]) -> Result<Self, ConnectError> {
        // A query stands in the logs of everything on the way.
        if uri.query().is_some_and(|query| !query.is_empty()) {
            return Err(ConnectError::InvalidRequest("send parameters in the body, none in the query"));
        }
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        let form = match (types.next(), types.next()) {
            (Some(one), None) => one.to_str().is_ok_and(is_form),
            _ => false,
        };
        if !form {
            return Err(ConnectError::InvalidRequest("send the body as application/x-www-form-urlencoded"));
        }
        let mut parameters: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(ConnectError::InvalidRequest("send each parameter once"));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// A parameter without a value is as if it were not there (RFC 6749 §3.2).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    pub(super) fn need(&self, name: &str, missing: &'static str) -> Result<&str, ConnectError> {
        self.get(name).ok_or(ConnectError::InvalidRequest(missing))
    }
}

fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str, content_type: &str, body: &'static str) -> Result<Form<'static>, ConnectError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Form::read(&uri.parse().unwrap(), &headers, body.as_bytes())
    }

    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

    #[test]
    fn a_form_is_read_and_its_empty_parameters_are_passed_over() {
        let form = read("/connect/token?", FORM, "a=1+2%3d&empty=&c=3").unwrap();
        assert_eq!((form.get("a"), form.get("empty"), form.get("d")), (Some("1 2="), None, None));
    }

    #[test]
    fn queries_other_bodies_and_doubles_are_refused() {
        for (uri, content_type, body) in [
            ("/connect/token?a=1", FORM, "b=2"),
            ("/connect/token", "application/json", "{}"),
            ("/connect/token", FORM, "a=1&a=1"),
            ("/connect/token", FORM, "a=1&b=2&%61=3"),
        ] {
            assert!(read(uri, content_type, body).is_err(), "{uri} {content_type} {body}");
        }
    }
}
