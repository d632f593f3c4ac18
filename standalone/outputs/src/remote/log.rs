//! Counters of received messages, and the notices about them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::action::RemoteCommand;

/// Least time between two notices about ignored messages.
const NOTICE_INTERVAL: Duration = Duration::from_secs(5);

/// Counters of a receiver.
#[derive(Debug, Default)]
pub struct RemoteStats {
    /// Number of messages that triggered an action, releases of buttons included.
    pub accepted: AtomicU64,
    /// Number of messages that were not understood.
    pub ignored: AtomicU64,
}

/// Notice about received messages.
#[derive(Debug, Clone, PartialEq)]
pub enum RemoteNotice {
    /// A command was carried out.
    Command(RemoteCommand),
    /// Messages were not understood.
    Ignored {
        /// Number of them since the start.
        count: u64,
        /// Reason for the last one, with the expected and the actual content.
        message: String,
    },
    /// The port was opened, with its description, or closed.
    Port(Option<String>),
}

/// Log of a receiver: counts messages, and limits the notices about ignored ones.
pub(super) struct RemoteLog {
    pub(super) stats: Arc<RemoteStats>,
    notify: Box<dyn FnMut(RemoteNotice) + Send>,
    /// Time of the last notice about an ignored message.
    noticed: Option<Instant>,
    /// Reason for the last ignored message that is not in a notice yet.
    pending: Option<String>,
}

impl RemoteLog {
    pub(super) fn new(notify: impl FnMut(RemoteNotice) + Send + 'static) -> Self {
        Self { stats: Arc::default(), notify: Box::new(notify), noticed: None, pending: None }
    }

    /// Counts a message that was understood.
    pub(super) fn accept(&mut self) {
        self.stats.accepted.fetch_add(1, Relaxed);
    }

    /// Passes on a command that was carried out.
    pub(super) fn command(&mut self, command: RemoteCommand) {
        (self.notify)(RemoteNotice::Command(command));
    }

    /// Passes on the state of the port.
    pub(super) fn port(&mut self, description: Option<String>) {
        (self.notify)(RemoteNotice::Port(description));
    }

    /// Counts a message that was not understood.
    pub(super) fn ignore(&mut self, message: String, now: Instant) {
        self.stats.ignored.fetch_add(1, Relaxed);
        self.pending = Some(message);
        self.flush(now);
    }

    /// Passes on the count of ignored messages, if there are new ones and the last notice is 5 s ago.
    pub(super) fn flush(&mut self, now: Instant) {
        let is_due = self.noticed.is_none_or(|noticed| now.saturating_duration_since(noticed) >= NOTICE_INTERVAL);
        if let Some(message) = self.pending.take_if(|_| is_due) {
            self.noticed = Some(now);
            (self.notify)(RemoteNotice::Ignored { count: self.stats.ignored.load(Relaxed), message });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn ignored_messages_are_counted_in_one_notice_every_five_seconds() {
        let (sender, notices) = channel();
        let mut log = RemoteLog::new(move |notice| sender.send(notice).unwrap());
        let begin = Instant::now();
        for message in 0..1000 {
            log.ignore(format!("message {message}"), begin + Duration::from_millis(message));
        }
        let first = RemoteNotice::Ignored { count: 1, message: "message 0".into() };
        assert_eq!(notices.try_iter().collect::<Vec<_>>(), [first]);
        log.flush(begin + Duration::from_secs(6));
        log.flush(begin + Duration::from_secs(60));
        let rest = RemoteNotice::Ignored { count: 1000, message: "message 999".into() };
        assert_eq!(notices.try_iter().collect::<Vec<_>>(), [rest]);
    }
}
