//! The homepage that a tenant's admin sees before consenting. It is never fetched.

use url::{Host, Url};

use super::text::is_deceptive;
use crate::Invalid;

text_value! {
    /// An https URL without credentials, on a host name with a dot; at most 2,048 bytes. Kept as written, but
    /// in its ASCII form where it was not ASCII, so that a look-alike host name shows as what it is.
    HomepageUrl
}

impl HomepageUrl {
    pub const MAX_BYTES: usize = 2048;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        // The URL standard forgives white space and backslashes; readers less forgiving would see another host.
        if text
            .chars()
            .any(|character| character.is_whitespace() || character == '\\' || is_deceptive(character))
        {
            return Err(Invalid::HomepageMalformed);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(Invalid::HomepageTooLong);
        }
        let url = Url::parse(text).map_err(|_| Invalid::HomepageMalformed)?;
        let rest = text.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://"));
        if rest.is_none() {
            return Err(Invalid::HomepageNotHttps);
        }
        if authority(text).is_empty() {
            return Err(Invalid::HomepageHost);
        }
        if authority(text).contains('@') {
            return Err(Invalid::HomepageCredentials);
        }
        match url.host() {
            Some(Host::Domain(name)) if is_qualified(name) => {}
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(Invalid::HomepageIpLiteral),
            Some(Host::Domain(_)) | None => return Err(Invalid::HomepageHost),
        }
        let kept = if text.is_ascii() { text.into() } else { url.as_str().into() };
        if url.as_str().len() > Self::MAX_BYTES { Err(Invalid::HomepageTooLong) } else { Ok(Self(kept)) }
    }
}

/// What stands between `https://` and the path, query or fragment.
fn authority(text: &str) -> &str {
    text[8..].split(['/', '?', '#']).next().unwrap_or_default()
}

/// At least two labels of letters, digits and inner hyphens (RFC 1123, section 2.1); a final dot is the root.
fn is_qualified(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253 && name.contains('.') && !name.ends_with(".localhost") && name.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
