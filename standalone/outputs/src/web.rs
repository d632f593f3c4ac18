//! Web server: a small page that shows predictions, and the WebSocket that feeds it.
//!
//! One thread serves all clients, and none can make it wait: sockets do not block, the backlog of a client is bounded, and a
//! client that lags, answers no ping, or breaks the protocol is disconnected.

mod client;
mod request;
mod stats;

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

/// Number of lines that wait for the thread; more than it ever lags.
const QUEUE_LEN: usize = 1024;
/// Time between two polls of the sockets when nothing is published: with clients, and without any.
const POLL_INTERVAL: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(100));

/// Configuration of the server.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// Address of the server.
    pub address: SocketAddr,
    /// Maximum number of clients at a time.
    pub max_clients: usize,
    /// Origins besides the page's own that may connect, such as `http://192.168.0.7:8080`.
    pub origins: Vec<String>,
}

/// Server that runs until this is dropped.
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
    /// Starts to serve.
    ///
    /// # Errors
    /// When the address cannot be bound, or the system gives no thread.
    pub fn start(config: &WebConfig) -> io::Result<Self> {
        let listener = TcpListener::bind(config.address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (news, received) = bounded(QUEUE_LEN);
        let stats = Arc::new(WebStats::default());
        let mut server = Server {
            listener,
            origins: OriginPolicy::new(address, config.origins.clone()),
            max_clients: config.max_clients,
            clients: Vec::new(),
            news: received,
            latest: Default::default(),
            stats: Arc::clone(&stats),
        };
        let server = WorkerThread::start("earmark-web", news, move || server.run())?;
        Ok(Self { server, address, stats })
    }

    /// Address of the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Counters of the server.
    pub fn stats(&self) -> &Arc<WebStats> {
        &self.stats
    }

    /// Sends a line of JSON to every client; false when it was dropped because the thread lags. Does not block.
    pub fn publish(&self, topic: Topic, line: &str) -> bool {
        let Some(news) = self.server.sender() else { return false };
        !matches!(news.try_send((topic, line.into())), Err(TrySendError::Full(_)))
    }
}

/// State of the thread.
struct Server {
    listener: TcpListener,
    origins: OriginPolicy,
    max_clients: usize,
    clients: Vec<Client>,
    news: Receiver<(Topic, Utf8Bytes)>,
    latest: [Option<Utf8Bytes>; KEPT_TOPICS],
    stats: Arc<WebStats>,
}

impl Server {
    fn run(&mut self) {
        loop {
            let interval = if self.clients.is_empty() { POLL_INTERVAL.1 } else { POLL_INTERVAL.0 };
            match self.news.recv_timeout(interval) {
                Ok((topic, line)) => {
                    self.send(topic, &line);
                    while let Ok((topic, line)) = self.news.try_recv() {
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
                    // Beyond the limit, a client stays for as long as its refusal takes; beyond the double of the limit, it
                    // gets no answer.
                    if self.clients.len() < self.max_clients.saturating_mul(2)
                        && let Ok(client) = Client::new(stream, full)
                    {
                        self.clients.push(client);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // No connection is waiting, or the system has no room for one more socket.
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
