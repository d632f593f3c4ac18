//! Keeps what was heard: the last seconds in memory, and all of it in a WAV file while that is wished.
//!
//! It reads a tap of its own, on a thread of its own, so a slow disk delays nobody; what did not fit is silence in the
//! file, so that its time stays that of the music.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use earmark_dsp::{MarkKind, SampleRate, Tap, TapEvent, TapReader, tap};
use hound::{SampleFormat, WavSpec, WavWriter};
use parking_lot::Mutex;

/// How long the thread sleeps when there is nothing.
const LOOK: Duration = Duration::from_millis(20);
/// How long the disk may be late, in seconds.
const RING_S: f64 = 10.0;
/// The longest hole that is filled with silence, in seconds: a device that was away for an hour does not fill the disk.
const MOST_SILENCE_S: f64 = 30.0;
/// The most that a WAV file holds, in bytes: the format counts with 32 bits.
const MOST_BYTES: u64 = 0xffff_ffff - 1024;

/// How a recording is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Recording {
    /// Nothing is recorded.
    Off,
    /// It is being written.
    On {
        /// Where.
        path: PathBuf,
        /// How much so far, in seconds.
        seconds: f64,
    },
    /// It broke off, for this reason.
    Failed(String),
}

/// Keeps what was heard until it is dropped; clones are the same tape.
#[derive(Clone)]
pub(crate) struct Tape(Arc<Mutex<Inner>>);

struct Inner {
    rate: SampleRate,
    /// Source time behind the last sample, in seconds.
    end_s: f64,
    /// The last samples.
    last: VecDeque<f32>,
    most: f64,
    writer: Option<Writer>,
    recording: Recording,
    reading: Option<Reading>,
    /// Where to record to as soon as a stream begins.
    soon: Option<PathBuf>,
    /// Stretches that are to be written as soon as all of them was heard.
    clips: Vec<Clip>,
    /// Whether no sound is kept at all.
    private: bool,
    /// What went wrong with clips, until somebody asks.
    troubles: Vec<String>,
}

/// A stretch of sound that is to be kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clip {
    /// Where, as a WAV file.
    pub(crate) path: PathBuf,
    /// Source time of its first sample, in seconds.
    pub(crate) from_s: f64,
    /// Source time behind its last.
    pub(crate) until_s: f64,
}

/// The thread that reads a stream's tap.
struct Reading {
    /// There until it is waited for.
    thread: Option<JoinHandle<()>>,
    /// Whether the stream is over, so that what is in the ring is all there will be.
    over: Arc<AtomicBool>,
}

struct Writer {
    wav: WavWriter<BufWriter<File>>,
    rate: SampleRate,
    frames: u64,
}

