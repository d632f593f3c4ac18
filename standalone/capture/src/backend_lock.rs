//! Global lock around the libraries of audio and MIDI systems. Some of them are not thread-safe, and listing inputs while
//! another thread opens one registers the program twice in a patch bay.

use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

/// Time after which a thread continues without the lock: a call into a backend may never return.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

static BACKEND_LOCK: Mutex<()> = Mutex::new(());

/// Acquires the lock; returns `None` after 5 s. Blocks.
pub fn lock() -> Option<MutexGuard<'static, ()>> {
    BACKEND_LOCK.try_lock_for(LOCK_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_is_exclusive() {
        let first = lock().unwrap();
        let second = std::thread::spawn(|| lock().is_some());
        std::thread::sleep(Duration::from_millis(50));
        assert!(!second.is_finished());
        drop(first);
        assert!(second.join().unwrap());
    }
}
