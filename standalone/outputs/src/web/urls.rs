//! URLs under which a server can be reached.

use std::net::{IpAddr, SocketAddr};

/// Beginnings of the names of virtual interfaces, which other computers do not reach.
const VIRTUAL_INTERFACES: [&str; 5] = ["docker", "br-", "veth", "virbr", "vmnet"];

/// Returns the URLs of a server at `address`. A server at an unspecified address, such as `0.0.0.0`, has a URL for each
/// IPv4 address of this computer in a network, or that of `localhost` without any.
#[must_use]
pub fn urls(address: SocketAddr) -> Vec<String> {
    let interfaces = if address.ip().is_unspecified() { if_addrs::get_if_addrs() } else { Ok(Vec::new()) };
    let interfaces = interfaces.unwrap_or_default().into_iter().map(|interface| (interface.ip(), interface.name));
    urls_among(address, interfaces.collect())
}

fn urls_among(address: SocketAddr, mut interfaces: Vec<(IpAddr, String)>) -> Vec<String> {
    let port = address.port();
    if !address.ip().is_unspecified() {
        return vec![format!("http://{address}/")];
    }
    let in_network = |ip: &IpAddr| matches!(ip, IpAddr::V4(ip) if !ip.is_loopback() && !ip.is_link_local());
    interfaces.retain(|(ip, _)| in_network(ip));
    interfaces.sort_by_key(|(_, name)| VIRTUAL_INTERFACES.iter().any(|begin| name.starts_with(begin)));
    if interfaces.is_empty() {
        return vec![format!("http://localhost:{port}/")];
    }
    interfaces.iter().map(|(ip, _)| format!("http://{ip}:{port}/")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_of_the_network_has_the_urls_of_this_computer() {
        let interfaces = |named: &[(&str, &str)]| {
            named.iter().map(|(name, ip)| (ip.parse().unwrap(), (*name).to_owned())).collect::<Vec<(IpAddr, String)>>()
        };
        let all = [
            ("lo", "127.0.0.1"),
            ("docker0", "172.17.0.1"),
            ("eth0", "169.254.1.1"),
            ("wlan0", "192.168.0.7"),
            ("wlan0", "fe80::1"),
        ];
        let open = "0.0.0.0:8321".parse().unwrap();
        assert_eq!(urls_among(open, interfaces(&all)), ["http://192.168.0.7:8321/", "http://172.17.0.1:8321/"]);
        assert_eq!(urls_among(open, interfaces(&all[..1])), ["http://localhost:8321/"]);
        let local = "127.0.0.1:9".parse().unwrap();
        assert_eq!(urls(local), ["http://127.0.0.1:9/"]);
        assert!(urls(open).iter().all(|url| url.starts_with("http://") && url.ends_with(":8321/")));
    }
}
