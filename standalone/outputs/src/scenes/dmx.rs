//! DMX over the network by sACN (ANSI E1.31): a thread that sends the universes of the mappings.
//!
//! A universe is sent when one of its channels changes, at most 44 times per second as DMX allows, and otherwise every 0.8 s,
//! because receivers drop a source after 2.5 s. The channels that no mapping has are 0. At the end the stream is terminated.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use earmark_capture::worker_thread::WorkerThread;
use sacn::packet::{
    ACN_SDT_MULTICAST_PORT, AcnRootLayerProtocol, DataPacketDmpLayer, DataPacketFramingLayer, E131RootLayer,
    E131RootLayerData, UNIVERSE_CHANNEL_CAPACITY,
};
use uuid::Uuid;

/// Universes and channels of a universe, counted from 1.
pub(super) const UNIVERSES: RangeInclusive<i64> = 1..=63_999;
pub(super) const CHANNELS: RangeInclusive<i64> = 1..=512;

/// Name of the source that receivers show.
const SOURCE_NAME: &str = "Earmark";
/// Shortest and longest time between two packets of a universe.
const MIN_INTERVAL: Duration = Duration::from_micros(22_800);
const MAX_INTERVAL: Duration = Duration::from_millis(800);
/// Time between two attempts to open the socket.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// Priority of the source, 0 to 200: the default of the standard.
const PRIORITY: u8 = 100;
/// Number of packets that terminate a stream, as in the standard.
const TERMINATION_PACKETS: usize = 3;

/// Receiver of the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum DmxReceiver {
    /// Multicast group of each universe.
    #[default]
    Multicast,
    /// One address.
    Unicast(SocketAddr),
}

/// Channel of a universe, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DmxChannel {
    pub(super) universe: u16,
    pub(super) channel: u16,
}

/// Sender of universes. Dropping it terminates the stream.
pub(super) struct DmxOutput(WorkerThread<Sender<(DmxChannel, u8)>>);

impl DmxReceiver {
    /// Parses `multicast`, or an IP address with an optional port; an error is a message.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text == "multicast" {
            return Ok(Self::Multicast);
        }
        let address = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, ACN_SDT_MULTICAST_PORT));
        let address = address.or_else(|_| text.parse::<SocketAddr>()).ok().filter(|address| address.port() != 0);
        address
            .map(Self::Unicast)
            .ok_or_else(|| format!("expected `multicast`, or an IP address such as `192.168.1.40`, got `{text}`"))
    }

    /// Returns the address of a universe.
    fn address(self, universe: u16) -> SocketAddr {
        let [high, low] = universe.to_be_bytes();
        match self {
            Self::Multicast => (Ipv4Addr::new(239, 255, high, low), ACN_SDT_MULTICAST_PORT).into(),
            Self::Unicast(address) => address,
        }
    }
}

impl DmxOutput {
    /// Starts the thread; none if there is no thread.
    pub(super) fn start(receiver: DmxReceiver) -> Option<Self> {
        let (values, received) = unbounded();
        let (id, retry_at) = (Uuid::new_v4(), Instant::now());
        let mut thread = DmxThread { receiver, id, universes: BTreeMap::new(), socket: None, retry_at };
        WorkerThread::start("earmark-sacn", values, move || thread.run(&received)).ok().map(Self)
    }

    /// Sets a channel. Does not block.
    pub(super) fn set(&self, channel: DmxChannel, value: u8) {
        if let Some(values) = self.0.sender() {
            let _ = values.send((channel, value));
        }
    }
}

/// State of the sending thread.
struct DmxThread {
    receiver: DmxReceiver,
    /// Id of this source.
    id: Uuid,
    universes: BTreeMap<u16, Universe>,
    socket: Option<UdpSocket>,
    /// Time of the next attempt to open the socket.
    retry_at: Instant,
}

/// Universe with the start code in front of its channels.
struct Universe {
    data: [u8; UNIVERSE_CHANNEL_CAPACITY],
    /// Number of the next packet, modulo 256.
    sequence: u8,
    /// Time of the last packet, and whether a channel has changed since then.
    sent: Option<Instant>,
    is_changed: bool,
}

impl Universe {
    fn new() -> Self {
        Self { data: [0; UNIVERSE_CHANNEL_CAPACITY], sequence: 0, sent: None, is_changed: true }
    }

    /// Returns the time at which the universe is due; none for the first packet, which is due at once.
    fn due(&self) -> Option<Instant> {
        self.sent.map(|sent| sent + if self.is_changed { MIN_INTERVAL } else { MAX_INTERVAL })
    }

    /// Returns the next packet of the universe with this number; none if it cannot be encoded.
    fn packet(&mut self, id: Uuid, number: u16, is_last: bool) -> Option<Vec<u8>> {
        let data = DataPacketFramingLayer {
            source_name: SOURCE_NAME.into(),
            priority: PRIORITY,
            synchronization_address: 0,
            sequence_number: self.sequence,
            preview_data: false,
            stream_terminated: is_last,
            force_synchronization: false,
            universe: number,
            data: DataPacketDmpLayer { property_values: (&self.data[..]).into() },
        };
        self.sequence = self.sequence.wrapping_add(1);
        let pdu = E131RootLayer { cid: id, data: E131RootLayerData::DataPacket(data) };
        AcnRootLayerProtocol { pdu }.pack_alloc().ok()
    }
}

