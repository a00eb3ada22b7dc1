//! How a client says who it is (RFC 6749 §2.3.1): in the header, or in the form, and never twice.

use std::{borrow::Cow, net::IpAddr};

use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;

use super::form::Form;
use crate::connect::{ConnectError, Presented};

const TWICE: ConnectError = ConnectError::InvalidRequest("send one pair of credentials, in one way");

/// What the header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Authorization {
    None,
    Basic {
        client_id: String,
        client_secret: String,
    },
    Bearer(String),
    /// Of another scheme, or malformed.
    Other,
}

pub(super) fn authorization(headers: &HeaderMap) -> Result<Authorization, ConnectError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(Authorization::None),
        (Some(value), None) => Ok(read(value).unwrap_or(Authorization::Other)),
        (Some(_), Some(_)) => Err(TWICE),
    }
}

/// The credentials of a client. Those that are missing or malformed belong to no client.
pub(super) fn presented(
    authorization: Authorization,
    form: &Form<'_>,
    address: IpAddr,
) -> Result<Presented, ConnectError> {
    let in_form = (form.get("client_id"), form.get("client_secret"));
    let (client_id, client_secret) = match (authorization, in_form) {
        (Authorization::Basic { .. } | Authorization::Bearer(_), (_, Some(_))) => return Err(TWICE),
        // Some clients name themselves in the form too.
        (Authorization::Basic { client_id, .. }, (Some(other), None)) if client_id != other => {
            return Err(TWICE);
        }
        (Authorization::Basic { client_id, client_secret }, _) => (client_id, client_secret),
        (Authorization::None, (Some(client_id), Some(client_secret))) => {
            (client_id.to_owned(), client_secret.to_owned())
        }
        (_, (client_id, _)) => (client_id.unwrap_or_default().to_owned(), String::new()),
    };
    Ok(Presented { client_id, client_secret, address })
}

fn read(value: &HeaderValue) -> Option<Authorization> {
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Authorization::Bearer(rest.to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let mut client_id = String::from_utf8(BASE64_STANDARD.decode(rest).ok()?).ok()?;
    let mut client_secret = client_id.split_off(client_id.find(':')?);
    client_secret.remove(0);
    Some(Authorization::Basic { client_id: plain(client_id)?, client_secret: plain(client_secret)? })
}

/// Out of the form's encoding, which the RFC puts under Basic's own.
fn plain(mut text: String) -> Option<String> {
    // As nearly all are.
    if !text.contains(['+', '%']) {
        return Some(text);
    }
    text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Result<Authorization, ConnectError> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        authorization(&headers)
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(text))
    }

    #[test]
    fn basic_carries_the_encoding_of_forms() {
        let read = of(&[&basic("cid%2Ea:cs%3A+%25")]).unwrap();
        let expected = Authorization::Basic { client_id: "cid.a".into(), client_secret: "cs: %".into() };
        assert_eq!(read, expected);
        let plain = of(&[&basic("cid.a:b:c")]).unwrap();
        assert_eq!(plain, Authorization::Basic { client_id: "cid.a".into(), client_secret: "b:c".into() });
    }

    #[test]
    fn what_is_malformed_is_nobodys() {
        for value in [&*basic("no colon"), "Basic", "Basic !!", "Digest a=b", &basic("a:%ff")] {
            assert_eq!(of(&[value]).unwrap(), Authorization::Other, "{value}");
        }
        assert_eq!(of(&[]).unwrap(), Authorization::None);
        assert!(of(&[&basic("a:b"), &basic("a:b")]).is_err());
    }
}
