//! Recorder: the last seconds of a stream in memory, and all of it in a WAV file while a recording is on.
//!
//! The recorder reads a tap of its own on a thread of its own, so a slow disk delays no other sink. Samples that did not
//! fit into the ring are silence in the file, so that time in the file is source time.

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

/// Time that the thread sleeps when the ring is empty.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Length of the ring in seconds: the longest delay of the disk.
const RING_S: f64 = 10.0;
/// Length in seconds of the longest gap that is filled with silence: a device that was away for an hour does not fill
/// the disk.
const MAX_GAP_FILL_S: f64 = 30.0;

/// State of a recording.
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
    /// The recording ended by an error.
    Failed(RecordError),
}

/// Recorder of one stream after the other; clones share one state.
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
    /// File of a recording that starts with the next stream.
    armed: Option<PathBuf>,
    /// Whether no audio is kept at all.
    private: bool,
}

/// Thread that reads the tap of a stream.
struct RecorderThread {
    /// `Some` until it is joined.
    handle: Option<JoinHandle<()>>,
    /// Whether the stream has ended, so that the ring gets no more samples.
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

    /// Sets the length that is kept in memory, in seconds.
    pub fn set_keep_s(&self, keep_s: f64) {
        self.0.lock().buffer.set_keep_s(keep_s);
    }

    /// Sets whether no audio at all is kept, on disk or in memory; if so, a recording ends.
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

    /// Whether no audio is kept.
    pub fn is_private(&self) -> bool {
        self.0.lock().private
    }

    /// Writes a clip as soon as its last sample has come, or the stream has ended.
    pub fn clip(&self, clip: Clip) {
        let mut inner = self.0.lock();
        inner.buffer.add(clip);
        if inner.thread.is_none() {
            // The stream has ended already: no more samples come.
            inner.buffer.write_clips(true);
        }
    }

    /// Returns the errors of clips since the last call.
    pub fn take_errors(&self) -> Vec<RecordError> {
        self.0.lock().buffer.take_errors()
    }

    /// Begins a stream: returns the tap whose samples are kept.
    ///
    /// # Errors
    /// When the system gives no thread.
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

    /// Ends the stream: waits until everything that its tap was given is kept. Blocks.
    pub fn end(&self) {
        let handle = self.0.lock().thread.as_mut().and_then(|thread| {
            thread.ended.store(true, Ordering::Release);
            thread.handle.take()
        });
        if let Some(handle) = handle {
            // A panic has been reported on standard error.
            let _ = handle.join();
            // Only now: until then more samples may come.
            let mut inner = self.0.lock();
            inner.thread = None;
            inner.buffer.write_clips(true);
        }
    }

    /// Starts to record into a WAV of 32-bit floats with one channel, at the rate of the stream.
    ///
    /// # Errors
    /// When the recorder is private, the file cannot be created, or the recording before it cannot be finished.
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

    /// Arms a recording: it starts as [`Recorder::record`] does with the first sample of the next stream, whatever its
    /// rate, or at once if a stream runs. An error becomes [`Recording::Failed`].
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

    /// Stops to record: completes the file.
    ///
    /// # Errors
    /// When the recording has failed before, or the file cannot be completed.
    pub fn stop(&self) -> Result<(), RecordError> {
        let mut inner = self.0.lock();
        let finished = inner.file.take().map_or(Ok(()), WavFile::finish);
        match std::mem::replace(&mut inner.recording, Recording::Off) {
            Recording::Failed(error) => Err(error),
            Recording::Off | Recording::On { .. } => finished,
        }
    }

    /// State of the recording.
    pub fn recording(&self) -> Recording {
        self.0.lock().recording.clone()
    }

    /// Source time behind the last sample that was read from the ring, in seconds.
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
            // Read before the ring is: samples that come in between are found in the next round.
            let last = ended.load(Ordering::Acquire);
            match reader.poll(usize::MAX) {
                Some(TapEvent::Samples(samples)) => self.0.lock().take(samples),
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
    fn take(&mut self, samples: &[f32]) {
        self.buffer.advance(samples.len() as u64);
        if !self.private {
            self.buffer.push(samples);
            self.write(samples);
        }
    }

    /// Fills a gap of that many samples with silence, as far as it is not too long.
    fn fill_gap(&mut self, lost: u64) {
        let most = (self.buffer.rate().hz() * MAX_GAP_FILL_S) as u64;
        let (mut left, silence) = (lost.min(most), [0.0; 1024]);
        while left > 0 {
            let now = left.min(silence.len() as u64) as usize;
            self.take(&silence[..now]);
            left -= now as u64;
        }
        // Source time passes in the rest of the gap, too.
        self.buffer.advance(lost.saturating_sub(most));
    }

    /// Continues at another source time: forwards there is a gap, backwards another piece of music begins.
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
                // Either it has failed already, or it is complete.
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
    fn recording_with_a_gap_has_every_sample_and_silence_in_between() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.wav");
        let recorder = Recorder::new(1.0);
        let mut tap = recorder.begin(SampleRate::HZ_16000).unwrap();
        recorder.record(&path).unwrap();
        let music: Vec<f32> = (0..16_000).map(|i| i as f32 * 1e-5).collect();
        tap.push_mono(&music);
        // The device was away for half a second.
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
        assert_eq!(recorder.0.lock().buffer.len(), 16_000, "a second is kept in memory");
    }

    #[test]
    fn recording_that_is_impossible_is_an_error() {
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
        assert_eq!(error.to_string(), "the rate changed from 16000 to 11025 Hz");
        recorder.end();
    }
}