impl Tape {
    /// A tape that keeps the last so many seconds in memory.
    pub(crate) fn new(keep_s: f64) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            rate: SampleRate::HZ_16000,
            end_s: 0.0,
            last: VecDeque::new(),
            most: keep_s.max(0.0),
            writer: None,
            recording: Recording::Off,
            reading: None,
            soon: None,
            clips: Vec::new(),
            private: false,
            troubles: Vec::new(),
        })))
    }

    /// Keeps the last so many seconds in memory from now on.
    pub(crate) fn set_keep_s(&self, keep_s: f64) {
        let mut inner = self.0.lock();
        if keep_s < inner.most {
            // What was told of as kept is kept, as far as it was heard.
            inner.write_clips(true);
        }
        inner.most = keep_s.max(0.0);
        inner.forget_old();
    }

    /// Keeps no sound at all, on disk or in memory, while this is so; a recording ends.
    pub(crate) fn set_private(&self, private: bool) {
        let mut inner = self.0.lock();
        inner.private = private;
        if private {
            inner.last.clear();
            inner.clips.clear();
            inner.soon = None;
            if let Some(writer) = inner.writer.take() {
                let finished = finish(writer);
                inner.recording = Recording::Off;
                inner.troubles.extend(finished.err());
            }
        }
    }

    /// Whether no sound is kept.
    pub(crate) fn is_private(&self) -> bool {
        self.0.lock().private
    }

    /// Writes a stretch as soon as all of it was heard, or no more of it will be.
    pub(crate) fn clip(&self, clip: Clip) {
        let mut inner = self.0.lock();
        inner.clips.push(clip);
        if inner.reading.is_none() {
            // The stream is over already: what it was is all there will be.
            inner.write_clips(true);
        }
    }

    /// What went wrong with clips since somebody asked last.
    pub(crate) fn troubles(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().troubles)
    }

    /// A stream begins: the tap whose samples are kept.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn begin(&self, rate: SampleRate) -> std::io::Result<Tap> {
        let (tap, reader) = tap(rate, (rate.hz() * RING_S) as usize, 64);
        let tape = self.clone();
        {
            let mut inner = self.0.lock();
            if inner.rate != rate {
                inner.write_clips(true);
                inner.rate = rate;
                inner.last.clear();
                if let Some(writer) = inner.writer.take() {
                    // The file has one rate only.
                    let message = format!("the rate changed from {} to {} Hz", writer.rate.hz(), rate.hz());
                    inner.recording = Recording::Failed(finish(writer).err().unwrap_or(message));
                }
            }
        }
        self.record_now();
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let thread = thread::Builder::new().name("earmark-tape".into()).spawn(move || tape.run(reader, &is_over))?;
        self.0.lock().reading = Some(Reading { thread: Some(thread), over });
        Ok(tap)
    }

    /// The stream is over: waits until everything that its tap was given is kept.
    pub(crate) fn end(&self) {
        let thread = self.0.lock().reading.as_mut().and_then(|reading| {
            reading.over.store(true, Ordering::Release);
            reading.thread.take()
        });
        if let Some(thread) = thread {
            // A panic was told of on standard error.
            let _ = thread.join();
            // Only now: until then more may come.
            let mut inner = self.0.lock();
            inner.reading = None;
            inner.write_clips(true);
        }
    }

    /// Records from now on into a WAV of 32-bit floats, one channel: what the models hear.
    ///
    /// # Errors
    /// When the file cannot be made, in words.
    pub(crate) fn record(&self, path: &Path) -> Result<(), String> {
        let mut inner = self.0.lock();
        if inner.private {
            return Err("no sound is kept: it is set to be private".to_owned());
        }
        inner.writer.take().map_or(Ok(()), finish)?;
        let rate = inner.rate;
        let wav = WavWriter::create(path, spec(rate))
            .map_err(|error| format!("cannot record to {}: {error}", path.display()))?;
        inner.writer = Some(Writer { wav, rate, frames: 0 });
        inner.recording = Recording::On { path: path.to_owned(), seconds: 0.0 };
        Ok(())
    }

    /// Records as [`Tape::record`] does, from the first sample of the next stream on, whatever its rate.
    pub(crate) fn record_soon(&self, path: &Path) {
        let begun = {
            let mut inner = self.0.lock();
            inner.soon = Some(path.to_owned());
            inner.reading.is_some()
        };
        if begun {
            self.record_now();
        }
    }

    fn record_now(&self) {
        let soon = self.0.lock().soon.take();
        if let Some(path) = soon
            && let Err(message) = self.record(&path)
        {
            self.0.lock().recording = Recording::Failed(message);
        }
    }

    /// Stops to record; the file is whole then.
    ///
    /// # Errors
    /// When it broke off, or the rest cannot be written, in words.
    pub(crate) fn stop(&self) -> Result<(), String> {
        let mut inner = self.0.lock();
        let finished = inner.writer.take().map_or(Ok(()), finish);
        match std::mem::replace(&mut inner.recording, Recording::Off) {
            Recording::Failed(message) => Err(message),
            Recording::Off | Recording::On { .. } => finished,
        }
    }

    /// How the recording is.
    pub(crate) fn recording(&self) -> Recording {
        self.0.lock().recording.clone()
    }

    /// Waits until everything that its tap was given so far is kept.
    #[cfg(test)]
    pub(crate) fn settle(&self) {
        // Nothing more comes while a test waits: two looks at the same place are the end.
        let mut last = 0.0;
        loop {
            thread::sleep(LOOK * 3);
            let now = self.0.lock().end_s;
            if now == last && now > 0.0 {
                return;
            }
            last = now;
        }
    }

    fn run(&self, mut reader: TapReader, over: &AtomicBool) {
        loop {
            // Asked before the ring is: what comes in between is found the next time.
            let last = over.load(Ordering::Acquire);
            match reader.poll(usize::MAX) {
                Some(TapEvent::Samples(samples)) => self.0.lock().take(samples),
                Some(TapEvent::Mark(mark)) => {
                    let mut inner = self.0.lock();
                    match mark.kind {
                        MarkKind::End => {}
                        MarkKind::Gap { lost } => inner.skip(lost),
                        MarkKind::Seek { to_s } => inner.seek(to_s),
                        MarkKind::Reset => inner.seek(0.0),
                    }
                }
                None if last => return self.0.lock().write_clips(true),
                None => thread::sleep(LOOK),
            }
        }
    }
}

impl Inner {
    fn take(&mut self, samples: &[f32]) {
        self.end_s += self.rate.seconds(samples.len() as u64);
        if !self.private {
            self.last.extend(samples);
            self.write_clips(false);
            self.forget_old();
            self.write(samples);
        }
    }

    /// Forgets what is no longer to be in memory.
    fn forget_old(&mut self) {
        let most = (self.rate.hz() * self.most) as usize;
        let over = self.last.len().saturating_sub(most);
        self.last.drain(..over);
    }

