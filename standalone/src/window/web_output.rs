//! Web page of the window, started and stopped at run time.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use earmark_outputs::web::{self, WebConfig, WebServer, WebStats};

use crate::app_settings::WebSettings;

/// Maximum number of connected clients.
const MAX_CLIENTS: usize = 32;
/// Time for which the previous server may hold the port.
const BIND_TIMEOUT: Duration = Duration::from_secs(1);

/// Web server, with the settings that were applied last.
#[derive(Debug, Default)]
pub(super) struct WebOutput {
    settings: WebSettings,
    /// End of the attempts to start the server; none if it runs or is off.
    starting_until: Option<Instant>,
    /// URLs and counters of the server, if it runs.
    pub(super) page: Option<(Vec<String>, Arc<WebStats>)>,
}

impl WebOutput {
    /// Applies the settings at a time; called in every frame. `replace` receives each new server, and none to close the
    /// previous one. While the port is in use, every call tries once, until [`BIND_TIMEOUT`]: the previous server closes it
    /// in another thread. A server that cannot be started is switched off in `wanted`. Returns the error message if any.
    /// Does not block.
    pub(super) fn sync(
        &mut self,
        wanted: &mut WebSettings,
        now: Instant,
        mut replace: impl FnMut(Option<WebServer>),
    ) -> Option<String> {
        if *wanted != self.settings {
            self.settings = wanted.clone();
            self.page = None;
            replace(None);
            self.starting_until = wanted.on.then(|| now + BIND_TIMEOUT);
        }
        let until = self.starting_until?;
        match start(&self.settings) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && now < until => None,
            Err(error) => {
                self.starting_until = None;
                (wanted.on, self.settings.on) = (false, false);
                Some(format!("Cannot serve the web page on {}: {error}.", self.settings.address()))
            }
            Ok(server) => {
                self.starting_until = None;
                self.page = Some((web::urls(server.address()), Arc::clone(server.stats())));
                replace(Some(server));
                None
            }
        }
    }
}

fn start(settings: &WebSettings) -> io::Result<WebServer> {
    WebServer::start(&WebConfig { address: settings.address(), max_clients: MAX_CLIENTS, origins: Vec::new() })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    /// Returns a listener on a free port, and the settings of a page at this port.
    fn held_port() -> (TcpListener, WebSettings) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, WebSettings { on: true, port, ..WebSettings::default() })
    }

    #[test]
    fn server_starts_in_a_later_frame_when_the_port_is_free() {
        let (held, mut wanted) = held_port();
        let (mut output, mut server, begin) = (WebOutput::default(), None, Instant::now());
        let mut frame = |output: &mut WebOutput, wanted: &mut WebSettings, at_ms: u64| {
            output.sync(wanted, begin + Duration::from_millis(at_ms), |new| server = new)
        };
        assert_eq!(frame(&mut output, &mut wanted, 0), None);
        assert!(wanted.on && output.page.is_none());
        drop(held);
        assert_eq!(frame(&mut output, &mut wanted, 100), None);
        assert!(wanted.on && output.page.is_some());
        wanted.on = false;
        assert_eq!(frame(&mut output, &mut wanted, 200), None);
        assert!(output.page.is_none() && server.is_none());
    }

    #[test]
    fn page_is_switched_off_with_a_message_if_the_port_stays_in_use() {
        let (_held, mut wanted) = held_port();
        let (mut output, begin) = (WebOutput::default(), Instant::now());
        for at_ms in [0, 300, 999] {
            assert_eq!(output.sync(&mut wanted, begin + Duration::from_millis(at_ms), |_| {}), None);
        }
        let message = output.sync(&mut wanted, begin + BIND_TIMEOUT, |_| {}).unwrap();
        assert!(message.starts_with(&format!("Cannot serve the web page on 127.0.0.1:{}: ", wanted.port)), "{message}");
        assert!(!wanted.on && output.page.is_none());
        assert_eq!(output.sync(&mut wanted, begin + BIND_TIMEOUT * 2, |_| {}), None);
    }
}
