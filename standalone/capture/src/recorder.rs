//! Recorder: keeps the last seconds of a stream in memory, and writes the stream to a WAV file while recording.
//!
//! The recorder reads its own tap on its own thread, so a slow disk does not delay the other sinks. Samples that did
//! not fit into the ring are replaced by silence, so that time in the file equals source time.

mod clip_buffer;
mod error;
mod wav_file;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use earmark_dsp::{MarkKind, SampleRate, Tap, TapEvent, TapReader, tap};
use parking_lot::Mutex;

use self::clip_buffer::ClipBuffer;
use self::wav_file::WavFile;

pub use self::clip_buffer::Clip;
pub use self::error::RecordError;

/// Interval between two polls of an empty ring.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Length of the ring, in seconds; also the longest disk stall without loss.
const RING_S: f64 = 10.0;
/// Maximum length of a gap that is filled with silence, in seconds. A device that was disconnected for an hour must not
/// fill the disk.
const MAX_GAP_FILL_S: f64 = 30.0;

/// Recording state.
#[derive(Debug, Clone, PartialEq)]
pub enum Recording {
    /// No file is written.
    Off,
    /// A file is written.
    On {
        /// The file.
        path: PathBuf,
        /// Length so far, in seconds.
        seconds: f64,
    },
    /// An error ended the recording.
    Failed(RecordError),
}

/// Recorder of consecutive streams. Clones share one state.
#[derive(Clone)]
pub struct Recorder(Arc<Mutex<Inner>>);

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorder").field(&self.0.lock().recording).finish()
    }
}

struct Inner {
    buffer: ClipBuffer,
    file: Option<WavFile>,
    recording: Recording,
    thread: Option<RecorderThread>,
    /// File of the recording that starts with the next stream.
    armed: Option<PathBuf>,
    /// Whether no audio is kept, neither in memory nor on disk.
    private: bool,
}

/// Handle of the thread that reads the tap of a stream.
struct RecorderThread {
    /// `None` once the thread is joined.
    handle: Option<JoinHandle<()>>,
    /// Whether the stream has ended: no more samples are pushed to the ring.
    ended: Arc<AtomicBool>,
}

