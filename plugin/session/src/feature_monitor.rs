//! Monitor of the feature frames of the tag model. Frames are recorded only while a reader polls them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use earmark_dsp::FrontEnd;
use parking_lot::Mutex;

/// Time after the last read during which frames are recorded.
const WATCH_TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum number of values in a recorded frame, so that a window can be drawn as a picture.
const MAX_BANDS: usize = 1024;
/// Maximum number of recorded frames.
const MAX_FRAMES: usize = 2000;

/// Monitor of the latest feature frames, written by the worker thread and read by a window.
#[derive(Debug)]
pub struct FeatureMonitor {
    created: Instant,
    /// Time of the last read in milliseconds since `created`, plus 1; 0 before the first read.
    last_read: AtomicU64,
    frames: Mutex<MonitorBuffer>,
}

#[derive(Debug, Default)]
struct MonitorBuffer {
    front_end: Option<FrontEnd>,
    values: VecDeque<f32>,
    /// Number of recorded frames.
    recorded: u64,
    /// Number of frames since the front end was set.
    received: u64,
}

/// Latest feature frames, at most [`FeatureMonitor::WINDOW_S`] seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureFrames {
    /// Front end that computed the frames.
    pub front_end: FrontEnd,
    /// Values as `[frame][band]`, oldest first, in the units of the front end. A frame with several rows gives its
    /// middle row.
    pub values: Arc<[f32]>,
}

impl FeatureFrames {
    /// Returns the number of values per frame. Of a front end with more than 1024 bands, such as a waveform, each
    /// value is the one with the largest magnitude of several bands.
    #[must_use]
    pub fn bands(front_end: FrontEnd) -> usize {
        (front_end.bands() / front_end.rows()).div_ceil(Self::group(front_end))
    }

    /// Returns the number of samples from one recorded frame to the next: the hop of the front end, or a multiple of it if
    /// the window would contain more than 2000 frames.
    #[must_use]
    pub fn hop(front_end: FrontEnd) -> usize {
        front_end.hop() * Self::stride(front_end)
    }

    fn group(front_end: FrontEnd) -> usize {
        (front_end.bands() / front_end.rows()).div_ceil(MAX_BANDS)
    }

    fn stride(front_end: FrontEnd) -> usize {
        let frames = (FeatureMonitor::WINDOW_S * front_end.rate().hz()) as usize / front_end.hop();
        frames.div_ceil(MAX_FRAMES).max(1)
    }
}

impl Default for FeatureMonitor {
    fn default() -> Self {
        Self { created: Instant::now(), last_read: AtomicU64::new(0), frames: Mutex::default() }
    }
}

impl FeatureMonitor {
    /// Length of the recorded window in seconds.
    pub const WINDOW_S: f64 = 10.0;

    /// Returns the frames recorded since reading began; none before the first frame. `cache` holds the frames of the
    /// last read, which are returned again if no frame was added. Allocates and locks.
    #[must_use]
    pub fn read(&self, cache: &mut Option<(u64, FeatureFrames)>) -> Option<FeatureFrames> {
        if !self.is_watched() {
            // Frames of an earlier reader do not join on to those that follow.
            *self.frames.lock() = MonitorBuffer::default();
        }
        self.last_read.store(self.now_ms() + 1, Ordering::Release);
        let buffer = self.frames.lock();
        let front_end = buffer.front_end?;
        if cache.as_ref().is_none_or(|(recorded, _)| *recorded != buffer.recorded) {
            *cache =
                Some((buffer.recorded, FeatureFrames { front_end, values: buffer.values.iter().copied().collect() }));
        }
        cache.as_ref().map(|(_, frames)| frames.clone())
    }

