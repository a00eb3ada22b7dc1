//! `/forward-auth`: a call as the head of a request, the decision as a head.

use axum::http::{
    HeaderMap, Method, Request, Uri,
    header::{AUTHORIZATION, HOST},
};

use super::{
    super::{Service, problem::Problem, request_error::RequestError, trace::Trace},
    answer::{self, Answer},
    gateway,
    headers::{FORWARDED_HOST, FORWARDED_METHOD, FORWARDED_URI, sent},
    turned_away,
};
use crate::doors::{Door, DoorRequest, Sent};

pub(super) const PATH: &str = "/forward-auth";

/// What a request to this door says, and how it wants to be told.
struct Asked<'a> {
    request: DoorRequest<'a>,
    strict: bool,
}

/// The path of this door, or one below it.
pub(super) fn is_here(uri: &Uri) -> bool {
    uri.path().strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) async fn answer<B>(service: &Service, door: &Door, request: &Request<B>) -> Answer {
    let headers = request.headers();
    // Whoever may not ask learns nothing of how to ask.
    let asked = match gateway::beside(service, headers).await {
        Ok(()) => read(door, request.method(), request.uri(), headers),
        Err(problem) => Err(problem),
    };
    let asked = match asked {
        Ok(asked) => asked,
        Err(problem) => {
            let answer = turned_away(service, &problem, &Trace::of(headers));
            return if wants_strict(request.uri()) { answer::strict(answer) } else { answer };
        }
    };
    let trace = || Trace::of(headers).id;
    let answer = door.decide(&asked.request, |decision| answer::head(decision, trace)).await;
    if asked.strict { answer::strict(answer) } else { answer }
}

fn read<'a>(
    door: &'a Door,
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
) -> Result<Asked<'a>, Problem> {
    let forwarded = [FORWARDED_METHOD, FORWARDED_HOST, FORWARDED_URI].map(|name| sent(headers, &name));
    let (method, host, path, strict) = if uri.path() == PATH {
        let [Sent::Once(method), Sent::Once(host), path] = forwarded else {
            return Err(RequestError::ForwardedInvalid.into());
        };
        let path = match path {
            Sent::Once(path) => path,
            // The caller wrote what no operation has in its path; the gateway did what it should.
            Sent::Unclear if headers.get_all(FORWARDED_URI).iter().count() == 1 => "",
            Sent::Missing | Sent::Unclear => return Err(RequestError::ForwardedInvalid.into()),
        };
        let strict = match uri.query() {
            None | Some("") => false,
            Some("status=strict") => true,
            Some(_) => {
                let reason = "status=strict is all that there is".to_owned();
                return Err(RequestError::QueryInvalid { reason }.into());
            }
        };
        (method, host, path, strict)
    } else {
        // Two ways of saying it are one too many: somebody else may have written the other.
        let alone = forwarded == [Sent::Missing; 3];
        let (true, Sent::Once(host)) = (alone, sent(headers, &HOST)) else {
            return Err(RequestError::ForwardedInvalid.into());
        };
        let path = uri.path_and_query().and_then(|path| path.as_str().strip_prefix(PATH));
        (method.as_str(), host, path.unwrap_or_default(), false)
    };
    // A request line has no space in it, and a value that two were joined to has.
    if uri.authority().is_some() || [method, host, path].iter().any(|text| text.contains([' ', '\t'])) {
        return Err(RequestError::ForwardedInvalid.into());
    }
    let settings = door.settings();
    let request = DoorRequest {
        method,
        path,
        environment: settings.hosts.environment(host),
        app_key: sent(headers, &settings.app_key),
        authorization: sent(headers, &AUTHORIZATION),
    };
    Ok(Asked { request, strict })
}

fn wants_strict(uri: &Uri) -> bool {
    uri.path() == PATH && uri.query() == Some("status=strict")
}
