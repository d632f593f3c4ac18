//! What the callback of a sound card does: chooses channels, turns up the gain, and hands over to the taps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use cpal::{Data, ErrorKind, FromSample, I24, SampleFormat, SizedSample, U24};
use crossbeam_channel::Sender;
use earmark_dsp::SampleRate;

use super::ears::{Ears, MOST_BLOCK};
use super::high_pass::{CORNERS_HZ, HighPass};

/// Gain in decibels: from the quietest to the loudest that can be asked for.
pub(crate) const GAINS_DB: std::ops::RangeInclusive<f32> = -24.0..=40.0;

/// Whatever the callback and everybody else know of an input together. Outlives its streams.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Samples are multiplied by this.
    gain_bits: AtomicU32,
    /// Corner of the high-pass, in Hz; 0 for none.
    high_pass_bits: AtomicU32,
    /// Frames that came, in all streams.
    frames: AtomicU64,
    /// Overruns that the sound system told of.
    overruns: AtomicU64,
    /// Errors of all kinds.
    errors: AtomicU64,
    /// Source time behind the last frame, in seconds.
    source_s_bits: AtomicU64,
    /// When that came, in nanoseconds after `base`; 0 before the first.
    came_ns: AtomicU64,
    base: Instant,
}

impl Shared {
    pub(crate) fn new(gain_db: f32) -> Self {
        let shared = Self {
            gain_bits: AtomicU32::new(1.0_f32.to_bits()),
            high_pass_bits: AtomicU32::new(0),
            frames: AtomicU64::new(0),
            overruns: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            source_s_bits: AtomicU64::new(0),
            came_ns: AtomicU64::new(0),
            base: Instant::now(),
        };
        shared.set_gain_db(gain_db);
        shared
    }

    /// Sets the gain, within [`GAINS_DB`]. Real-time safe.
    pub(crate) fn set_gain_db(&self, gain_db: f32) {
        let gain_db = if gain_db.is_finite() { gain_db.clamp(*GAINS_DB.start(), *GAINS_DB.end()) } else { 0.0 };
        // Nothing is multiplied where nothing was asked for.
        let gain = if gain_db == 0.0 { 1.0 } else { 10.0_f32.powf(gain_db / 20.0) };
        self.gain_bits.store(gain.to_bits(), Relaxed);
    }

    /// Takes away what is below that frequency, within [`CORNERS_HZ`]; none leaves everything. Real-time safe.
    pub(crate) fn set_high_pass_hz(&self, corner_hz: Option<f32>) {
        let corner_hz = corner_hz.filter(|corner_hz| corner_hz.is_finite());
        let corner_hz = corner_hz.map_or(0.0, |corner_hz| corner_hz.clamp(*CORNERS_HZ.start(), *CORNERS_HZ.end()));
        self.high_pass_bits.store(corner_hz.to_bits(), Relaxed);
    }

    /// Frames that came so far.
    pub(crate) fn frames(&self) -> u64 {
        self.frames.load(Relaxed)
    }

    /// Overruns that the sound system told of.
    pub(crate) fn overruns(&self) -> u64 {
        self.overruns.load(Relaxed)
    }

    /// How many errors the sound system told of, overruns included.
    pub(crate) fn errors(&self) -> u64 {
        self.errors.load(Relaxed)
    }

    fn gain(&self) -> f32 {
        f32::from_bits(self.gain_bits.load(Relaxed))
    }

    /// Source time behind the last frame, in seconds.
    pub(crate) fn source_s(&self) -> f64 {
        f64::from_bits(self.source_s_bits.load(Relaxed))
    }

    /// Source time at which a stream begins whose first block lasts so long and is whole now, in seconds: that of the
    /// last one, and the time that has passed since; none for the first stream. Real-time safe.
    fn begin_s(&self, block_s: f64) -> Option<f64> {
        let came_ns = Some(self.came_ns.load(Relaxed)).filter(|&came_ns| came_ns > 0)?;
        let passed_s = self.now_ns().saturating_sub(came_ns) as f64 * 1e-9;
        Some(self.source_s() + (passed_s - block_s).max(0.0))
    }

    /// A block has come, which ends at this source time. Real-time safe.
    fn came(&self, frames: usize, source_s: f64) {
        self.frames.fetch_add(frames as u64, Relaxed);
        self.source_s_bits.store(source_s.to_bits(), Relaxed);
        self.came_ns.store(self.now_ns().max(1), Relaxed);
    }

    fn now_ns(&self) -> u64 {
        self.base.elapsed().as_nanos() as u64
    }
}

/// How one stream goes wrong, written by its callbacks.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// 1 + place in [`FATAL`] of the first error that ends the stream; 0 while there is none.
    fatal: AtomicU8,
}

/// Errors that end a stream. All others pass.
const FATAL: [ErrorKind; 11] = [
    ErrorKind::StreamInvalidated,
    ErrorKind::DeviceNotAvailable,
    ErrorKind::HostUnavailable,
    ErrorKind::PermissionDenied,
    ErrorKind::DeviceBusy,
    ErrorKind::ResourceExhausted,
    ErrorKind::UnsupportedConfig,
    ErrorKind::UnsupportedOperation,
    ErrorKind::InvalidInput,
    ErrorKind::BackendError,
    ErrorKind::Other,
];

