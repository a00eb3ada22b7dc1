//! Where a request comes from. Proxies in front hide it and say it in `X-Forwarded-For`, which anybody else may write
//! too: only what was appended by as many proxies as are known to stand there is believed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, request::Parts},
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of whoever called the first of `proxies` proxies, or of the connection where there are none.
pub(super) fn of(request: &Parts, proxies: usize) -> IpAddr {
    let connection = request.extensions.get::<ConnectInfo<SocketAddr>>();
    // A router that is called without a connection has one caller.
    let peer = connection.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(address)| address.ip());
    behind(peer, &request.headers, proxies)
}

/// The same, of a connection from `peer`.
pub(super) fn behind(peer: IpAddr, headers: &HeaderMap, proxies: usize) -> IpAddr {
    let Some(before) = proxies.checked_sub(1) else { return peer };
    // Each proxy adds whom it was called by at the end.
    let all: Vec<&str> = forwarded(headers).collect();
    all.iter().rev().nth(before).and_then(|address| read(address)).unwrap_or(peer)
}

fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(FORWARDED_FOR).into_iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
}

/// Some proxies add the port.
fn read(address: &str) -> Option<IpAddr> {
    address.parse().ok().or_else(|| address.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn address(forwarded: &[&str], proxies: usize) -> String {
        let mut request = Request::new(()).into_parts().0;
        let peer: SocketAddr = "198.51.100.7:4711".parse().unwrap();
        request.extensions.insert(ConnectInfo(peer));
        for value in forwarded {
            request.headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        of(&request, proxies).to_string()
    }

    #[test]
    fn nobody_is_believed_where_no_proxy_stands() {
        assert_eq!(address(&["192.0.2.1"], 0), "198.51.100.7");
    }

    #[test]
    fn what_the_known_proxies_added_is_believed_and_nothing_before_it() {
        assert_eq!(address(&["203.0.113.9, 192.0.2.1"], 1), "192.0.2.1");
        assert_eq!(address(&["203.0.113.9", "192.0.2.1, 10.0.0.1"], 2), "192.0.2.1");
        assert_eq!(address(&["[2001:db8::1]:443"], 1), "2001:db8::1");
    }

    #[test]
    fn a_proxy_that_says_nothing_stands_for_its_callers() {
        for forwarded in [&[][..], &["unknown"], &["192.0.2.1, "]] {
            assert_eq!(address(forwarded, 1), "198.51.100.7");
        }
        assert_eq!(address(&["192.0.2.1"], 2), "198.51.100.7");
    }
}
