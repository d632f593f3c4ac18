//! What the callback of a sound card does: chooses channels, turns up the gain, and hands over to the taps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use cpal::{Data, ErrorKind, FromSample, I24, SampleFormat, SizedSample, U24};
use earmark_dsp::{SampleRate, Tap};

/// Samples converted at a time.
const PIECE: usize = 4096;

/// Gain in decibels: from the quietest to the loudest that can be asked for.
pub(crate) const GAINS_DB: std::ops::RangeInclusive<f32> = -24.0..=40.0;

/// Whatever the callback and everybody else know of an input together. Outlives its streams.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Samples are multiplied by this.
    gain_bits: AtomicU32,
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
    /// last one, and the time that has passed since. Real-time safe.
    fn begin_s(&self, block_s: f64) -> f64 {
        match self.came_ns.load(Relaxed) {
            0 => 0.0,
            came_ns => {
                let passed_s = self.now_ns().saturating_sub(came_ns) as f64 * 1e-9;
                self.source_s() + (passed_s - block_s).max(0.0)
            }
        }
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
    taps: Vec<Tap>,
    rate: SampleRate,
    /// Channels of the device.
    all: usize,
    /// Which of them are heard, counted from 0.
    heard: Box<[usize]>,
    piece: Box<[f32]>,
    begun: bool,
}

impl Feed {
    /// For a device with `all` channels of which `heard` (counted from 0, each below `all`, at least one) are mixed.
    pub(super) fn new(shared: Arc<Shared>, taps: Vec<Tap>, rate: SampleRate, all: usize, heard: &[usize]) -> Self {
        let piece = vec![0.0; PIECE.max(heard.len())].into();
        Self { shared, taps, rate, all, heard: heard.into(), piece, begun: false }
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
        let frames = samples.len() / self.all.max(1);
        if frames == 0 {
            return;
        }
        if !std::mem::replace(&mut self.begun, true) {
            let begin_s = self.shared.begin_s(self.rate.seconds(frames as u64));
            if begin_s > 0.0 {
                self.taps.iter_mut().for_each(|tap| tap.seek(begin_s));
            }
        }
        let gain = self.shared.gain();
        let width = self.heard.len();
        let most = self.piece.len() / width.max(1);
        for frames in samples.chunks(most * self.all) {
            let mut used = 0;
            for frame in frames.chunks_exact(self.all) {
                for (to, &channel) in self.piece[used..used + width].iter_mut().zip(&*self.heard) {
                    *to = f32::from_sample_(frame[channel]) * gain;
                }
                used += width;
            }
            self.taps.iter_mut().for_each(|tap| tap.push_interleaved(&self.piece[..used], width));
        }
        let source_s = self.taps.first().map_or(0.0, Tap::source_s);
        self.shared.came(frames, source_s);
    }
}

impl Drop for Feed {
    /// The stream is over: what the analyzer holds back is to come out.
    fn drop(&mut self) {
        for tap in &mut self.taps {
            tap.end();
            tap.settle();
        }
    }
}

/// Whether samples of that format can be heard.
pub(super) fn can(format: SampleFormat) -> bool {
    !matches!(format, SampleFormat::DsdU8 | SampleFormat::DsdU16 | SampleFormat::DsdU32)
}

#[cfg(test)]
mod tests {
    use earmark_dsp::{TapEvent, TapReader, tap};

    use super::*;

    fn feed(all: usize, heard: &[usize], gain_db: f32) -> (Feed, TapReader) {
        let (tap, reader) = tap(SampleRate::HZ_16000, 1 << 16, 16);
        (Feed::new(Arc::new(Shared::new(gain_db)), vec![tap], SampleRate::HZ_16000, all, heard), reader)
    }

    fn samples(reader: &mut TapReader) -> Vec<f32> {
        let mut all = Vec::new();
        while let Some(event) = reader.poll(usize::MAX) {
            if let TapEvent::Samples(samples) = event {
                all.extend_from_slice(samples);
            }
        }
        all
    }