impl Recorder {
    /// Creates a recorder that keeps the last `keep_s` seconds in memory.
    pub fn new(keep_s: f64) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            buffer: ClipBuffer::new(keep_s),
            file: None,
            recording: Recording::Off,
            thread: None,
            armed: None,
            private: false,
        })))
    }

    /// Sets the length of the audio kept in memory, in seconds.
    pub fn set_keep_s(&self, keep_s: f64) {
        self.0.lock().buffer.set_keep_s(keep_s);
    }

    /// Turns privacy mode on or off. In privacy mode no audio is kept, neither in memory nor on disk, and a running
    /// recording is ended.
    pub fn set_private(&self, private: bool) {
        let mut inner = self.0.lock();
        inner.private = private;
        if private {
            inner.buffer.clear();
            inner.buffer.clear_clips();
            inner.armed = None;
            if let Some(file) = inner.file.take() {
                let finished = file.finish();
                inner.recording = Recording::Off;
                finished.err().into_iter().for_each(|error| inner.buffer.add_error(error));
            }
        }
    }

    /// Whether privacy mode is on.
    pub fn is_private(&self) -> bool {
        self.0.lock().private
    }

    /// Schedules a clip: it is written when its last sample has arrived, or when the stream ends.
    pub fn clip(&self, clip: Clip) {
        let mut inner = self.0.lock();
        inner.buffer.add(clip);
        if inner.thread.is_none() {
            // The stream has ended: no more samples arrive.
            inner.buffer.write_clips(true);
        }
    }

    /// Returns the errors of clips since the last call.
    pub fn take_errors(&self) -> Vec<RecordError> {
        self.0.lock().buffer.take_errors()
    }

    /// Starts a stream and returns the tap for its samples.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn begin(&self, rate: SampleRate) -> std::io::Result<Tap> {
        let (tap, reader) = tap(rate, (rate.hz() * RING_S) as usize, 64);
        let recorder = self.clone();
        {
            let mut inner = self.0.lock();
            if inner.buffer.rate() != rate {
                inner.buffer.set_rate(rate);
                if let Some(file) = inner.file.take() {
                    // The file has one rate only.
                    let change = RecordError::RateChange { from_hz: file.rate().hz(), to_hz: rate.hz() };
                    inner.recording = Recording::Failed(file.finish().err().unwrap_or(change));
                }
            }
        }
        self.start_armed();
        let ended = Arc::new(AtomicBool::new(false));
        let is_ended = Arc::clone(&ended);
        let handle =
            thread::Builder::new().name("earmark-record".into()).spawn(move || recorder.run(reader, &is_ended))?;
        self.0.lock().thread = Some(RecorderThread { handle: Some(handle), ended });
        Ok(tap)
    }

    /// Ends the stream: waits until all samples of its tap are written or stored. Blocks.
    pub fn end(&self) {
        let handle = self.0.lock().thread.as_mut().and_then(|thread| {
            thread.ended.store(true, Ordering::Release);
            thread.handle.take()
        });
        if let Some(handle) = handle {
            // The panic hook has reported a panic on standard error.
            let _ = handle.join();
            // After the join: before that, more samples may arrive.
            let mut inner = self.0.lock();
            inner.thread = None;
            inner.buffer.write_clips(true);
        }
    }

    /// Starts a recording: a mono WAV file of 32-bit floats at the rate of the stream.
    ///
    /// # Errors
    /// If privacy mode is on, the file cannot be created, or the previous recording cannot be finished.
    pub fn record(&self, path: &Path) -> Result<(), RecordError> {
        let mut inner = self.0.lock();
        if inner.private {
            return Err(RecordError::Private);
        }
        inner.file.take().map_or(Ok(()), WavFile::finish)?;
        inner.file = Some(WavFile::create(path, inner.buffer.rate())?);
        inner.recording = Recording::On { path: path.to_owned(), seconds: 0.0 };
        Ok(())
    }

    /// Arms a recording: it starts with the first sample of the next stream, at the rate of that stream, or at once if
    /// a stream runs. An error of [`Recorder::record`] becomes [`Recording::Failed`].
    pub fn arm(&self, path: &Path) {
        let runs = {
            let mut inner = self.0.lock();
            inner.armed = Some(path.to_owned());
            inner.thread.is_some()
        };
        if runs {
            self.start_armed();
        }
    }

    /// Stops the recording and completes the file.
    ///
    /// # Errors
    /// If the recording has failed before, or the file cannot be completed.
    pub fn stop(&self) -> Result<(), RecordError> {
        let mut inner = self.0.lock();
        let finished = inner.file.take().map_or(Ok(()), WavFile::finish);
        match std::mem::replace(&mut inner.recording, Recording::Off) {
            Recording::Failed(error) => Err(error),
            Recording::Off | Recording::On { .. } => finished,
        }
    }

    /// Returns the state of the recording.
    pub fn recording(&self) -> Recording {
        self.0.lock().recording.clone()
    }

    /// Returns the source time after the last sample read from the ring, in seconds.
    pub fn end_s(&self) -> f64 {
        self.0.lock().buffer.end_s()
    }

    fn start_armed(&self) {
        let armed = self.0.lock().armed.take();
        if let Some(path) = armed
            && let Err(error) = self.record(&path)
        {
            self.0.lock().recording = Recording::Failed(error);
        }
    }

    fn run(&self, mut reader: TapReader, ended: &AtomicBool) {
        loop {
            // Read before the ring is polled: samples that arrive in between are read in the next iteration.
            let last = ended.load(Ordering::Acquire);
            match reader.poll(usize::MAX) {
                Some(TapEvent::Samples(samples)) => self.0.lock().push(samples),
                Some(TapEvent::Mark(mark)) => {
                    let mut inner = self.0.lock();
                    match mark.kind {
                        MarkKind::End => {}
                        MarkKind::Gap { lost } => inner.fill_gap(lost),
                        MarkKind::Seek { to_s } => inner.seek(to_s),
                        MarkKind::Reset => inner.seek(0.0),
                    }
                }
                None if last => return self.0.lock().buffer.write_clips(true),
                None => thread::sleep(POLL_INTERVAL),
            }
        }
    }
}

