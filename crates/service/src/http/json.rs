//! Reading a body, so that whoever sent it learns where it is wrong.

use axum::http::{HeaderMap, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::{objects::Objects, request_error::RequestError};

/// The body as `T`.
pub(super) fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, RequestError> {
    if !is_json(headers) {
        return Err(RequestError::ContentTypeUnsupported);
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(Objects(&mut json))
        .map_err(|error| rejected(error.path(), error.inner()))?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// `application/json` or `application/…+json`, with any parameters.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(sent) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn rejected(path: &Path, error: &serde_json::Error) -> RequestError {
    if error.classify() != Category::Data {
        return malformed(error);
    }
    let (pointer, reason) = (pointer(path), reason(error));
    // What serde's derived code says; it has no other way to tell.
    if reason.starts_with("unknown field") {
        RequestError::FieldUnknown { pointer, reason }
    } else {
        RequestError::FieldInvalid { pointer, reason }
    }
}

fn malformed(error: &serde_json::Error) -> RequestError {
    RequestError::JsonMalformed { reason: error.to_string() }
}

/// The error without its place in the text, which the pointer tells better, and without the value: it may be a
/// secret that was put in the wrong field, and answers are kept by many who must not know it.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(&*text, |(reason, _)| reason);
    for (before, after) in [
        ("invalid type: string", "\", expected "),
        ("invalid value: string", "\", expected "),
        ("unknown variant", "`, expected "),
    ] {
        if let (true, Some((_, expected))) = (reason.starts_with(before), reason.rsplit_once(after)) {
            return format!("{before}, expected {expected}");
        }
    }
    reason.to_owned()
}

/// RFC 6901.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&part);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read by nobody: the errors are tested")]
    struct App {
        name: String,
        tenants: Vec<Tenant>,
        owner: Option<Tenant>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read by nobody: the errors are tested")]
    struct Tenant {
        id: u64,
    }

    fn read_app(body: &str) -> Result<App, RequestError> {
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        read(&HeaderMap::from_iter([(CONTENT_TYPE, json)]), body.as_bytes())
    }

    #[test]
    fn json_that_breaks_off_or_goes_on_is_malformed() {
        for body in ["", "{", r#"{"name":"a","tenants":[]} and more"#, "{name:1}"] {
            let error = read_app(body).unwrap_err();
            assert!(matches!(error, RequestError::JsonMalformed { .. }), "{body}: {error:?}");
        }
    }

    #[test]
    fn a_wrong_value_is_pointed_at() {
        let error = read_app(r#"{"name":"a","tenants":[{"id":1},{"id":"2"}]}"#).unwrap_err();
        let RequestError::FieldInvalid { pointer, reason } = error else { panic!("{error:?}") };
        assert_eq!(pointer, "/tenants/1/id");
        assert_eq!(reason, "invalid type: string, expected u64");
    }

    #[test]
    fn a_wrong_value_is_not_repeated() {
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Decision {
            Allow,
            Decline,
        }
        let json = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let error = read::<Decision>(&json, br#""cs1.`, expected 9""#).unwrap_err();
        let RequestError::FieldInvalid { reason, .. } = error else { panic!("{error:?}") };
        assert_eq!(reason, "unknown variant, expected `allow` or `decline`");
        assert!(matches!(read::<Decision>(&json, br#""allow""#), Ok(Decision::Allow)));
        for body in ["null", "7", "[]", r#"{"allow":null}"#] {
            let error = read::<Decision>(&json, body.as_bytes()).unwrap_err();
            assert!(matches!(error, RequestError::FieldInvalid { .. }), "{body}: {error:?}");
        }
        let error = read_app(r#""cs1.\", expected 9""#).unwrap_err();
        let RequestError::FieldInvalid { reason, .. } = error else { panic!("{error:?}") };
        assert_eq!(reason, "invalid type: string, expected struct App");
    }

    #[test]
    fn an_array_is_no_object_at_any_depth() {
        for (body, wanted) in [
            (r#"["a",[]]"#, ""),
            (r#"{"name":"a","tenants":[[1]]}"#, "/tenants/0"),
            (r#"{"name":"a","tenants":[],"owner":[1]}"#, "/owner"),
        ] {
            let error = read_app(body).unwrap_err();
            let RequestError::FieldInvalid { pointer, reason } = error else { panic!("{error:?}") };
            assert_eq!((&*pointer, &*reason), (wanted, "invalid type: array, expected an object"), "{body}");
        }
        assert!(read_app(r#"{"name":"a","tenants":[{"id":1}],"owner":{"id":1}}"#).is_ok());
    }

    #[test]
    fn an_unknown_field_is_pointed_at() {
        let error = read_app(r#"{"name":"a","tenants":[{"id":1,"na/me":"b"}]}"#).unwrap_err();
        let RequestError::FieldUnknown { pointer, .. } = error else { panic!("{error:?}") };
        assert_eq!(pointer, "/tenants/0/na~1me");
    }

    #[test]
    fn a_field_that_is_missing_or_twice_is_invalid() {
        for (body, wanted) in [
            (r#"{"name":"a"}"#, "missing field `tenants`"),
            (r#"{"name":"a","name":"b","tenants":[]}"#, "duplicate field `name`"),
        ] {
            let error = read_app(body).unwrap_err();
            let RequestError::FieldInvalid { reason, .. } = error else { panic!("{error:?}") };
            assert_eq!(reason, wanted);
        }
    }
}
