//! Connection of a client: the head of a request, then the page or a WebSocket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Bytes, Error, Message, Utf8Bytes, WebSocket};

use super::request::{OriginPolicy, RequestOutcome};
use super::stats::WebStats;
use crate::topic::KEPT_TOPICS;

/// Maximum time for a client to send the head of its request. Reading the page may take twice as long.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// Interval between two pings, and time without any frame after which a client is disconnected.
const PING: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(15));
/// Maximum backlog of a client that does not read, in bytes, in addition to the buffers of the operating system.
const MAX_BACKLOG: usize = 256 * 1024;
/// Maximum length of a client's message, in bytes. No messages are expected.
const MAX_INCOMING_BYTES: usize = 4096;
/// Maximum number of messages read in one poll.
const MAX_READS: usize = 8;

/// Connection of a client.
pub(super) struct Client {
    state: State,
    since: Instant,
    /// Whether the server was full when the client connected.
    full: bool,
}

enum State {
    Head(TcpStream, Vec<u8>),
    /// Bytes to send before the connection is closed.
    Page(TcpStream, Vec<u8>),
    Socket(Box<Socket>),
    Gone,
}

struct Socket {
    socket: WebSocket<TcpStream>,
    received: Instant,
    pinged: Instant,
    disconnect: Option<Disconnect>,
}

/// Reason of a disconnect.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disconnect {
    Slow,
    Closed,
}

impl Client {
    /// Accepts a connection. If `full` is set, the request will be refused.
    pub(super) fn new(stream: TcpStream, full: bool) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self { state: State::Head(stream, Vec::new()), since: Instant::now(), full })
    }

    /// Whether the connection is a WebSocket.
    pub(super) fn is_connected(&self) -> bool {
        matches!(self.state, State::Socket(_))
    }

    /// Sends a line, if the connection is a WebSocket.
    pub(super) fn send(&mut self, line: &Utf8Bytes) {
        if let State::Socket(socket) = &mut self.state {
            socket.queue_frame(Message::Text(line.clone()));
        }
    }

    /// Sends a close frame, if the connection is a WebSocket.
    pub(super) fn close(&mut self) {
        if let State::Socket(socket) = &mut self.state {
            // If the frame cannot be sent, the client sees the connection end.
            let _ = socket.socket.close(None);
            let _ = socket.socket.flush();
        }
    }

    /// Reads and writes; returns false when the connection has ended. Does not block.
    pub(super) fn serve(
        &mut self,
        origins: &OriginPolicy,
        latest: &[Option<Utf8Bytes>; KEPT_TOPICS],
        stats: &WebStats,
    ) -> bool {
        self.state = match std::mem::replace(&mut self.state, State::Gone) {
            State::Head(stream, bytes) => self.read_head(stream, bytes, origins, latest, stats),
            State::Page(stream, bytes) => self.write_page(stream, bytes),
            State::Socket(mut socket) => {
                socket.poll();
                match socket.disconnect {
                    None => State::Socket(socket),
                    Some(reason) => {
                        stats.slow.fetch_add(u64::from(reason == Disconnect::Slow), Relaxed);
                        State::Gone
                    }
                }
            }
            State::Gone => State::Gone,
        };
        !matches!(self.state, State::Gone)
    }

    fn read_head(
        &self,
        mut stream: TcpStream,
        mut bytes: Vec<u8>,
        origins: &OriginPolicy,
        latest: &[Option<Utf8Bytes>; KEPT_TOPICS],
        stats: &WebStats,
    ) -> State {
        let mut buffer = [0; 2048];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return State::Gone,
                Ok(read) => bytes.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.since.elapsed() < WRITE_TIMEOUT => {
                    return State::Head(stream, bytes);
                }
                Err(_) => return State::Gone,
            }
            match origins.answer(&bytes, self.full) {
                RequestOutcome::More => {}
                RequestOutcome::Close(response) => return State::Page(stream, response),
                RequestOutcome::Refuse(response) => {
                    stats.refused.fetch_add(u64::from(!self.full), Relaxed);
                    return State::Page(stream, response);
                }
                RequestOutcome::Upgrade(response, length) => {
                    // The response fits into the empty send buffer of the socket.
                    if stream.write_all(&response).is_err() {
                        return State::Gone;
                    }
                    let mut socket = Socket::new(stream, bytes.split_off(length));
                    latest.iter().flatten().for_each(|line| socket.queue_frame(Message::Text(line.clone())));
                    return State::Socket(Box::new(socket));
                }
            }
        }
    }

    fn write_page(&self, mut stream: TcpStream, mut bytes: Vec<u8>) -> State {
        loop {
            match stream.write(&bytes) {
                Ok(written) if written == bytes.len() => {
                    // Closing may truncate the page for a client that still sends; browsers do not.
                    let _ = stream.shutdown(std::net::Shutdown::Write);
                    return State::Gone;
                }
                Ok(0) => return State::Gone,
                Ok(written) => drop(bytes.drain(..written)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.since.elapsed() < WRITE_TIMEOUT * 2 => {
                    return State::Page(stream, bytes);
                }
                Err(_) => return State::Gone,
            }
        }
    }
}

impl Socket {
    fn new(stream: TcpStream, read: Vec<u8>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(MAX_INCOMING_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(MAX_BACKLOG)
            .max_message_size(Some(MAX_INCOMING_BYTES))
            .max_frame_size(Some(MAX_INCOMING_BYTES));
        let socket = WebSocket::from_partially_read(stream, read, Role::Server, Some(config));
        Self { socket, received: Instant::now(), pinged: Instant::now(), disconnect: None }
    }

    fn queue_frame(&mut self, message: Message) {
        if self.disconnect.is_none() {
            let written = self.socket.write(message).and_then(|()| self.socket.flush());
            self.check(written);
        }
    }

    fn poll(&mut self) {
        for _ in 0..MAX_READS {
            match self.socket.read() {
                Ok(_) => self.received = Instant::now(),
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => {
                    // After a protocol error a close frame is queued: flush it.
                    let _ = self.socket.flush();
                    return self.check(Err(error));
                }
            }
        }
        if self.received.elapsed() > PING.1 {
            self.disconnect = Some(Disconnect::Slow);
        } else if self.pinged.elapsed() > PING.0 {
            self.pinged = Instant::now();
            self.queue_frame(Message::Ping(Bytes::new()));
        } else {
            let flushed = self.socket.flush();
            self.check(flushed);
        }
    }

    fn check(&mut self, outcome: Result<(), Error>) {
        self.disconnect = match outcome {
            Ok(()) => return,
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return,
            Err(Error::WriteBufferFull(_)) => Some(Disconnect::Slow),
            Err(_) => Some(Disconnect::Closed),
        };
    }
}
