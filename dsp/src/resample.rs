//! Resampling from any host rate to a front end's rate: rubato's windowed-sinc filter with delay compensation.
//!
//! The filter spans 23 ms at every rate, so its response is always the same: flat to 0.7 dB at 97 % of the output's
//! Nyquist frequency, 66 dB down just above it. Rates in a small whole ratio (44.1 to 16 kHz is 441 : 160) use one
//! stored filter per phase of the ratio, which is exact; other ratios interpolate between filters.
//!
//! If latency does not matter, [`Resampler::precise`] filters by FFT: flat to 0.1 dB at 95 % of the output's Nyquist
//! frequency, alias-free to single precision, and several times faster.

use std::fmt;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, Fft, FixedAsync, FixedSync, Resampler as RubatoResampler, SincInterpolationParameters,
    SincInterpolationType, WindowFunction,
};

use crate::{DspError, SampleRate};

/// Length of the filter in seconds of input: 1024 samples at 44.1 kHz.
const FILTER_S: f64 = 1024.0 / 44_100.0;
/// Length of the filter of [`Resampler::fast`].
const FAST_FILTER_S: f64 = FILTER_S / 2.0;
/// Minimum filter length in input samples, for rates far below those of music.
const MIN_FILTER_LEN: usize = 128;
/// Duration of one input chunk in seconds, which is the latency that buffering adds.
const CHUNK_S: f64 = 0.005;
/// Maximum number of stored filter values (3 MiB) for a ratio with one filter per phase, such as 192 to 11.025 kHz.
const MAX_FILTER_TABLE: usize = 768 * 1024;

/// Minimum length of an FFT filter in input samples, and of that of [`Resampler::economical`].
const MIN_FFT_LEN: usize = 2048;
const MIN_ECONOMICAL_LEN: usize = 512;
/// Maximum length of the filter of [`Resampler::economical`] in samples of the input or the output.
const MAX_ECONOMICAL_LEN: usize = 4096;
/// Maximum length of an FFT filter in samples of the input or the output.
const MAX_FFT_LEN: usize = 1 << 17;

/// Streaming mono resampler. Output sample `i` is at `i / to` seconds, input sample `j` at `j / from`.
pub struct Resampler {
    from: SampleRate,
    to: SampleRate,
    /// None if the rates are equal.
    filter: Option<Filter>,
    taken: u64,
    given: u64,
}

impl fmt::Debug for Resampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resampler")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("taken", &self.taken)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

struct Filter {
    inner: Box<dyn RubatoResampler<f32>>,
    /// Delay of the filter in input samples, and in output samples that are dropped.
    delay_input: f64,
    delay_output: usize,
    chunk: usize,
    held: Vec<f32>,
    output: Vec<f32>,
    /// Number of output samples still to be dropped, because they precede the first input sample.
    skip_output: usize,
}

impl Resampler {
    /// Creates a resampler from rate `from` to rate `to`. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Resample`] if the library rejects the ratio.
    pub fn new(from: SampleRate, to: SampleRate) -> Result<Self, DspError> {
        Self::with_filter(from, to, || Filter::new(from, to, FILTER_S))
    }

    /// Creates a resampler with two thirds of the latency and half the cost of [`Resampler::new`], for streams that play on: flat
    /// to 0.2 dB at 91 % of the output's Nyquist frequency. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Resample`] if the library rejects the ratio.
    pub fn fast(from: SampleRate, to: SampleRate) -> Result<Self, DspError> {
        Self::with_filter(from, to, || Filter::new(from, to, FAST_FILTER_S))
    }

    /// Creates a resampler with a quarter of the cost of [`Resampler::fast`] and, at common rates, twice its latency: 20 ms from 48
    /// to 44.1 kHz. It filters by FFT. Rates without a small whole ratio are converted as by [`Resampler::fast`]. Allocates:
    /// call while activating.
    ///
    /// # Errors
    /// [`DspError::Resample`] if the library rejects the ratio.
    pub fn economical(from: SampleRate, to: SampleRate) -> Result<Self, DspError> {
        let fft = || Filter::fft(from, to, MIN_ECONOMICAL_LEN, MAX_ECONOMICAL_LEN);
        Self::with_filter(from, to, || fft()?.map_or_else(|| Filter::new(from, to, FAST_FILTER_S), Ok))
    }

