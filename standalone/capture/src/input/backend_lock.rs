//! One conversation with the sound systems at a time: looking for inputs while another thread opens one gives the program
//! two names in a patch bay, and libraries that know no threads are confused.

use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

/// Whoever waits longer goes on all the same: there are sound systems that never answer.
const PATIENCE: Duration = Duration::from_secs(5);

static TURN: Mutex<()> = Mutex::new(());

/// Waits until nobody else talks to them, within reason. Not for an audio thread.
pub(super) fn take() -> Option<MutexGuard<'static, ()>> {
    TURN.try_lock_for(PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_waits_for_the_other() {
        let first = take().unwrap();
        let second = std::thread::spawn(|| take().is_some());
        std::thread::sleep(Duration::from_millis(50));
        assert!(!second.is_finished());
        drop(first);
        assert!(second.join().unwrap());
    }
}
