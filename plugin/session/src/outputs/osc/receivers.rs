//! UDP sockets of OSC receivers, and resolution of their host names on a thread.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::address::{OscAddress, OscHost};

/// Interval between two resolutions of the names: while one is unresolved, and otherwise.
const RESOLVE_INTERVAL: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// Receivers of OSC messages. Host names are resolved on a thread: at first, every 5 s after a failure, and every minute,
/// because an address may change. Messages to an unresolved host are dropped.
#[derive(Debug)]
pub struct OscReceivers {
    receivers: Vec<OscReceiver>,
    v4: Option<UdpSocket>,
    v6: Option<UdpSocket>,
    /// Sender that requests another resolution, and ends the thread when it is dropped; none without host names.
    resolve: Option<SyncSender<()>>,
}

#[derive(Debug)]
enum OscReceiver {
    Fixed(SocketAddr),
    Named(Arc<NamedReceiver>),
}

/// Receiver with a host name, and its last known address.
#[derive(Debug)]
struct NamedReceiver {
    name: String,
    port: u16,
    address: Mutex<Option<SocketAddr>>,
}

impl OscReceivers {
    /// Opens the sockets and starts to resolve the host names. Does not block.
    #[must_use]
    pub fn open(addresses: &[OscAddress]) -> Self {
        Self::with_lookup(addresses, RESOLVE_INTERVAL, lookup)
    }

    fn with_lookup(
        addresses: &[OscAddress],
        interval: (Duration, Duration),
        lookup: impl Fn(&str, u16) -> Option<SocketAddr> + Send + 'static,
    ) -> Self {
        let mut named = Vec::new();
        let receiver = |OscAddress { host, port }: &OscAddress| match host {
            OscHost::Ip(ip) => OscReceiver::Fixed((*ip, *port).into()),
            OscHost::Name(name) => {
                let receiver = NamedReceiver { name: name.clone(), port: *port, address: Mutex::default() };
                let receiver = Arc::new(receiver);
                named.push(Arc::clone(&receiver));
                OscReceiver::Named(receiver)
            }
        };
        let receivers: Vec<OscReceiver> = addresses.iter().map(receiver).collect();
        let resolve = (!named.is_empty()).then(|| {
            let (resolve, requests) = sync_channel(1);
            // If no thread can be started, the names stay unresolved.
            let _ = thread::Builder::new()
                .name("earmark-resolve".into())
                .spawn(move || run(&named, &requests, interval, lookup));
            resolve
        });
        // Some machines have no IPv6.
        let (v4, v6) = (bind((Ipv4Addr::UNSPECIFIED, 0).into()), bind((Ipv6Addr::UNSPECIFIED, 0).into()));
        Self { receivers, v4, v6, resolve }
    }

    /// Sends a datagram to every receiver. Does not block. Errors are ignored, because delivery is not guaranteed; after
    /// an error, the host name is resolved again.
    pub fn send(&self, bytes: &[u8]) {
        for receiver in &self.receivers {
            let address = match receiver {
                OscReceiver::Fixed(address) => Some(*address),
                OscReceiver::Named(named) => *named.address.lock(),
            };
            let Some(address) = address else { continue };
            let socket = if address.is_ipv4() { &self.v4 } else { &self.v6 };
            let sent = socket.as_ref().is_some_and(|socket| socket.send_to(bytes, address).is_ok());
            if let (false, OscReceiver::Named(_), Some(resolve)) = (sent, receiver, &self.resolve) {
                // A full queue means that a request is pending.
                let _ = resolve.try_send(());
            }
        }
    }
}

fn bind(address: SocketAddr) -> Option<UdpSocket> {
    let socket = UdpSocket::bind(address).ok()?;
    socket.set_nonblocking(true).ok()?;
    Some(socket)
}