    #[test]
    fn every_format_has_the_same_half() {
        fn half<T: Copy>(value: T) -> f32
        where
            f32: FromSample<T>,
        {
            let (mut feed, mut reader) = feed(1, &[0], 0.0);
            feed.take_samples(&[value]);
            samples(&mut reader)[0]
        }
        let halves = [
            half(64_i8),
            half(16_384_i16),
            half(I24::new(4_194_304).unwrap()),
            half(1_i32 << 30),
            half(1_i64 << 62),
            half(192_u8),
            half(49_152_u16),
            half(U24::new(12_582_912).unwrap()),
            half(3_u32 << 30),
            half(3_u64 << 62),
            half(0.5_f32),
            half(0.5_f64),
        ];
        assert_eq!(halves, [0.5; 12]);
    }

    #[test]
    fn chosen_channels_are_mixed_and_others_are_not_heard() {
        let frames = [0.1_f32, 0.2, 0.9, 0.3, 0.4, 0.9];
        for (heard, expected) in [(&[0][..], [0.1, 0.3]), (&[1], [0.2, 0.4]), (&[0, 1], [0.15, 0.35])] {
            let (mut feed, mut reader) = feed(3, heard, 0.0);
            feed.take_samples(&frames);
            let got = samples(&mut reader);
            assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{heard:?}: {got:?}");
        }
    }

    #[test]
    fn long_blocks_come_through_whole_and_gain_is_in_decibels() {
        let (mut feed, mut reader) = feed(2, &[1], 20.0);
        let block: Vec<f32> = (0..30_000).map(|i| i as f32 * 1e-6).collect();
        feed.take_samples(&block);
        feed.shared.set_gain_db(f32::NAN);
        feed.take_samples(&block[..2]);
        let got = samples(&mut reader);
        assert_eq!((got.len(), feed.shared.frames()), (15_001, 15_001));
        assert!(got[..15_000].iter().zip(block.chunks(2)).all(|(got, frame)| (got - 10.0 * frame[1]).abs() < 1e-6));
        assert_eq!(got[15_000], block[1], "not a number is no gain");
    }

    #[test]
    fn a_second_stream_goes_on_at_the_time_that_has_passed() {
        let (mut first, _) = feed(1, &[0], 0.0);
        first.take_samples(&[0.0_f32; 16]);
        std::thread::sleep(std::time::Duration::from_millis(30));
        let (tap, _reader) = tap(SampleRate::HZ_16000, 100, 16);
        let mut second = Feed::new(Arc::clone(&first.shared), vec![tap], SampleRate::HZ_16000, 1, &[0]);
        second.take_samples(&[0.0_f32; 16]);
        let source_s = second.taps[0].source_s();
        assert!(source_s >= 0.029, "{source_s} s, expected the pause and a block");
        assert_eq!(first.taps[0].source_s(), 0.001, "the first begins at 0");
    }

    #[test]
    fn a_storm_of_errors_is_counted_and_only_the_first_fatal_one_kept() {
        let (shared, faults) = (Shared::new(0.0), Faults::default());
        let take = |kind: ErrorKind| faults.take(&shared, &kind.into());
        take(ErrorKind::Xrun);
        take(ErrorKind::RealtimeDenied);
        assert_eq!(faults.fatal(), None);
        for _ in 0..100_000 {
            take(ErrorKind::BackendError);
        }
        take(ErrorKind::DeviceNotAvailable);
        assert_eq!(faults.fatal(), Some(ErrorKind::BackendError));
        assert_eq!((shared.errors(), shared.overruns()), (100_003, 1));
        let faults = Faults::default();
        faults.take(&shared, &cpal::Error::with_message(ErrorKind::DeviceNotAvailable, "JACK server shut down"));
        assert_eq!(faults.fatal(), Some(ErrorKind::HostUnavailable));
    }
}
