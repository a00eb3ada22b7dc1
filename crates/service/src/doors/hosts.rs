//! Which environment a host is.

use std::{borrow::Cow, collections::HashMap, str::FromStr};

/// Hosts of the API in front, each of one environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts {
    environments: HashMap<Box<str>, Box<str>>,
}

/// Why hosts cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostsError {
    #[error("a host is written <environment>=<host>, for example production=api.example.com")]
    Malformed,
    #[error("the host {0} has two environments")]
    Twice(String),
}

/// One host, as it is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    environment: Box<str>,
    host: Box<str>,
}

impl FromStr for Host {
    type Err = HostsError;

    fn from_str(text: &str) -> Result<Self, HostsError> {
        let (environment, host) = text.split_once('=').ok_or(HostsError::Malformed)?;
        let plain = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']')
        };
        if environment.is_empty() || host.is_empty() || !host.bytes().all(plain) {
            return Err(HostsError::Malformed);
        }
        Ok(Self { environment: environment.into(), host: host.to_ascii_lowercase().into() })
    }
}

impl Hosts {
    pub fn new(hosts: impl IntoIterator<Item = Host>) -> Result<Self, HostsError> {
        let mut environments = HashMap::new();
        for Host { environment, host } in hosts {
            let before = environments.insert(host.clone(), environment.clone());
            if before.is_some_and(|before| before != environment) {
                return Err(HostsError::Twice(host.into()));
            }
        }
        Ok(Self { environments })
    }

    pub fn is_empty(&self) -> bool {
        self.environments.is_empty()
    }

    /// The environments that some host is of.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.environments.values().map(|environment| &**environment)
    }

    /// The environment of a host, as a call names it: with a port or without, in any case.
    pub fn environment(&self, host: &str) -> Option<&str> {
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        };
        let found = self.environments.get(&*host).or_else(|| self.environments.get(without_port(&host)?));
        found.map(|environment| &**environment)
    }
}

fn without_port(host: &str) -> Option<&str> {
    let (host, port) = host.rsplit_once(':')?;
    (!port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(texts: &[&str]) -> Result<Hosts, HostsError> {
        Hosts::new(texts.iter().map(|text| text.parse().unwrap()))
    }

    #[test]
    fn a_host_is_of_one_environment_with_any_port_and_in_any_case() {
        let hosts = hosts(&[
            "production=API.example.com",
            "integration=localhost:81",
            "production=localhost",
            "x=[::1]",
        ])
        .unwrap();
        for (host, environment) in [
            ("api.example.com", Some("production")),
            ("Api.Example.Com:443", Some("production")),
            ("localhost:81", Some("integration")),
            ("localhost:82", Some("production")),
            ("[::1]:8080", Some("x")),
            ("[::1]", Some("x")),
        ] {
            assert_eq!(hosts.environment(host), environment, "{host}");
        }
        for host in [
            "",
            ":443",
            "example.com",
            "evil.api.example.com",
            "api.example.com.evil",
            "api.example.com:",
            "[::2]",
            "api.example.com:80:443",
            "api.example.com:x",
            "api.example.com, localhost",
            "user@api.example.com",
            "api.example.com.",
            " api.example.com",
        ] {
            assert_eq!(hosts.environment(host), None, "{host}");
        }
    }

    #[test]
    fn a_host_of_two_environments_or_of_none_is_refused() {
        assert_eq!(
            hosts(&["production=localhost", "integration=LOCALHOST"]),
            Err(HostsError::Twice("localhost".into()))
        );
        assert!(hosts(&["production=localhost", "production=localhost"]).is_ok());
        for text in
            ["", "production", "production=", "=localhost", "production=http://localhost", "production=a b"]
        {
            assert_eq!(text.parse::<Host>(), Err(HostsError::Malformed), "{text}");
        }
    }
}