    /// Records a frame if a reader polls the monitor. For the worker thread.
    pub(crate) fn push(&self, front_end: FrontEnd, bands: &[f32]) {
        if !self.is_watched() {
            return;
        }
        let mut buffer = self.frames.lock();
        if buffer.front_end != Some(front_end) {
            *buffer =
                MonitorBuffer { front_end: Some(front_end), recorded: buffer.recorded, ..MonitorBuffer::default() };
        }
        buffer.received += 1;
        let stride = FeatureFrames::stride(front_end);
        if !buffer.received.is_multiple_of(stride as u64) {
            return;
        }
        buffer.recorded += 1;
        let row = bands.chunks(front_end.bands() / front_end.rows()).nth(front_end.rows() / 2).unwrap_or_default();
        let largest = |group: &[f32]| group.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
        buffer.values.extend(row.chunks(FeatureFrames::group(front_end)).filter_map(largest));
        let width = FeatureFrames::bands(front_end);
        let frames = (Self::WINDOW_S * front_end.rate().hz()) as usize / FeatureFrames::hop(front_end);
        let max_len = frames.max(1) * width;
        let excess = buffer.values.len().saturating_sub(max_len);
        buffer.values.drain(..excess);
    }

    fn is_watched(&self) -> bool {
        let last_read = self.last_read.load(Ordering::Acquire);
        last_read != 0 && self.now_ms() + 1 - last_read <= WATCH_TIMEOUT.as_millis() as u64
    }

    fn now_ms(&self) -> u64 {
        self.created.elapsed().as_millis() as u64
    }
}

#[cfg(test)]
mod tests {
    use earmark_dsp::{DescribedFeatures, DescribedFrontEnd, FrontEndDescription, SampleRate};

    use super::*;

    #[test]
    fn frames_are_recorded_only_while_watched() {
        let (monitor, front_end) = (FeatureMonitor::default(), FrontEnd::MusiCnn);
        monitor.push(front_end, &[1.0; 96]);
        let mut cache = None;
        assert_eq!(monitor.read(&mut cache), None, "no read yet");
        for frame in 0..700 {
            monitor.push(front_end, &[frame as f32; 96]);
        }
        let frames = monitor.read(&mut cache).unwrap();
        assert_eq!((frames.values.len(), frames.values.last()), (625 * 96, Some(&699.0)));
        monitor.push(FrontEnd::Vggish, &[2.0; 64]);
        let again = monitor.read(&mut cache).unwrap();
        assert_eq!(again, FeatureFrames { front_end: FrontEnd::Vggish, values: [2.0; 64].into() });
        assert!(Arc::ptr_eq(&again.values, &monitor.read(&mut cache).unwrap().values), "no frame was added");
        let rows: Vec<f32> = (0..199).flat_map(|row| [row as f32; 128]).collect();
        monitor.push(FrontEnd::OpenL3Mel128, &rows);
        assert_eq!(*monitor.read(&mut cache).unwrap().values, [99.0; 128], "the middle row");
    }

    #[test]
    fn frames_of_a_waveform_are_few_and_short_enough_for_a_picture() {
        for (len, hop) in [(43_844, 36_164), (5000, 7)] {
            let description = FrontEndDescription {
                rate: SampleRate::HZ_22050,
                hop,
                lead: Some(0),
                features: DescribedFeatures::Samples { len },
                add: 0.0,
                multiply: 1.0,
            };
            let front_end = FrontEnd::Described(DescribedFrontEnd::new(description).unwrap());
            let monitor = FeatureMonitor::default();
            assert!(monitor.read(&mut None).is_none());
            let mut waveform = vec![0.0; len];
            waveform[len - 1] = -1.0;
            for _ in 0..3 * FeatureFrames::stride(front_end) {
                monitor.push(front_end, &waveform);
            }
            let frames = monitor.read(&mut None).unwrap();
            let bands = FeatureFrames::bands(front_end);
            assert!((500..=MAX_BANDS).contains(&bands), "{bands}");
            assert_eq!((frames.values.len(), frames.values.last()), (3 * bands, Some(&-1.0)));
            let most = FeatureMonitor::WINDOW_S * front_end.rate().hz() / FeatureFrames::hop(front_end) as f64;
            assert!(most <= MAX_FRAMES as f64, "{most}");
        }
    }
}
