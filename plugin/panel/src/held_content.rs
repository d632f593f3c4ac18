//! Content that changes at most every two seconds, and fades instead of jumping.

use crate::animation::Eased;

/// Minimum time between two changes, in seconds.
const HOLD_S: f64 = 2.0;

/// Displayed content and the content that takes its place, with the state of the fade. The default content is empty.
#[derive(Debug)]
pub(crate) struct HeldContent<T> {
    shown: T,
    next: T,
    /// Content before the displayed one.
    before: T,
    /// Visibility of what changes, 0 to 1.
    visible: Eased,
    changed_s: f64,
}

impl<T: Default> Default for HeldContent<T> {
    fn default() -> Self {
        let (shown, next, before) = (T::default(), T::default(), T::default());
        Self { shown, next, before, visible: Eased::at(1.0), changed_s: f64::NEG_INFINITY }
    }
}

impl<T: Clone + Default + PartialEq> HeldContent<T> {
    /// Sets the wanted content at a time in seconds on a monotonic clock. A change within the hold time waits, unless it is
    /// `urgent`. Returns the time in seconds until a waiting change.
    pub(crate) fn update(&mut self, wanted: T, now_s: f64, urgent: bool) -> Option<f64> {
        if wanted == self.next {
            return None;
        }
        let left_s = HOLD_S - (now_s - self.changed_s);
        if left_s > 0.0 && !urgent {
            return Some(left_s);
        }
        self.next = wanted;
        self.changed_s = now_s;
        None
    }

    /// Advances the fade by `seconds`; returns whether it goes on.
    pub(crate) fn animate(&mut self, seconds: f32) -> bool {
        if self.shown == self.next {
            return self.visible.towards(1.0, seconds, 0.02);
        }
        // Empty content need not fade out.
        if self.shown == T::default() || !self.visible.towards(0.0, seconds, 0.02) {
            self.before = std::mem::replace(&mut self.shown, self.next.clone());
            self.visible = Eased::at(0.0);
        }
        true
    }

    /// Returns the displayed content.
    pub(crate) fn shown(&self) -> &T {
        &self.shown
    }

    /// Returns the content that was set last.
    pub(crate) fn next(&self) -> &T {
        &self.next
    }

    /// Returns the content from or to which the displayed one fades.
    pub(crate) fn other(&self) -> &T {
        if self.shown == self.next { &self.before } else { &self.next }
    }

    /// Returns the visibility of what changes, 0 to 1.
    pub(crate) fn visibility(&self) -> f32 {
        self.visible.value()
    }
}
