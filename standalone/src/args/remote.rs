//! Options of the remote control of `earmark listen`.

use std::net::{Ipv4Addr, SocketAddr};

/// Options of the remote control of `listen`.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Remote control")]
pub(crate) struct RemoteOptions {
    /// Receive OSC messages that control the tempo, at a port of this computer only, or at an address that other computers
    /// can reach [default port: 9001].
    #[arg(long, value_name = "[IP:]PORT", num_args = 0..=1, default_missing_value = "9001", value_parser = address)]
    pub(crate) osc_in: Option<SocketAddr>,
    /// Receive MIDI notes and controllers that control the tempo, at a virtual port or from the port whose name contains
    /// PORT.
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "")]
    pub(crate) midi_in: Option<String>,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.parse::<u16>().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    port.or_else(|_| text.parse()).map_err(|_| {
        format!("expected a port such as 9001, or an IP address and a port such as 0.0.0.0:9001, got {text}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_alone_is_one_of_this_computer() {
        assert_eq!(address("9001"), Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, 9001))));
        assert_eq!(address("0.0.0.0:9001"), Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9001))));
        for wrong in ["", "localhost", "70000", "1.2.3.4"] {
            let error = address(wrong).unwrap_err();
            assert!(error.ends_with(&format!("got {wrong}")), "{error}");
        }
    }
}
