//! Receiver of OSC messages over UDP.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use earmark_capture::worker_thread::WorkerThread;
use earmark_session::Instance;
use rosc::{OscMessage, OscPacket, OscType, decoder};

use super::action::{RemoteAction, RemoteCommand};
use super::binding::RemoteBindings;
use super::log::{RemoteLog, RemoteNotice, RemoteStats};

/// Time for which the thread waits for a datagram before it checks whether it is to end.
const POLL_TIMEOUT: Duration = Duration::from_millis(200);
/// Maximum length of a datagram in bytes. It bounds the depth of nested bundles.
const MAX_DATAGRAM: usize = 4096;
/// Maximum length of a message's address in a notice, in characters.
const MAX_SHOWN: usize = 80;

/// Receiver of OSC messages. Dropping it closes the socket.
#[derive(Debug)]
pub struct OscRemote {
    address: SocketAddr,
    stats: Arc<RemoteStats>,
    _thread: WorkerThread<Sender<()>>,
}

impl OscRemote {
    /// Starts to receive at `address`; port 0 is any free port. Messages at `<prefix>/tempo/half` and others change the saved
    /// state of `instance`, whose OSC settings have the prefix, and so do the addresses of `bindings`. `notify` is called on
    /// the receiving thread.
    ///
    /// # Errors
    /// If the address cannot be bound, or no thread can be started.
    pub fn start(
        address: SocketAddr,
        instance: &Arc<Instance>,
        bindings: RemoteBindings,
        notify: impl FnMut(RemoteNotice) + Send + 'static,
    ) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_read_timeout(Some(POLL_TIMEOUT))?;
        let address = socket.local_addr()?;
        let log = RemoteLog::new(notify);
        let stats = Arc::clone(&log.stats);
        let (sender, ended) = bounded(0);
        let mut thread = OscRemoteThread { instance: Arc::clone(instance), bindings, log };
        let thread = WorkerThread::start("earmark-osc-in", sender, move || thread.run(&socket, &ended))?;
        Ok(Self { address, stats, _thread: thread })
    }

    /// Returns the bound address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the counters.
    #[must_use]
    pub fn stats(&self) -> &Arc<RemoteStats> {
        &self.stats
    }
}

/// State of the receiving thread.
struct OscRemoteThread {
    instance: Arc<Instance>,
    bindings: RemoteBindings,
    log: RemoteLog,
}