impl Inner {
    fn push(&mut self, samples: &[f32]) {
        self.buffer.advance(samples.len() as u64);
        if !self.private {
            self.buffer.push(samples);
            self.write(samples);
        }
    }

    /// Fills a gap of `lost` samples with silence, at most [`MAX_GAP_FILL_S`].
    fn fill_gap(&mut self, lost: u64) {
        let max_samples = (self.buffer.rate().hz() * MAX_GAP_FILL_S) as u64;
        let (mut left, silence) = (lost.min(max_samples), [0.0; 1024]);
        while left > 0 {
            let now = left.min(silence.len() as u64) as usize;
            self.push(&silence[..now]);
            left -= now as u64;
        }
        // Source time also advances over the rest of the gap.
        self.buffer.advance(lost.saturating_sub(max_samples));
    }

    /// Continues at another source time. A forward jump is a gap; a backward jump starts a new piece of audio.
    fn seek(&mut self, to_s: f64) {
        let ahead_s = to_s - self.buffer.end_s();
        if ahead_s > 0.0 {
            self.fill_gap((ahead_s * self.buffer.rate().hz()).round() as u64);
        } else {
            self.buffer.write_clips(true);
            self.buffer.clear();
        }
        self.buffer.set_end_s(to_s);
    }

    fn write(&mut self, samples: &[f32]) {
        let Some(file) = &mut self.file else { return };
        let written = file.write(samples);
        if let Recording::On { seconds, .. } = &mut self.recording {
            *seconds = file.seconds();
        }
        if let Err(error) = written {
            self.recording = Recording::Failed(error);
            if let Some(file) = self.file.take() {
                // The write error takes precedence; a full file is complete.
                let _ = file.finish();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(path: &Path) -> (u32, Vec<f32>) {
        let mut reader = hound::WavReader::open(path).unwrap();
        (reader.spec().sample_rate, reader.samples::<f32>().map(Result::unwrap).collect())
    }

    #[test]
    fn recording_gap_is_filled_with_silence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.wav");
        let recorder = Recorder::new(1.0);
        let mut tap = recorder.begin(SampleRate::HZ_16000).unwrap();
        recorder.record(&path).unwrap();
        let music: Vec<f32> = (0..16_000).map(|i| i as f32 * 1e-5).collect();
        tap.push_mono(&music);
        // The device was disconnected for half a second.
        tap.seek(1.5);
        tap.push_mono(&music[..100]);
        recorder.end();
        assert!(matches!(recorder.recording(), Recording::On { seconds, .. } if (seconds - 1.50625).abs() < 1e-9));
        recorder.stop().unwrap();
        let (rate_hz, samples) = wav(&path);
        assert_eq!((rate_hz, samples.len()), (16_000, 24_100));
        assert_eq!(samples[..16_000], music);
        assert!(samples[16_000..24_000].iter().all(|&sample| sample == 0.0));
        assert_eq!(samples[24_000..], music[..100]);
        assert_eq!(recorder.0.lock().buffer.len(), 16_000, "one second is kept in memory");
    }

    #[test]
    fn recording_error_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::new(0.0);
        let error = recorder.record(&folder.path().join("none/take.wav")).unwrap_err().to_string();
        assert!(error.starts_with("cannot record to ") && error.contains("none/take.wav"), "{error}");
        assert_eq!(recorder.recording(), Recording::Off);

        let _tap = recorder.begin(SampleRate::HZ_16000).unwrap();
        recorder.record(&folder.path().join("take.wav")).unwrap();
        recorder.end();
        let _tap = recorder.begin(SampleRate::HZ_11025).unwrap();
        let Recording::Failed(error) = recorder.recording() else { panic!("{:?}", recorder.recording()) };
        assert_eq!(error.to_string(), "the sample rate changed from 16000 to 11025 Hz");
        recorder.end();
    }
}