    /// Creates a resampler of higher quality, whose latency is 40 to 300 ms at common rates. Rates without a small whole
    /// ratio are converted as by [`Resampler::new`]. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Resample`] if the library rejects the ratio.
    pub fn precise(from: SampleRate, to: SampleRate) -> Result<Self, DspError> {
        let fft = || Filter::fft(from, to, MIN_FFT_LEN, MAX_FFT_LEN);
        Self::with_filter(from, to, || fft()?.map_or_else(|| Filter::new(from, to, FILTER_S), Ok))
    }

    /// Returns a resampler with this filter, or without one if the rates are equal.
    fn with_filter(
        from: SampleRate,
        to: SampleRate,
        filter: impl FnOnce() -> Result<Filter, DspError>,
    ) -> Result<Self, DspError> {
        let filter = if from == to { None } else { Some(filter()?) };
        Ok(Self { from, to, filter, taken: 0, given: 0 })
    }

    /// Returns the latency of a running stream in seconds: half a filter plus one input chunk.
    #[must_use]
    pub fn latency_s(&self) -> f64 {
        self.filter.as_ref().map_or(0.0, |f| (f.delay_input + f.chunk as f64) / self.from.hz())
    }

    /// Resamples `samples` and appends the finished output samples to `out`.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.taken += samples.len() as u64;
        let before = out.len();
        match &mut self.filter {
            None => out.extend_from_slice(samples),
            Some(filter) => filter.push(samples, out),
        }
        self.given += (out.len() - before) as u64;
    }

    /// Ends the stream: appends the remaining samples, so that the output has `ceil(inputs * to / from)` samples in
    /// total, then resets.
    pub fn flush(&mut self, out: &mut Vec<f32>) {
        let total = (self.taken as f64 * self.to.hz() / self.from.hz()).ceil() as u64;
        let silence = [0.0; 256];
        while self.given < total && self.filter.is_some() {
            let before = out.len();
            if let Some(filter) = &mut self.filter {
                filter.push(&silence, out);
            }
            self.given += (out.len() - before) as u64;
        }
        out.truncate(out.len() - self.given.saturating_sub(total).min(out.len() as u64) as usize);
        self.reset();
    }

    /// Discards all state: the next sample is sample 0.
    pub fn reset(&mut self) {
        self.taken = 0;
        self.given = 0;
        if let Some(filter) = &mut self.filter {
            filter.reset();
        }
    }
}

impl Filter {
    fn new(from: SampleRate, to: SampleRate, filter_s: f64) -> Result<Self, DspError> {
        let refused = |why: String| DspError::Resample { from_hz: from.hz(), to_hz: to.hz(), why };
        let ratio = to.hz() / from.hz();
        let length = ((from.hz() * filter_s) as usize).max(MIN_FILTER_LEN).next_multiple_of(8);
        let (phases, interpolation) = match phases(from, to) {
            Some(phases) if phases * length <= MAX_FILTER_TABLE => (phases, SincInterpolationType::Nearest),
            _ => ((MAX_FILTER_TABLE / 2 / length).clamp(16, 256), SincInterpolationType::Cubic),
        };
        let parameters = SincInterpolationParameters::new(length, WindowFunction::BlackmanHarris2)
            .oversampling_factor(phases)
            .interpolation(interpolation);
        let chunk = ((from.hz() * CHUNK_S) as usize).max(8);
        let inner = Async::new_sinc(ratio, 1.0, &parameters, chunk, 1, FixedAsync::Input)
            .map_err(|e| refused(e.to_string()))?;
        let delay_input = length as f64 / 2.0;
        // The library's first output is one output step after the first sample of its primed buffer.
        let delay_output = ((delay_input * ratio).round() as usize).saturating_sub(1);
        Ok(Self::with(Box::new(inner), chunk, delay_input, delay_output))
    }

