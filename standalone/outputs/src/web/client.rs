//! One connection: a head, then a page or a WebSocket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Bytes, Error, Message, Utf8Bytes, WebSocket};

use super::head::{Answer, Gate};
use super::{TOPICS, WebStats};

/// How long a head, or taking a page, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// A client is asked whether it is there so often, and let go when it has said nothing for so long.
const PING: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(15));
/// The most that waits for a client that does not read, in bytes; the system keeps some more.
const BEHIND: usize = 256 * 1024;
/// The most that a client may say at once, in bytes: it has nothing to say.
const TALK: usize = 4096;
/// Messages read in one turn.
const READS: usize = 8;

/// One connection.
pub(super) struct Client {
    state: State,
    since: Instant,
    /// Whether it comes when there is no room.
    full: bool,
}

enum State {
    Head(TcpStream, Vec<u8>),
    /// What is still to be sent before the connection is closed.
    Page(TcpStream, Vec<u8>),
    Socket(Box<Socket>),
    Gone,
}

struct Socket {
    socket: WebSocket<TcpStream>,
    heard: Instant,
    asked: Instant,
    lost: Option<Lost>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    Slow,
    Closed,
}

impl Client {
    pub(super) fn new(stream: TcpStream, full: bool) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self { state: State::Head(stream, Vec::new()), since: Instant::now(), full })
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.state, State::Socket(_))
    }

    /// Sends a line, if it is one who gets lines.
    pub(super) fn send(&mut self, line: &Utf8Bytes) {
        if let State::Socket(socket) = &mut self.state {
            socket.say(Message::Text(line.clone()));
        }
    }

    pub(super) fn say_goodbye(&mut self) {
        if let State::Socket(socket) = &mut self.state {
            // Whoever does not take it sees the connection end.
            let _ = socket.socket.close(None);
            let _ = socket.socket.flush();
        }
    }

    /// Reads and writes what can be without waiting; false when the connection is over.
    pub(super) fn serve(&mut self, gate: &Gate, latest: &[Option<Utf8Bytes>; TOPICS], stats: &WebStats) -> bool {
        self.state = match std::mem::replace(&mut self.state, State::Gone) {
            State::Head(stream, bytes) => self.read_head(stream, bytes, gate, latest, stats),
            State::Page(stream, bytes) => self.write_page(stream, bytes),
            State::Socket(mut socket) => {
                socket.turn();
                match socket.lost {
                    None => State::Socket(socket),
                    Some(lost) => {
                        stats.slow.fetch_add(u64::from(lost == Lost::Slow), Relaxed);
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
        gate: &Gate,
        latest: &[Option<Utf8Bytes>; TOPICS],
        stats: &WebStats,
    ) -> State {
        let mut buffer = [0; 2048];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return State::Gone,
                Ok(read) => bytes.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.since.elapsed() < PATIENCE => {
                    return State::Head(stream, bytes);
                }
                Err(_) => return State::Gone,
            }
            match gate.answer(&bytes, self.full) {
                Answer::More => {}
                Answer::Close(response) => return State::Page(stream, response),
                Answer::Refuse(response) => {
                    stats.refused.fetch_add(u64::from(!self.full), Relaxed);
                    return State::Page(stream, response);
                }
                Answer::Upgrade(response, length) => {
                    // An empty socket takes so little at once.
                    if stream.write_all(&response).is_err() {
                        return State::Gone;
                    }
                    let mut socket = Socket::new(stream, bytes.split_off(length));
                    latest.iter().flatten().for_each(|line| socket.say(Message::Text(line.clone())));
                    return State::Socket(Box::new(socket));
                }
            }
        }
    }

    fn write_page(&self, mut stream: TcpStream, mut bytes: Vec<u8>) -> State {
        loop {
            match stream.write(&bytes) {
                Ok(written) if written == bytes.len() => {
                    // What it still says is thrown away with the connection, which may cut the page off at a client
                    // that talks; a browser does not.
                    let _ = stream.shutdown(std::net::Shutdown::Write);
                    return State::Gone;
                }
                Ok(0) => return State::Gone,
                Ok(written) => drop(bytes.drain(..written)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.since.elapsed() < PATIENCE * 2 => {
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
            .read_buffer_size(TALK)
            .write_buffer_size(0)
            .max_write_buffer_size(BEHIND)
            .max_message_size(Some(TALK))
            .max_frame_size(Some(TALK));
        let socket = WebSocket::from_partially_read(stream, read, Role::Server, Some(config));
        Self { socket, heard: Instant::now(), asked: Instant::now(), lost: None }
    }

    fn say(&mut self, message: Message) {
        if self.lost.is_none() {
            let said = self.socket.write(message).and_then(|()| self.socket.flush());
            self.look(said);
        }
    }

    fn turn(&mut self) {
        for _ in 0..READS {
            match self.socket.read() {
                Ok(_) => self.heard = Instant::now(),
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => {
                    // Nonsense is answered with a close frame, which is on its way.
                    let _ = self.socket.flush();
                    return self.look(Err(error));
                }
            }
        }
        if self.heard.elapsed() > PING.1 {
            self.lost = Some(Lost::Slow);
        } else if self.asked.elapsed() > PING.0 {
            self.asked = Instant::now();
            self.say(Message::Ping(Bytes::new()));
        } else {
            let flushed = self.socket.flush();
            self.look(flushed);
        }
    }

    fn look(&mut self, outcome: Result<(), Error>) {
        self.lost = match outcome {
            Ok(()) => return,
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return,
            Err(Error::WriteBufferFull(_)) => Some(Lost::Slow),
            Err(_) => Some(Lost::Closed),
        };
    }
}
