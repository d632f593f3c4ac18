//! A thread that is told things for as long as its owner is there.

use std::io;
use std::thread::{self, JoinHandle};

/// The thread and the way to it. When this is dropped, nothing more is told, and its end is waited for.
pub(crate) struct Attendant<S> {
    /// There until it is dropped.
    words: Option<S>,
    thread: Option<JoinHandle<()>>,
}

impl<S> Attendant<S> {
    /// Starts a thread that ends when `words` are dropped.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(name: &str, words: S, run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self { words: Some(words), thread: Some(thread) })
    }

    /// The way to it.
    pub(crate) fn words(&self) -> Option<&S> {
        self.words.as_ref()
    }
}

impl<S> Drop for Attendant<S> {
    fn drop(&mut self) {
        drop(self.words.take());
        if let Some(thread) = self.thread.take() {
            // A panic was told of on standard error.
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
    fn all_that_was_told_is_heard_before_it_is_gone() {
        let (words, told) = channel();
        let sum = Arc::new(AtomicU32::new(0));
        let heard = Arc::clone(&sum);
        let attendant = Attendant::start("test", words, move || {
            heard.store(told.iter().sum(), Relaxed);
        });
        let attendant = attendant.unwrap();
        (1..=100).for_each(|number| attendant.words().unwrap().send(number).unwrap());
        drop(attendant);
        assert_eq!(sum.load(Relaxed), 5050);
    }
}