impl Faults {
    /// Takes note of an error. May be called hundred thousands of times a second. Real-time safe.
    pub(super) fn take(&self, shared: &Shared, error: &cpal::Error) {
        let kind = match error.kind() {
            // A server that goes takes its devices with it, and says so in words only.
            ErrorKind::DeviceNotAvailable if error.message().is_some_and(|words| words.contains("server")) => {
                ErrorKind::HostUnavailable
            }
            kind => kind,
        };
        shared.errors.fetch_add(1, Relaxed);
        if kind == ErrorKind::Xrun {
            shared.overruns.fetch_add(1, Relaxed);
        }
        if let Some(place) = FATAL.iter().position(|&fatal| fatal == kind) {
            let _ = self.fatal.compare_exchange(0, place as u8 + 1, Relaxed, Relaxed);
        }
    }

    /// The first error that ends the stream, if there was one.
    pub(super) fn fatal(&self) -> Option<ErrorKind> {
        FATAL.get(usize::from(self.fatal.load(Relaxed)).checked_sub(1)?).copied()
    }
}

/// The callback's own. Making it allocates, running it does not.
pub(super) struct Feed {
    shared: Arc<Shared>,
    /// There until it is dropped.
    ears: Option<Ears>,
    /// Where the ears go then.
    home: Sender<Ears>,
    rate: SampleRate,
    mixer: Mixer,
    high_pass: HighPass,
    begun: bool,
}

impl Feed {
    /// For a device with `all` channels of which `heard` (counted from 0, each below `all`, at least one) are mixed by
    /// `ears`, which go `home` when the stream is over.
    pub(super) fn new(
        shared: Arc<Shared>,
        ears: Ears,
        home: Sender<Ears>,
        rate: SampleRate,
        all: usize,
        heard: &[usize],
    ) -> Self {
        let (mixer, high_pass) = (Mixer::new(all, heard), HighPass::new(rate, heard.len()));
        Self { shared, ears: Some(ears), home, rate, mixer, high_pass, begun: false }
    }

    /// Takes what the sound card gives; another format than those of [`can`] gives nothing. Real-time safe.
    pub(super) fn take(&mut self, data: &Data) {
        match data.sample_format() {
            SampleFormat::I8 => self.take_typed::<i8>(data),
            SampleFormat::I16 => self.take_typed::<i16>(data),
            SampleFormat::I24 => self.take_typed::<I24>(data),
            SampleFormat::I32 => self.take_typed::<i32>(data),
            SampleFormat::I64 => self.take_typed::<i64>(data),
            SampleFormat::U8 => self.take_typed::<u8>(data),
            SampleFormat::U16 => self.take_typed::<u16>(data),
            SampleFormat::U24 => self.take_typed::<U24>(data),
            SampleFormat::U32 => self.take_typed::<u32>(data),
            SampleFormat::U64 => self.take_typed::<u64>(data),
            SampleFormat::F32 => self.take_typed::<f32>(data),
            SampleFormat::F64 => self.take_typed::<f64>(data),
            _ => {}
        }
    }

    fn take_typed<T: SizedSample>(&mut self, data: &Data)
    where
        f32: FromSample<T>,
    {
        if let Some(samples) = data.as_slice::<T>() {
            self.take_samples(samples);
        }
    }

    /// Takes interleaved frames. Real-time safe.
    fn take_samples<T: Copy>(&mut self, samples: &[T])
    where
        f32: FromSample<T>,
    {
        let frames = samples.len() / self.mixer.all.max(1);
        let Some(ears) = self.ears.as_mut().filter(|_| frames > 0) else { return };
        if !std::mem::replace(&mut self.begun, true)
            && let Some(begin_s) = self.shared.begin_s(self.rate.seconds(frames as u64))
        {
            ears.jump(begin_s);
        }
        let corner_hz = f32::from_bits(self.shared.high_pass_bits.load(Relaxed));
        let high_pass = &mut self.high_pass;
        self.mixer.mix(samples, self.shared.gain(), |piece| {
            high_pass.filter(piece, corner_hz);
            ears.take(piece);
        });
        self.shared.came(frames, ears.source_s());
    }
}

impl Drop for Feed {
    /// The stream is over. Nobody at home: then it was given up long ago, and the ears with it.
    fn drop(&mut self) {
        if let Some(ears) = self.ears.take() {
            let _ = self.home.send(ears);
        }
    }
}

/// Frames of any format to frames of the chosen channels, turned up. Making it allocates, running it does not.
struct Mixer {
    /// Channels of the device.
    all: usize,
    /// Which of them are heard, counted from 0.
    heard: Box<[usize]>,
    piece: Box<[f32]>,
}

impl Mixer {
    fn new(all: usize, heard: &[usize]) -> Self {
        Self { all, heard: heard.into(), piece: vec![0.0; MOST_BLOCK.max(heard.len())].into() }
    }

    /// Gives the frames in pieces of at most [`MOST_BLOCK`] samples. Real-time safe.
    fn mix<T: Copy>(&mut self, samples: &[T], gain: f32, mut give: impl FnMut(&mut [f32]))
    where
        f32: FromSample<T>,
    {
        let width = self.heard.len();
        let most = (self.piece.len() / width.max(1)).max(1);
        for frames in samples.chunks(most * self.all.max(1)) {
            let mut used = 0;
            for frame in frames.chunks_exact(self.all.max(1)) {
                for (to, &channel) in self.piece[used..used + width].iter_mut().zip(&*self.heard) {
                    *to = f32::from_sample_(frame[channel]) * gain;
                }
                used += width;
            }
            give(&mut self.piece[..used]);
        }
    }
}

/// Whether samples of that format can be heard.
pub(super) fn can(format: SampleFormat) -> bool {
    !matches!(format, SampleFormat::DsdU8 | SampleFormat::DsdU16 | SampleFormat::DsdU32)
}

#[cfg(test)]
mod tests;