    /// Writes the clips of which all was heard; or all, as far as they were heard.
    fn write_clips(&mut self, all: bool) {
        let end_s = self.end_s;
        let due: Vec<Clip> = self.clips.extract_if(.., |clip| all || clip.until_s <= end_s).collect();
        for clip in due {
            let name = clip.path.display();
            if let Err(error) = self.write_clip(&clip) {
                self.troubles.push(format!("the clip {name} cannot be written: {error}"));
            }
        }
    }

    fn write_clip(&self, Clip { path, from_s, until_s }: &Clip) -> hound::Result<()> {
        let begin_s = self.end_s - self.rate.seconds(self.last.len() as u64);
        let place = |at_s: f64| (((at_s - begin_s).max(0.0) * self.rate.hz()).round() as usize).min(self.last.len());
        let (from, until) = (place(*from_s), place(*until_s));
        let mut wav = WavWriter::create(path, spec(self.rate))?;
        self.last.range(from..until.max(from)).try_for_each(|&sample| wav.write_sample(sample))?;
        wav.finalize()
    }

    /// Samples are missing.
    fn skip(&mut self, lost: u64) {
        let most = (self.rate.hz() * MOST_SILENCE_S) as u64;
        let (mut left, silence) = (lost.min(most), [0.0; 1024]);
        while left > 0 {
            let now = left.min(silence.len() as u64) as usize;
            self.take(&silence[..now]);
            left -= now as u64;
        }
        // What is not filled has passed all the same.
        self.end_s += self.rate.seconds(lost.saturating_sub(most));
    }

    /// The music goes on at another time: forwards that is a hole, back it is another piece.
    fn seek(&mut self, to_s: f64) {
        let ahead_s = to_s - self.end_s;
        if ahead_s > 0.0 {
            self.skip((ahead_s * self.rate.hz()).round() as u64);
        } else {
            self.write_clips(true);
            self.last.clear();
        }
        self.end_s = to_s;
    }

    fn write(&mut self, samples: &[f32]) {
        let Some(writer) = &mut self.writer else { return };
        let written = samples.iter().try_for_each(|&sample| writer.wav.write_sample(sample));
        writer.frames += samples.len() as u64;
        let full = writer.frames * 4 > MOST_BYTES;
        if let Recording::On { seconds, .. } = &mut self.recording {
            *seconds = writer.rate.seconds(writer.frames);
        }
        if written.is_err() || full {
            let message =
                written.err().map_or_else(|| "a WAV file holds no more".to_owned(), |error| error.to_string());
            self.recording = Recording::Failed(message);
            if let Some(writer) = self.writer.take() {
                // It has failed already, or it is whole.
                let _ = finish(writer);
            }
        }
    }
}

/// One channel of 32-bit floats: what the models hear.
fn spec(rate: SampleRate) -> WavSpec {
    WavSpec {
        channels: 1,
        sample_rate: rate.hz().round() as u32,
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    }
}

fn finish(writer: Writer) -> Result<(), String> {
    writer.wav.finalize().map_err(|error| format!("the recording cannot be finished: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(path: &Path) -> (u32, Vec<f32>) {
        let mut reader = hound::WavReader::open(path).unwrap();
        (reader.spec().sample_rate, reader.samples::<f32>().map(Result::unwrap).collect())
    }

    #[test]
    fn a_recording_has_every_sample_and_silence_where_some_are_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard.wav");
        let tape = Tape::new(1.0);
        let mut tap = tape.begin(SampleRate::HZ_16000).unwrap();
        tape.record(&path).unwrap();
        let music: Vec<f32> = (0..16_000).map(|i| i as f32 * 1e-5).collect();
        tap.push_mono(&music);
        // The device was away for half a second.
        tap.seek(1.5);
        tap.push_mono(&music[..100]);
        tape.end();
        assert!(matches!(tape.recording(), Recording::On { seconds, .. } if (seconds - 1.50625).abs() < 1e-9));
        tape.stop().unwrap();
        let (rate_hz, samples) = wav(&path);
        assert_eq!((rate_hz, samples.len()), (16_000, 24_100));
        assert_eq!(samples[..16_000], music);
        assert!(samples[16_000..24_000].iter().all(|&sample| sample == 0.0));
        assert_eq!(samples[24_000..], music[..100]);
        assert_eq!(tape.0.lock().last.len(), 16_000, "a second is kept in memory");
    }

    #[test]
    fn what_cannot_be_recorded_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let tape = Tape::new(0.0);
        let error = tape.record(&folder.path().join("none/heard.wav")).unwrap_err();
        assert!(error.starts_with("cannot record to ") && error.contains("none/heard.wav"), "{error}");
        assert_eq!(tape.recording(), Recording::Off);

        let _tap = tape.begin(SampleRate::HZ_16000).unwrap();
        tape.record(&folder.path().join("heard.wav")).unwrap();
        tape.end();
        let _tap = tape.begin(SampleRate::HZ_11025).unwrap();
        let expected = Recording::Failed("the rate changed from 16000 to 11025 Hz".into());
        assert_eq!(tape.recording(), expected);
        tape.end();
    }
}