impl DmxThread {
    fn run(&mut self, received: &Receiver<(DmxChannel, u8)>) {
        loop {
            let now = Instant::now();
            let due = self.universes.values().map(|universe| universe.due().unwrap_or(now)).min();
            let due = due.map_or(now + MAX_INTERVAL, |due| if self.socket.is_some() { due } else { self.retry_at });
            match received.recv_deadline(due) {
                Ok(value) => {
                    self.set(value);
                    received.try_iter().for_each(|value| self.set(value));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    for _ in 0..TERMINATION_PACKETS {
                        self.send(Instant::now(), true);
                    }
                    return;
                }
            }
            self.send(Instant::now(), false);
        }
    }

    fn set(&mut self, (channel, value): (DmxChannel, u8)) {
        let universe = self.universes.entry(channel.universe).or_insert_with(Universe::new);
        if let Some(before) = universe.data.get_mut(usize::from(channel.channel)) {
            universe.is_changed |= *before != value;
            *before = value;
        }
    }

    /// Sends the universes that are due, or the last packet of all. Errors are ignored: delivery is not guaranteed, and the next
    /// packet repeats the values.
    fn send(&mut self, now: Instant, is_last: bool) {
        if self.socket.is_none() && !self.universes.is_empty() && now >= self.retry_at {
            self.retry_at = now + RETRY_INTERVAL;
            // Any port, so that receivers on this computer keep theirs.
            let ip: IpAddr = match self.receiver {
                DmxReceiver::Unicast(SocketAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
                DmxReceiver::Unicast(SocketAddr::V4(_)) | DmxReceiver::Multicast => Ipv4Addr::UNSPECIFIED.into(),
            };
            self.socket = UdpSocket::bind((ip, 0)).ok();
        }
        let Some(socket) = &self.socket else { return };
        for (&number, universe) in &mut self.universes {
            if is_last || universe.due().is_none_or(|due| due <= now) {
                (universe.sent, universe.is_changed) = (Some(now), false);
                if let Some(packet) = universe.packet(self.id, number, is_last) {
                    let _ = socket.send_to(&packet, self.receiver.address(number));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns universe and first four channels of the next packet, and whether the stream ends with it.
    fn packet(socket: &UdpSocket) -> Option<(u16, Vec<u8>, bool)> {
        let mut bytes = [0; 1024];
        let length = socket.recv(&mut bytes).ok()?;
        let packet = AcnRootLayerProtocol::parse(&bytes[..length]).unwrap();
        let E131RootLayerData::DataPacket(data) = packet.pdu.data else { panic!("expected a data packet") };
        assert_eq!((data.source_name.as_ref(), data.data.property_values.len()), (SOURCE_NAME, 513));
        Some((data.universe, data.data.property_values[1..5].to_vec(), data.stream_terminated))
    }

    /// Waits for a packet that does not end the stream.
    fn receive(socket: &UdpSocket) -> (u16, Vec<u8>) {
        let (universe, channels, is_last) = packet(socket).unwrap();
        assert!(!is_last);
        (universe, channels)
    }

    #[test]
    fn universes_are_sent_when_a_channel_changes_and_kept_alive() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let receiver = DmxReceiver::Unicast(socket.local_addr().unwrap());
        let output = DmxOutput::start(receiver).unwrap();
        let at = |universe, channel| DmxChannel { universe, channel };
        output.set(at(1, 2), 200);
        assert_eq!(receive(&socket), (1, vec![0, 200, 0, 0]));
        output.set(at(7, 1), 5);
        output.set(at(1, 4), 9);
        let mut found = [receive(&socket), receive(&socket)];
        found.sort();
        assert_eq!(found, [(1, vec![0, 200, 0, 9]), (7, vec![5, 0, 0, 0])]);
        // Without a change.
        let mut found = [receive(&socket), receive(&socket)];
        found.sort();
        assert_eq!(found, [(1, vec![0, 200, 0, 9]), (7, vec![5, 0, 0, 0])]);
        // A value that changes all the time is sent at the rate of DMX.
        let begun = Instant::now();
        for value in 0..100 {
            output.set(at(1, 1), value);
            std::thread::sleep(Duration::from_millis(2));
        }
        drop(output);
        let most = begun.elapsed().as_secs_f64() / MIN_INTERVAL.as_secs_f64() + 3.0;
        socket.set_nonblocking(true).unwrap();
        let packets: Vec<_> = std::iter::from_fn(|| packet(&socket)).filter(|packet| packet.0 == 1).collect();
        let (last, values): (Vec<_>, Vec<_>) = packets.iter().partition(|packet| packet.2);
        assert!((1..=most as usize).contains(&values.len()), "{} packets, at most {most}", values.len());
        assert_eq!((last.len(), &last[0].1), (TERMINATION_PACKETS, &vec![99, 200, 0, 9]), "the last values stay");
    }

    #[test]
    fn receivers_are_parsed() {
        assert_eq!(DmxReceiver::parse("multicast"), Ok(DmxReceiver::Multicast));
        assert_eq!(DmxReceiver::Multicast.address(258).to_string(), "239.255.1.2:5568");
        for (text, expected) in
            [("10.0.0.7", "10.0.0.7:5568"), ("10.0.0.7:6000", "10.0.0.7:6000"), ("::1", "[::1]:5568")]
        {
            assert_eq!(DmxReceiver::parse(text), Ok(DmxReceiver::Unicast(expected.parse().unwrap())));
        }
        for wrong in ["", "desk", "10.0.0.7:0", "10.0.0"] {
            assert!(DmxReceiver::parse(wrong).unwrap_err().ends_with(&format!("got `{wrong}`")));
        }
    }
}
