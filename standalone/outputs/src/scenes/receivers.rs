//! OSC receivers of a scene file, by their addresses.

use earmark_session::outputs::{OscAddress, OscReceivers};

/// Open receivers of every list of addresses in a file.
pub(super) struct OscOutputs(Vec<(Vec<OscAddress>, OscReceivers)>);

impl OscOutputs {
    /// Opens the receivers, each list once, and starts to resolve their host names.
    pub(super) fn open<'a>(lists: impl Iterator<Item = &'a Vec<OscAddress>>) -> Self {
        let mut opened: Vec<(Vec<OscAddress>, OscReceivers)> = Vec::new();
        for addresses in lists {
            if !opened.iter().any(|(of, _)| of == addresses) {
                opened.push((addresses.clone(), OscReceivers::open(addresses)));
            }
        }
        Self(opened)
    }

    /// Sends a datagram to the receivers with these addresses. Does not block.
    pub(super) fn send(&self, addresses: &[OscAddress], bytes: &[u8]) {
        if let Some((_, receivers)) = self.0.iter().find(|(of, _)| of == addresses) {
            receivers.send(bytes);
        }
    }
}
