//! The frames that the tag model is given, for whoever looks at them. While nobody does, nothing is kept.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use earmark_dsp::FrontEnd;
use parking_lot::Mutex;

/// Whoever has not looked for so long looks no more.
const LOOKS: Duration = Duration::from_secs(1);

/// What the worker keeps for a window.
#[derive(Debug)]
pub struct FeatureMonitor {
    begun: Instant,
    /// When somebody looked last, in milliseconds since it began, plus 1; 0 for never.
    looked: AtomicU64,
    frames: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    front_end: Option<FrontEnd>,
    values: VecDeque<f32>,
    /// How many frames were taken.
    taken: u64,
}

/// The last frames, at most [`FeatureMonitor::WINDOW_S`] seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureFrames {
    /// Where they come from.
    pub front_end: FrontEnd,
    /// `[frame][band]`, oldest first, in the front-end's units; of a frame with many rows, its middle one.
    pub values: Arc<[f32]>,
}

impl FeatureFrames {
    /// Values of a frame.
    #[must_use]
    pub fn bands(front_end: FrontEnd) -> usize {
        front_end.bands() / front_end.rows()
    }
}

impl Default for FeatureMonitor {
    fn default() -> Self {
        Self { begun: Instant::now(), looked: AtomicU64::new(0), frames: Mutex::default() }
    }
}

impl FeatureMonitor {
    /// Length of what is kept, in seconds.
    pub const WINDOW_S: f64 = 10.0;

    /// What was kept since somebody began to look; none before the first frame. The same values as `before` when nothing
    /// has come since.
    #[must_use]
    pub fn look(&self, before: &mut Option<(u64, FeatureFrames)>) -> Option<FeatureFrames> {
        if !self.is_looked_at() {
            // What was kept for somebody before has a hole behind it.
            *self.frames.lock() = Kept::default();
        }
        self.looked.store(self.now_ms() + 1, Ordering::Release);
        let kept = self.frames.lock();
        let front_end = kept.front_end?;
        if before.as_ref().is_none_or(|(taken, _)| *taken != kept.taken) {
            *before = Some((kept.taken, FeatureFrames { front_end, values: kept.values.iter().copied().collect() }));
        }
        before.as_ref().map(|(_, frames)| frames.clone())
    }

    /// Takes a frame, if anybody looks. For the worker.
    pub(crate) fn push(&self, front_end: FrontEnd, bands: &[f32]) {
        if !self.is_looked_at() {
            return;
        }
        let mut kept = self.frames.lock();
        if kept.front_end != Some(front_end) {
            *kept = Kept { front_end: Some(front_end), taken: kept.taken, ..Kept::default() };
        }
        kept.taken += 1;
        let width = FeatureFrames::bands(front_end);
        kept.values.extend(bands.chunks(width).nth(front_end.rows() / 2).unwrap_or_default());
        let most = (Self::WINDOW_S * front_end.rate().hz()) as usize / front_end.hop() * width;
        let over = kept.values.len().saturating_sub(most);
        kept.values.drain(..over);
    }

    fn is_looked_at(&self) -> bool {
        let looked = self.looked.load(Ordering::Acquire);
        looked != 0 && self.now_ms() + 1 - looked <= LOOKS.as_millis() as u64
    }

    fn now_ms(&self) -> u64 {
        self.begun.elapsed().as_millis() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_kept_while_somebody_looks() {
        let (monitor, front_end) = (FeatureMonitor::default(), FrontEnd::MusiCnn);
        monitor.push(front_end, &[1.0; 96]);
        let mut before = None;
        assert_eq!(monitor.look(&mut before), None, "nobody looked yet");
        for frame in 0..700 {
            monitor.push(front_end, &[frame as f32; 96]);
        }
        let frames = monitor.look(&mut before).unwrap();
        assert_eq!((frames.values.len(), frames.values.last()), (625 * 96, Some(&699.0)));
        monitor.push(FrontEnd::Vggish, &[2.0; 64]);
        let again = monitor.look(&mut before).unwrap();
        assert_eq!(again, FeatureFrames { front_end: FrontEnd::Vggish, values: [2.0; 64].into() });
        assert!(Arc::ptr_eq(&again.values, &monitor.look(&mut before).unwrap().values), "nothing came");
        let rows: Vec<f32> = (0..199).flat_map(|row| [row as f32; 128]).collect();
        monitor.push(FrontEnd::OpenL3Mel128, &rows);
        assert_eq!(*monitor.look(&mut before).unwrap().values, [99.0; 128], "what its frame is centred on");
    }
}
