//! Thread that owns the receiver of a channel, tied to the lifetime of the sender.

use std::io;
use std::thread::{self, JoinHandle};

/// Thread that runs until the sender of its channel is dropped.
///
/// Dropping a `WorkerThread` drops the sender, then blocks until the thread has processed all queued messages and
/// ended.
#[derive(Debug)]
pub struct WorkerThread<S> {
    /// `None` only while the `WorkerThread` is dropped.
    sender: Option<S>,
    thread: Option<JoinHandle<()>>,
}

impl<S> WorkerThread<S> {
    /// Starts a thread named `name`. `run` must return once `sender` is dropped.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn start(name: &str, sender: S, run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self { sender: Some(sender), thread: Some(thread) })
    }

    /// Returns the sender of the channel; `None` only while the `WorkerThread` is dropped.
    pub fn sender(&self) -> Option<&S> {
        self.sender.as_ref()
    }
}

impl<S> Drop for WorkerThread<S> {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take() {
            // The panic hook has reported a panic on standard error.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn worker_thread_dropped_has_processed_everything_sent() {
        let (sender, receiver) = channel();
        let sum = Arc::new(AtomicU32::new(0));
        let result = Arc::clone(&sum);
        let worker = WorkerThread::start("test", sender, move || {
            result.store(receiver.iter().sum(), Relaxed);
        });
        let worker = worker.unwrap();
        (1..=100).for_each(|number| worker.sender().unwrap().send(number).unwrap());
        drop(worker);
        assert_eq!(sum.load(Relaxed), 5050);
    }
}