    /// Creates an FFT filter of at least `min_len` samples; `None` if the ratio of the rates is not one of small whole numbers, so that
    /// the filter would be longer than `max_len`.
    fn fft(from: SampleRate, to: SampleRate, min_len: usize, max_len: usize) -> Result<Option<Self>, DspError> {
        let refused = |why: String| DspError::Resample { from_hz: from.hz(), to_hz: to.hz(), why };
        let (Some(from_hz), Some(to_hz), Some(from_len), Some(to_len)) =
            (from.whole_hz(), to.whole_hz(), phases(to, from), phases(from, to))
        else {
            return Ok(None);
        };
        // An even number of periods of the ratio: half a filter is then a whole number of samples on both sides.
        let periods = min_len.div_ceil(from_len).max(min_len.div_ceil(to_len)).next_multiple_of(2);
        let (chunk, delay_output) = (periods * from_len, periods * to_len / 2);
        if chunk > max_len || 2 * delay_output > max_len {
            return Ok(None);
        }
        let (from_hz, to_hz, window) = (from_hz as usize, to_hz as usize, WindowFunction::BlackmanHarris2);
        let inner = Fft::new_custom(from_hz, to_hz, chunk, 1, 1, window, FixedSync::Both)
            .map_err(|error| refused(error.to_string()))?;
        Ok(Some(Self::with(Box::new(inner), chunk, chunk as f64 / 2.0, delay_output)))
    }

    fn with(inner: Box<dyn RubatoResampler<f32>>, chunk: usize, delay_input: f64, delay_output: usize) -> Self {
        let output = vec![0.0; inner.output_frames_max()];
        let held = Vec::with_capacity(2 * chunk);
        Self { inner, delay_input, delay_output, chunk, held, output, skip_output: delay_output }
    }

    fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        for part in samples.chunks(self.chunk) {
            self.held.extend_from_slice(part);
            if self.held.len() >= self.chunk {
                self.run_chunk(out);
                self.held.drain(..self.chunk);
            }
        }
    }

    fn run_chunk(&mut self, out: &mut Vec<f32>) {
        let room = self.output.len();
        let (Ok(input), Ok(mut output)) = (
            InterleavedSlice::new(&self.held[..self.chunk], 1, self.chunk),
            InterleavedSlice::new_mut(&mut self.output, 1, room),
        ) else {
            return;
        };
        // Fails only if a buffer is too small; these have the sizes that the library requires.
        let done = self.inner.process_into_buffer(&input, &mut output, None);
        debug_assert!(done.is_ok(), "{done:?}");
        let written = done.map_or(0, |(_, written)| written);
        let dropped = self.skip_output.min(written);
        self.skip_output -= dropped;
        out.extend_from_slice(&self.output[dropped..written]);
    }

    fn reset(&mut self) {
        self.inner.reset();
        self.held.clear();
        self.skip_output = self.delay_output;
    }
}