/// Resolves the names until the receivers are dropped. An address that was found once is kept if a later resolution
/// fails.
fn run(
    named: &[Arc<NamedReceiver>],
    requests: &Receiver<()>,
    (retry, refresh): (Duration, Duration),
    lookup: impl Fn(&str, u16) -> Option<SocketAddr>,
) {
    loop {
        let mut failed = false;
        for receiver in named {
            match lookup(&receiver.name, receiver.port) {
                Some(address) => *receiver.address.lock() = Some(address),
                None => failed = true,
            }
        }
        let mut due = Instant::now() + if failed { retry } else { refresh };
        loop {
            match requests.recv_timeout(due.saturating_duration_since(Instant::now())) {
                // Sending may fail with every message, so the interval of failures passes first.
                Ok(()) => due = due.min(Instant::now() + retry),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

/// Returns the address of a host, of IPv4 if there is one: few receivers use IPv6. Blocks.
fn lookup(name: &str, port: u16) -> Option<SocketAddr> {
    let found: Vec<SocketAddr> = (name, port).to_socket_addrs().ok()?.collect();
    found.iter().find(|address| address.is_ipv4()).or(found.first()).copied()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    const INTERVAL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(3600));

    fn receiver() -> (UdpSocket, SocketAddr) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    /// Sends until a datagram arrives.
    fn assert_arrives(receivers: &OscReceivers, socket: &UdpSocket) {
        let started = Instant::now();
        socket.set_nonblocking(true).unwrap();
        while socket.recv(&mut [0; 16]).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "no datagram");
            receivers.send(b"osc");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn every_receiver_gets_the_datagram() {
        let (sockets, addresses): (Vec<_>, Vec<_>) = (0..3).map(|_| receiver()).unzip();
        let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        OscReceivers::open(&OscAddress::parse_list(&list.join(", ")).unwrap()).send(b"osc");
        for socket in sockets {
            let mut bytes = [0; 16];
            assert_eq!(socket.recv(&mut bytes).map(|length| bytes[..length].to_vec()).unwrap(), b"osc");
        }
    }

    #[test]
    fn host_name_is_resolved_off_the_calling_thread_and_again_after_failure() {
        let (socket, address) = receiver();
        let list = OscAddress::parse_list("stage.local:9000").unwrap();
        let (calls, caller) = (Arc::new(AtomicUsize::new(0)), thread::current().id());
        let counted = Arc::clone(&calls);
        let receivers = OscReceivers::with_lookup(&list, INTERVAL, move |name, port| {
            assert_ne!(thread::current().id(), caller);
            assert_eq!((name, port), ("stage.local", 9000));
            (counted.fetch_add(1, SeqCst) >= 3).then_some(address)
        });
        assert_arrives(&receivers, &socket);
        assert_eq!(calls.load(SeqCst), 4, "three failures, then no more until the next refresh");
    }

    #[test]
    fn host_name_is_resolved_again_after_a_send_error() {
        let (socket, address) = receiver();
        let list = OscAddress::parse_list("stage.local:9000").unwrap();
        let first = AtomicUsize::new(0);
        let receivers = OscReceivers::with_lookup(&list, INTERVAL, move |_, _| {
            // Sending to a broadcast address is an error without the socket option.
            let broadcast = (Ipv4Addr::BROADCAST, 9000).into();
            Some(if first.fetch_add(1, SeqCst) == 0 { broadcast } else { address })
        });
        assert_arrives(&receivers, &socket);
    }

    #[test]
    fn thread_ends_when_the_receivers_are_dropped() {
        let list = OscAddress::parse_list("stage.local:9000").unwrap();
        let alive = Arc::new(());
        let held = Arc::clone(&alive);
        let receivers = OscReceivers::with_lookup(&list, INTERVAL, move |_, _| {
            let _held = &held;
            None
        });
        drop(receivers);
        let started = Instant::now();
        while Arc::strong_count(&alive) > 1 {
            assert!(started.elapsed() < Duration::from_secs(10), "the thread still runs");
            thread::sleep(Duration::from_millis(5));
        }
    }
}
