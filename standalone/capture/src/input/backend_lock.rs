//! Lock around the sound systems: listing inputs while another thread opens one registers the program twice in a patch
//! bay, and some of their libraries are not thread-safe.

use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

/// Time after which a thread goes on without the lock: some sound systems never answer.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

static BACKEND_LOCK: Mutex<()> = Mutex::new(());

/// Waits until no other thread uses the sound systems; `None` after 5 s. Blocks.
pub(super) fn lock() -> Option<MutexGuard<'static, ()>> {
    BACKEND_LOCK.try_lock_for(LOCK_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_taken_makes_another_thread_wait() {
        let first = lock().unwrap();
        let second = std::thread::spawn(|| lock().is_some());
        std::thread::sleep(Duration::from_millis(50));
        assert!(!second.is_finished());
        drop(first);
        assert!(second.join().unwrap());
    }
}
