//! Addresses of OSC receivers, as they are written in settings, options and scenes.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Maximum number of addresses in a list.
const MAX_ADDRESSES: usize = 16;
/// Maximum lengths of a host name and of one of its labels, in bytes (RFC 1035).
const MAX_NAME_LEN: (usize, usize) = (253, 63);

/// Address of an OSC receiver: an IP address or a host name, and a UDP port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OscAddress {
    pub(super) host: OscHost,
    pub(super) port: u16,
}

/// Host of an OSC receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OscHost {
    Ip(IpAddr),
    /// Name that the system resolves.
    Name(String),
}

/// Error of a list of addresses of OSC receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OscAddressError {
    /// An address has another form.
    Invalid(String),
    /// The list is longer than the maximum.
    TooMany(usize),
}

impl OscAddress {
    /// Parses addresses that are separated by commas, such as `127.0.0.1:9000, stage.local:9000`.
    ///
    /// # Errors
    /// If an address is invalid, or there are more than 16.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, OscAddressError> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        if parts.len() > MAX_ADDRESSES {
            return Err(OscAddressError::TooMany(parts.len()));
        }
        parts.into_iter().map(|part| parse(part).ok_or_else(|| OscAddressError::Invalid(part.to_owned()))).collect()
    }

    /// Returns the socket address; none for a host name, which is to be resolved.
    #[must_use]
    pub fn socket_address(&self) -> Option<SocketAddr> {
        match self.host {
            OscHost::Ip(ip) => Some((ip, self.port).into()),
            OscHost::Name(_) => None,
        }
    }
}

fn parse(text: &str) -> Option<OscAddress> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        let address = OscAddress { host: OscHost::Ip(address.ip()), port: address.port() };
        return Some(address).filter(|address| address.port != 0);
    }
    let (name, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|&port| port != 0 && !text.contains('+'))?;
    let host = match name {
        // The system may resolve it to an IPv6 address, which few receivers use.
        "localhost" => OscHost::Ip(Ipv4Addr::LOCALHOST.into()),
        name if is_host_name(name) => OscHost::Name(name.to_owned()),
        _ => return None,
    };
    Some(OscAddress { host, port })
}

fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=MAX_NAME_LEN.1).contains(&label.len()) && label.bytes().all(allowed) && !label.starts_with('-')
    };
    // A dot at the end marks a complete name. Names with a last label of digits are wrong IP addresses.
    let labels = name.strip_suffix('.').unwrap_or(name);
    let last = labels.rsplit('.').next().unwrap_or_default();
    name.len() <= MAX_NAME_LEN.0 && labels.split('.').all(is_label) && !last.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for OscAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(got) => write!(
                f,
                "expected an IP address or a host name and a port, such as 127.0.0.1:9000 or stage.local:9000, got \
                 `{got}`"
            ),
            Self::TooMany(got) => write!(f, "expected at most {MAX_ADDRESSES} OSC addresses, got {got}"),
        }
    }
}

impl std::error::Error for OscAddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_of_addresses_and_host_names_is_parsed() {
        let list = OscAddress::parse_list(" 127.0.0.1:9000,localhost:9001 , [::1]:9002,stage.local:9003, a_b:1,x.:2");
        let list = list.unwrap();
        let sockets: Vec<_> = list.iter().map(OscAddress::socket_address).collect();
        let ip = |text: &str| Some(text.parse().unwrap());
        assert_eq!(sockets, [ip("127.0.0.1:9000"), ip("127.0.0.1:9001"), ip("[::1]:9002"), None, None, None]);
        assert_eq!((&list[3].host, list[3].port), (&OscHost::Name("stage.local".into()), 9003));
    }

    #[test]
    fn invalid_addresses_are_refused_with_the_expected_form() {
        let long = format!("{}:9000", "x".repeat(64));
        for bad in [
            "",
            "localhost",
            "localhost:99999",
            "127.0.0.1",
            "127.0.0.1:0",
            "stage:0",
            "stage:+1",
            "1.2.3:9000",
            "999.1.1.1:9000",
            "a b:9000",
            "-a:9000",
            "a..b:9000",
            ":9000",
            "\u{0}",
            "http://a:9000",
            "[::1:9000",
            &long,
        ] {
            let error = OscAddress::parse_list(&format!("127.0.0.1:9000,{bad}")).unwrap_err();
            assert_eq!(error, OscAddressError::Invalid(bad.into()));
            assert!(error.to_string().contains("stage.local:9000, got `"), "{error}");
        }
        let error = OscAddress::parse_list(&["a:1"; 17].join(",")).unwrap_err();
        assert_eq!(error.to_string(), "expected at most 16 OSC addresses, got 17");
    }
}