impl OscRemoteThread {
    fn run(&mut self, socket: &UdpSocket, ended: &Receiver<()>) {
        // One byte more than the maximum, so that a longer datagram is noticed.
        let mut bytes = [0; MAX_DATAGRAM + 1];
        while ended.try_recv() != Err(TryRecvError::Disconnected) {
            let received = socket.recv(&mut bytes);
            let now = Instant::now();
            match received {
                Ok(length) if length > MAX_DATAGRAM => {
                    self.log.ignore(format!("expected a datagram of at most {MAX_DATAGRAM} bytes, got more"), now);
                }
                Ok(length) => match decoder::decode_udp(&bytes[..length]) {
                    Ok((_, packet)) => {
                        if self.packet(packet, now) == 0 {
                            self.log.ignore("expected a message, got an empty bundle".to_owned(), now);
                        }
                    }
                    Err(error) => self.log.ignore(format!("expected an OSC packet, got {length} bytes: {error}"), now),
                },
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                // An answer to a datagram of another program, or a signal.
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
            self.log.flush(now);
        }
    }

    /// Handles the messages of a packet, in order, and returns their number. The times of bundles are ignored.
    fn packet(&mut self, packet: OscPacket, now: Instant) -> usize {
        match packet {
            OscPacket::Message(message) => {
                self.message(&message, now);
                1
            }
            OscPacket::Bundle(bundle) => bundle.content.into_iter().map(|packet| self.packet(packet, now)).sum(),
        }
    }

    fn message(&mut self, message: &OscMessage, now: Instant) {
        match self.command(message) {
            Ok(command) => {
                self.log.accept();
                if let Some(command) = command {
                    command.apply(self.instance.state(), now);
                    self.log.command(command);
                }
            }
            Err(error) => self.log.ignore(error, now),
        }
    }

    /// Returns the command of a message; none for the release of a button.
    fn command(&self, message: &OscMessage) -> Result<Option<RemoteCommand>, String> {
        let prefix = self.instance.state().get().osc.prefix.clone();
        let below = message.addr.strip_prefix(prefix.trim_end_matches('/')).and_then(|below| below.strip_prefix('/'));
        let action = below.and_then(RemoteAction::of_address).or_else(|| self.bindings.of_address(&message.addr));
        let action = action.ok_or_else(|| {
            let shown: String = message.addr.chars().take(MAX_SHOWN).collect();
            format!("expected an address such as `{}/tempo/half`, got `{shown}`", prefix.trim_end_matches('/'))
        })?;
        let numbers = message.args.iter().map(|argument| {
            number(argument).ok_or_else(|| format!("`{}`: expected numbers, got another type", action.name()))
        });
        action.with_numbers(&numbers.collect::<Result<Vec<_>, _>>()?)
    }
}

/// Returns the number of an argument; none for another type.
fn number(argument: &OscType) -> Option<f64> {
    match *argument {
        OscType::Int(number) => Some(number.into()),
        OscType::Long(number) => Some(number as f64),
        OscType::Float(number) => Some(number.into()),
        OscType::Double(number) => Some(number),
        OscType::Bool(on) => Some(f64::from(u8::from(on))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::atomic::Ordering::Relaxed;

    use crossbeam_channel::unbounded;
    use earmark_models::Registry;
    use earmark_session::SharedSettings;
    use rosc::{OscBundle, OscTime, encoder};

    use super::super::binding::{RemoteBinding, RemoteTrigger};
    use super::*;

    /// Receiver with a socket that sends to it.
    struct Rig {
        instance: Arc<Instance>,
        remote: OscRemote,
        notices: Receiver<RemoteNotice>,
        socket: UdpSocket,
    }

    impl Rig {
        fn new() -> Self {
            let instance = Arc::new(Instance::new(Arc::new(SharedSettings::new(Registry::global()))));
            let (sender, notices) = unbounded();
            let notify = move |notice| drop(sender.send(notice));
            let trigger = RemoteTrigger::Osc("/1/push1".into());
            let bindings = RemoteBindings::new(vec![RemoteBinding { trigger, action: RemoteAction::Double }]);
            let address = (Ipv4Addr::LOCALHOST, 0).into();
            let remote = OscRemote::start(address, &instance, bindings, notify).unwrap();
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.connect(remote.address()).unwrap();
            Self { instance, remote, notices, socket }
        }

        fn send(&self, packet: &OscPacket) {
            self.socket.send(&encoder::encode(packet).unwrap()).unwrap();
        }

        fn notice(&self) -> RemoteNotice {
            self.notices.recv_timeout(Duration::from_secs(10)).unwrap()
        }

        /// Waits until the counter of accepted or ignored messages reaches a number.
        fn wait(&self, count: impl Fn(&RemoteStats) -> u64, expected: u64) {
            let begun = Instant::now();
            while count(self.remote.stats()) < expected {
                assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", self.remote.stats());
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    fn message(addr: &str, args: Vec<OscType>) -> OscPacket {
        OscPacket::Message(OscMessage { addr: addr.into(), args })
    }

    #[test]
    fn messages_change_the_tempo_by_their_addresses() {
        let rig = Rig::new();
        rig.send(&message("/earmark/tempo/double", Vec::new()));
        assert_eq!(rig.notice(), RemoteNotice::Command(RemoteCommand::Double));
        rig.send(&message("/earmark/tempo/double", vec![OscType::Float(0.0)]));
        rig.send(&message("/1/push1", vec![OscType::Bool(true)]));
        assert_eq!(rig.notice(), RemoteNotice::Command(RemoteCommand::Double), "the release does nothing");
        assert_eq!(rig.instance.state().get().tempo.octaves, 2);
        rig.instance.state().change(|state| state.osc.prefix = "/stage/".into());
        let content = vec![
            message("/stage/tempo/range", vec![OscType::Int(80), OscType::Double(160.0)]),
            message("/stage/tempo/min_confidence", vec![OscType::Float(0.5)]),
        ];
        rig.send(&OscPacket::Bundle(OscBundle { timetag: OscTime { seconds: 0, fractional: 1 }, content }));
        let _ = (rig.notice(), rig.notice());
        let tempo = rig.instance.state().get().tempo;
        assert_eq!((tempo.range_bpm, tempo.min_confidence), (Some((80.0, 160.0)), 0.5));
        assert_eq!(rig.remote.stats().accepted.load(Relaxed), 5);
        assert_eq!(rig.remote.stats().ignored.load(Relaxed), 0);
    }

    #[test]
    fn bad_messages_are_counted_and_change_nothing() {
        let rig = Rig::new();
        let before = rig.instance.state().get();
        rig.send(&message("/earmark/tempo/hlaf", Vec::new()));
        let RemoteNotice::Ignored { count: 1, message: text } = rig.notice() else { panic!("expected a notice") };
        assert_eq!(text, "expected an address such as `/earmark/tempo/half`, got `/earmark/tempo/hlaf`");
        rig.send(&message("/earmark/tempo/bpm", vec![OscType::String("fast".into())]));
        rig.send(&message("/earmark/tempo/bpm", vec![OscType::Float(f32::NAN)]));
        rig.send(&message("/earmarktempo/half", Vec::new()));
        let mut bad: Vec<Vec<u8>> = vec![Vec::new(), b"hello".to_vec(), vec![b'/'; MAX_DATAGRAM + 500]];
        // Bundles and arrays that are nested as deeply as a datagram can hold.
        let mut nested = Vec::new();
        while nested.len() + 20 <= MAX_DATAGRAM {
            let length = (MAX_DATAGRAM - nested.len() - 20) as u32;
            nested.extend(b"#bundle\0\0\0\0\0\0\0\0\x01");
            nested.extend(length.to_be_bytes());
        }
        bad.push(nested);
        let mut state = 1;
        bad.extend((0..2000).map(|_| {
            let length = random(&mut state) as usize % 64;
            let mut bytes = b"/earmark/tempo/".to_vec();
            bytes.extend((0..length).map(|_| random(&mut state) as u8));
            bytes
        }));
        // In portions, so that the buffer of the socket holds them.
        for (index, bytes) in bad.iter().enumerate() {
            rig.socket.send(bytes).unwrap();
            rig.wait(|stats| stats.ignored.load(Relaxed) + stats.accepted.load(Relaxed), 5 + index as u64);
        }
        assert_eq!(rig.remote.stats().accepted.load(Relaxed), 0);
        let arrays = [&b"/earmark/tempo/tap\0\0,"[..], &[b'['; 2000], &[b']'; 2000], &[0; 3]].concat();
        rig.socket.send(&arrays).unwrap();
        rig.wait(|stats| stats.ignored.load(Relaxed) + stats.accepted.load(Relaxed), 5 + bad.len() as u64);
        assert_eq!(rig.instance.state().get(), before);
        rig.send(&message("/earmark/tempo/half", Vec::new()));
        rig.wait(|stats| stats.accepted.load(Relaxed), 1);
    }

    /// Returns the next number of a xorshift generator.
    fn random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }
}
