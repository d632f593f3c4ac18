//! Web server: a page that shows predictions, and the WebSocket that feeds it.
//!
//! One thread serves all clients, and no client can block it: sockets are non-blocking, the backlog of a client is
//! bounded, and a client that lags, does not answer pings, or breaks the protocol is disconnected.

mod client;
mod request;
mod stats;
mod urls;

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use earmark_capture::worker_thread::WorkerThread;
use tungstenite::Utf8Bytes;

use self::client::Client;
use self::request::OriginPolicy;
use crate::topic::{KEPT_TOPICS, Topic};

pub use self::stats::WebStats;
pub use self::urls::urls;

/// Capacity of the queue of lines for the server's thread.
const QUEUE_LEN: usize = 1024;
/// Interval between two polls of the sockets when no line is published: with clients, and without clients.
const POLL_INTERVAL: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(100));

/// Configuration of the server.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// Address of the server.
    pub address: SocketAddr,
    /// Maximum number of clients at a time.
    pub max_clients: usize,
    /// Allowed origins in addition to the page's own, such as `http://192.168.0.7:8080`.
    pub origins: Vec<String>,
}

/// Web server that runs until it is dropped.
pub struct WebServer {
    server: WorkerThread<Sender<(Topic, Utf8Bytes)>>,
    address: SocketAddr,
    stats: Arc<WebStats>,
}

impl fmt::Debug for WebServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebServer").field("address", &self.address).field("stats", &self.stats).finish_non_exhaustive()
    }
}

impl WebServer {
    /// Starts the server.
    ///
    /// # Errors
    /// If the address cannot be bound, or no thread can be started.
    pub fn start(config: &WebConfig) -> io::Result<Self> {
        let listener = TcpListener::bind(config.address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (lines, received) = bounded(QUEUE_LEN);
        let stats = Arc::new(WebStats::default());
        let mut server = Server {
            listener,
            origins: OriginPolicy::new(address, config.origins.clone()),
            max_clients: config.max_clients,
            clients: Vec::new(),
            lines: received,
            latest: Default::default(),
            stats: Arc::clone(&stats),
        };
        let server = WorkerThread::start("earmark-web", lines, move || server.run())?;
        Ok(Self { server, address, stats })
    }

    /// Returns the address of the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the counters of the server.
    pub fn stats(&self) -> &Arc<WebStats> {
        &self.stats
    }

    /// Sends a JSON line to every client; returns false if the line was dropped because the queue is full. Any thread;
    /// does not block.
    pub fn publish(&self, topic: Topic, line: &str) -> bool {
        let Some(lines) = self.server.sender() else { return false };
        !matches!(lines.try_send((topic, line.into())), Err(TrySendError::Full(_)))
    }
}

/// State of the server's thread.
struct Server {
    listener: TcpListener,
    origins: OriginPolicy,
    max_clients: usize,
    clients: Vec<Client>,
    lines: Receiver<(Topic, Utf8Bytes)>,
    latest: [Option<Utf8Bytes>; KEPT_TOPICS],
    stats: Arc<WebStats>,
}

impl Server {
    fn run(&mut self) {
        loop {
            let interval = if self.clients.is_empty() { POLL_INTERVAL.1 } else { POLL_INTERVAL.0 };
            match self.lines.recv_timeout(interval) {
                Ok((topic, line)) => {
                    self.send(topic, &line);
                    while let Ok((topic, line)) = self.lines.try_recv() {
                        self.send(topic, &line);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.clients.iter_mut().for_each(Client::close);
                    return;
                }
            }
            self.accept();
            self.serve();
        }
    }

    fn send(&mut self, topic: Topic, line: &Utf8Bytes) {
        if let Some(latest) = self.latest.get_mut(topic as usize) {
            *latest = Some(line.clone());
        }
        self.clients.iter_mut().for_each(|client| client.send(line));
    }

    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    let full = self.clients.len() >= self.max_clients;
                    self.stats.refused.fetch_add(u64::from(full), Relaxed);
                    // Above the limit a client receives a refusal; above twice the limit the connection is dropped
                    // without an answer.
                    if self.clients.len() < self.max_clients.saturating_mul(2)
                        && let Ok(client) = Client::new(stream, full)
                    {
                        self.clients.push(client);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // No connection is pending, or no further socket is available.
                Err(_) => return,
            }
        }
    }

    fn serve(&mut self) {
        let Self { clients, origins, latest, stats, .. } = self;
        clients.retain_mut(|client| client.serve(origins, latest, stats));
        stats.clients.store(clients.iter().filter(|client| client.is_connected()).count(), Relaxed);
    }
}

#[cfg(test)]
mod tests;