/// Returns the number of phases of the ratio (distinct positions of output samples between two input samples), if both
/// rates are whole numbers.
fn phases(from: SampleRate, to: SampleRate) -> Option<usize> {
    let (from, to) = (from.whole_hz()?, to.whole_hz()?);
    let (mut a, mut b) = (from, to);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    Some((to / a) as usize)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn convert(from: f64, to: f64, samples: &[f32], block: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(SampleRate::new(from).unwrap(), SampleRate::new(to).unwrap()).unwrap();
        let mut out = Vec::new();
        samples.chunks(block).for_each(|part| resampler.push(part, &mut out));
        resampler.flush(&mut out);
        out
    }

    const RATES: [f64; 15] = [
        8_000.0,
        11_025.0,
        16_000.0,
        22_050.0,
        22_051.0,
        44_100.0,
        48_000.0,
        88_200.0,
        96_000.0,
        176_400.0,
        192_000.0,
        384_000.0,
        768_000.0,
        1_234.567_8,
        45_678.901,
    ];

    #[test]
    fn impulse_keeps_its_time_at_every_rate() {
        for from in RATES {
            for to in [11_025.0, 16_000.0, 22_050.0, 48_000.0] {
                let mut samples = vec![0.0; from as usize];
                let at = (from * 0.5).round() as usize;
                samples[at] = 1.0;
                let out = convert(from, to, &samples, 1_000);
                assert!(out.iter().all(|s| s.is_finite()));
                assert_eq!(out.len(), (samples.len() as f64 * to / from).ceil() as usize, "{from} to {to}");
                let peak = (0..out.len()).max_by(|&a, &b| out[a].total_cmp(&out[b])).unwrap();
                let (got, expected) = (peak as f64 / to, at as f64 / from);
                let tolerance = f64::max(0.001, 1.0 / from);
                assert!((got - expected).abs() <= tolerance, "{from} to {to}: {expected} s became {got} s");
            }
        }
    }

    /// The centre of gravity of a smooth bump gives the delay to a fraction of a sample.
    #[test]
    fn the_delay_is_compensated_to_half_an_output_sample() {
        for from in [22_050.0, 44_100.0, 48_000.0, 96_000.0, 45_678.901] {
            for to in [11_025.0, 16_000.0, 22_050.0, 48_000.0] {
                let bump: Vec<f32> =
                    (0..from as usize).map(|i| (-((i as f64 / from - 0.5) / 0.002).powi(2)).exp() as f32).collect();
                let out = convert(from, to, &bump, 777);
                let mass: f64 = out.iter().map(|&s| f64::from(s)).sum();
                let centre = out.iter().enumerate().map(|(i, &s)| i as f64 * f64::from(s)).sum::<f64>() / mass / to;
                assert!((centre - 0.5).abs() * to <= 0.75, "{from} to {to}: off by {} samples", (centre - 0.5) * to);
            }
        }
    }

    #[test]
    fn any_block_size_gives_the_same_bytes() {
        let noise: Vec<f32> = (0..20_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) as i32 as f32) / 2e9).collect();
        for from in [16_000.0, 44_100.0, 22_051.0, 8_000.0] {
            let whole = convert(from, 16_000.0, &noise, noise.len());
            for block in [1, 17, 512, 2_027] {
                assert_eq!(convert(from, 16_000.0, &noise, block), whole, "{from} Hz in blocks of {block}");
            }
            let up = convert(from, 48_000.0, &noise, noise.len());
            assert_eq!(convert(from, 48_000.0, &noise, 441), up, "{from} to 48000 Hz");
        }
    }

    #[test]
    fn tone_above_nyquist_is_removed_and_tone_below_is_kept() {
        let level = |from: f64, to: f64, hz: f64| {
            let tone: Vec<f32> = (0..from as usize).map(|i| (TAU * hz * i as f64 / from).sin() as f32).collect();
            let out = convert(from, to, &tone, 4_096);
            let middle = &out[out.len() / 4..out.len() * 3 / 4];
            let square: f64 = middle.iter().map(|&s| f64::from(s).powi(2)).sum();
            10.0 * (2.0 * square / middle.len() as f64).log10()
        };
        for from in [44_100.0, 48_000.0, 192_000.0, 45_678.901] {
            assert!(level(from, 16_000.0, 7_500.0).abs() < 0.2, "{from}: {} dB", level(from, 16_000.0, 7_500.0));
            assert!(level(from, 16_000.0, 10_000.0) < -90.0, "{from}: {} dB", level(from, 16_000.0, 10_000.0));
            assert!(level(from, 22_050.0, 10_300.0).abs() < 0.2, "{from}: {} dB", level(from, 22_050.0, 10_300.0));
            assert!(level(from, 22_050.0, 14_000.0) < -90.0, "{from}: {} dB", level(from, 22_050.0, 14_000.0));
            assert!(level(from, 48_000.0, 20_000.0).abs() < 0.2, "{from}: {} dB", level(from, 48_000.0, 20_000.0));
            assert!(level(from, 11_025.0, 5_000.0).abs() < 0.2, "{from}: {} dB", level(from, 11_025.0, 5_000.0));
            assert!(level(from, 11_025.0, 7_000.0) < -90.0, "{from}: {} dB", level(from, 11_025.0, 7_000.0));
        }
    }

    #[test]
    fn fast_and_economical_resamplers_keep_the_level_of_music() {
        let rate = |hz| SampleRate::new(hz).unwrap();
        for (from, to) in [(48_000.0, 44_100.0), (44_100.0, 48_000.0), (96_000.0, 44_100.0), (45_678.901, 44_100.0)] {
            for (hz, economical) in [1_000.0, 15_000.0, 20_000.0].into_iter().flat_map(|hz| [(hz, false), (hz, true)]) {
                let create = if economical { Resampler::economical } else { Resampler::fast };
                let mut resampler = create(rate(from), rate(to)).unwrap();
                let longest_s = if economical { 0.021 } else { 0.011 };
                assert!(resampler.latency_s() < longest_s, "{from} to {to} Hz: {} s", resampler.latency_s());
                let tone: Vec<f32> = (0..from as usize).map(|i| (TAU * hz * i as f64 / from).sin() as f32).collect();
                let mut out = Vec::new();
                resampler.push(&tone, &mut out);
                resampler.flush(&mut out);
                let middle = &out[out.len() / 4..out.len() * 3 / 4];
                let square: f64 = middle.iter().map(|&s| f64::from(s).powi(2)).sum();
                let db = 10.0 * (2.0 * square / middle.len() as f64).log10();
                println!("{from} to {to} Hz, {hz} Hz, economical {economical}: {db} dB");
                assert!(db.abs() < 0.2, "{from} to {to} Hz, {hz} Hz: {db} dB");
                if economical && from.fract() == 0.0 {
                    let middle = out.len() / 4..out.len() * 3 / 4;
                    let expected = |i: usize| (TAU * hz * i as f64 / to).sin() as f32;
                    let worst = middle.map(|i| (out[i] - expected(i)).abs()).fold(0.0, f32::max);
                    assert!(worst < 0.025, "{from} to {to} Hz, {hz} Hz: {worst}");
                }
            }
        }
    }

    fn convert_precisely(from: f64, to: f64, samples: &[f32], block: usize) -> Vec<f32> {
        let rate = |hz| SampleRate::new(hz).unwrap();
        let mut resampler = Resampler::precise(rate(from), rate(to)).unwrap();
        let mut out = Vec::new();
        samples.chunks(block).for_each(|part| resampler.push(part, &mut out));
        resampler.flush(&mut out);
        out
    }

    #[test]
    fn precise_resampler_keeps_tones_and_their_time() {
        for from in [8_000.0, 22_050.0, 48_000.0, 96_000.0, 768_000.0, 45_678.901] {
            let hz = f64::min(3_000.0, from / 4.0);
            let tone = |rate: f64, i: usize| (TAU * hz * i as f64 / rate).sin() as f32;
            let samples: Vec<f32> = (0..from as usize).map(|i| tone(from, i)).collect();
            let out = convert_precisely(from, 44_100.0, &samples, 999);
            assert_eq!(out.len(), 44_100, "{from} Hz");
            assert_eq!(convert_precisely(from, 44_100.0, &samples, 4_096), out, "{from} Hz");
            let tolerance = if from.fract() == 0.0 { 2e-5 } else { 0.2 };
            for (i, &got) in out.iter().enumerate().take(33_000).skip(11_000) {
                let expected = tone(44_100.0, i);
                assert!((got - expected).abs() < tolerance, "{from} Hz, sample {i}: {got}, expected {expected}");
            }
        }
    }

    #[test]
    fn precise_resampler_removes_what_lies_above_nyquist() {
        let tone = |hz: f64| (0..48_000).map(|i| (TAU * hz * f64::from(i) / 48_000.0).sin() as f32).collect::<Vec<_>>();
        let level = |hz: f64| {
            let out = convert_precisely(48_000.0, 44_100.0, &tone(hz), 4_096);
            let square: f64 = out[11_000..33_000].iter().map(|&s| f64::from(s).powi(2)).sum();
            10.0 * (2.0 * square / 22_000.0).log10()
        };
        assert!(level(20_900.0).abs() < 0.1, "{} dB", level(20_900.0));
        assert!(level(22_300.0) < -100.0, "{} dB", level(22_300.0));
    }
}
