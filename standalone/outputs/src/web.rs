//! Predictions in a browser: a small page, and the WebSocket that feeds it.
//!
//! One thread serves everybody, and no client can make it wait: sockets do not block, what a client has not taken yet is
//! bounded, and whoever lags behind, says nothing when asked, or talks nonsense is let go.

mod client;
mod head;

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use tungstenite::Utf8Bytes;

use self::client::Client;
use crate::attendant::Attendant;

pub(crate) use self::head::Gate;

/// Lines that wait for the thread; more than it is ever behind.
const WAITING: usize = 1024;
/// How often the sockets are looked at when nothing is published: with clients, and without any.
const LOOK: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(100));

/// How to serve.
#[derive(Debug, Clone)]
pub(crate) struct WebConfig {
    /// Where to listen.
    pub(crate) address: SocketAddr,
    /// The most clients at a time.
    pub(crate) most_clients: usize,
    /// Other origins than the page's own that may connect, such as `http://192.168.0.7:8080`.
    pub(crate) origins: Vec<String>,
}

/// What kind of line it is: a new client is sent the latest of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// How the input is.
    Input,
    /// The latest tags.
    Tags,
    /// The latest tempo.
    Tempo,
    /// What an added model says; there are more such lines than one, and the next is soon there.
    Added,
    /// Anything else: of interest only when it happens.
    News,
}

const TOPICS: usize = 3;

/// What is counted, for whoever wants to know.
#[derive(Debug, Default)]
pub(crate) struct WebStats {
    /// Clients of the WebSocket that are connected.
    pub(crate) clients: AtomicUsize,
    /// Clients that were let go because they lagged behind.
    pub(crate) slow: AtomicU64,
    /// Requests that were refused.
    pub(crate) refused: AtomicU64,
}

/// A server that runs until this is dropped.
pub(crate) struct Web {
    server: Attendant<Sender<(Topic, Utf8Bytes)>>,
    address: SocketAddr,
    stats: Arc<WebStats>,
}

impl Web {
    /// Starts to serve.
    ///
    /// # Errors
    /// When the address cannot be had, or the system gives no thread.
    pub(crate) fn start(config: &WebConfig) -> io::Result<Self> {
        let listener = TcpListener::bind(config.address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (news, received) = bounded(WAITING);
        let stats = Arc::new(WebStats::default());
        let mut server = Server {
            listener,
            gate: Gate::new(address, config.origins.clone()),
            most_clients: config.most_clients,
            clients: Vec::new(),
            news: received,
            latest: Default::default(),
            stats: Arc::clone(&stats),
        };
        let server = Attendant::start("earmark-web", news, move || server.run())?;
        Ok(Self { server, address, stats })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is counted.
    pub(crate) fn stats(&self) -> &Arc<WebStats> {
        &self.stats
    }

    /// Sends a line of JSON to every client; never waits. Returns false when it was lost because the thread is behind.
    pub(crate) fn publish(&self, topic: Topic, line: &str) -> bool {
        let Some(news) = self.server.words() else { return false };
        !matches!(news.try_send((topic, line.into())), Err(TrySendError::Full(_)))
    }
}

/// The thread's own.
struct Server {
    listener: TcpListener,
    gate: Gate,
    most_clients: usize,
    clients: Vec<Client>,
    news: Receiver<(Topic, Utf8Bytes)>,
    latest: [Option<Utf8Bytes>; TOPICS],
    stats: Arc<WebStats>,
}

impl Server {
    fn run(&mut self) {
        loop {
            let look = if self.clients.is_empty() { LOOK.1 } else { LOOK.0 };
            match self.news.recv_timeout(look) {
                Ok((topic, line)) => {
                    self.send(topic, &line);
                    while let Ok((topic, line)) = self.news.try_recv() {
                        self.send(topic, &line);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.clients.iter_mut().for_each(Client::say_goodbye);
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
                    let full = self.clients.len() >= self.most_clients;
                    self.stats.refused.fetch_add(u64::from(full), Relaxed);
                    // Beyond the limit, somebody who is told so may stay for as long as that takes; beyond its double,
                    // nobody.
                    if self.clients.len() < self.most_clients.saturating_mul(2)
                        && let Ok(client) = Client::new(stream, full)
                    {
                        self.clients.push(client);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Nobody is waiting, or there is no room for one more socket.
                Err(_) => return,
            }
        }
    }

    fn serve(&mut self) {
        let Self { clients, gate, latest, stats, .. } = self;
        clients.retain_mut(|client| client.serve(gate, latest, stats));
        stats.clients.store(clients.iter().filter(|client| client.is_connected()).count(), Relaxed);
    }
}

#[cfg(test)]
mod tests;
