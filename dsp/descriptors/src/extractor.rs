//! Extractor: from samples to a pool of descriptors, of a whole stream or of a window of it.

mod live;

use std::ops::Range;

use earmark_dsp::SampleRate;

pub use self::live::LiveSummary;
use crate::aggregate::PoolWriter;
use crate::audio::{AudioRetention, AudioStore};
use crate::condition::Condition;
use crate::equal_loudness::EqualLoudness;
use crate::input::{Downmix, Input};
use crate::layout::Selection;
use crate::loudness::{EbuR128, ReplayGain, Weighting};
use crate::pool::{Pool, Value};
use crate::profile::Profile;
use crate::reliability::too_short_for;
use crate::rhythm::AudioSpan;
use crate::stages::Stages;
use crate::{DescriptorError, SAMPLE_RATE_HZ};

/// Level in dB that the replay gain aims at, above the reference's.
const PRE_AMP_DB: f64 = 6.0;
/// Replay gain in dB above which a stream counts as silent.
const SILENT_ABOVE_DB: f64 = 40.0;

/// Stretch of the stream that a pool describes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Stretch {
    /// All samples since the start of the stream (default).
    #[default]
    SinceStart,
    /// The last seconds.
    Last(f64),
    /// All samples from a time in seconds on.
    Since(f64),
}

/// Settings of an [`Extractor`].
#[derive(Debug, Clone)]
pub struct ExtractorBuilder {
    rate: SampleRate,
    channels: usize,
    profile: Profile,
    selection: Selection,
    downmix: Downmix,
    audio: AudioRetention,
}

impl ExtractorBuilder {
    /// Sets the profile.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets the descriptors that are computed (default all). Stages that none of them needs are left out.
    #[must_use]
    pub fn only(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Sets the mix from which all but EBU R128 is computed (default the mean of the channels).
    #[must_use]
    pub fn downmix(mut self, downmix: Downmix) -> Self {
        self.downmix = downmix;
        self
    }

    /// Sets how much audio is kept (default all).
    #[must_use]
    pub fn audio(mut self, audio: AudioRetention) -> Self {
        self.audio = audio;
        self
    }

    /// Creates the extractor. Allocates.
    ///
    /// # Errors
    /// If the number of channels, the rate or a framing of the profile is out of range.
    pub fn build(self) -> Result<Extractor, DescriptorError> {
        let Self { rate, channels, profile, selection, downmix, audio } = self;
        let bounds = (samples_at(profile.start_s), samples_at(profile.end_s));
        let weighting = if profile.essentia_compatible { Weighting::Essentia } else { Weighting::Standard };
        let ebu = selection.has("lowlevel.loudness_ebu128").then(|| EbuR128::new(channels, weighting));
        Ok(Extractor {
            rate,
            input: Input::new(rate, channels, downmix, bounds)?,
            stages: Stages::new(&profile, &selection)?,
            ebu,
            gain: GainMeter::default(),
            audio: AudioStore::new(audio),
            samples: 0,
            ended: false,
            profile,
            selection,
        })
    }
}

/// Returns the index of the sample at a time in seconds.
fn samples_at(seconds: f64) -> u64 {
    (seconds.max(0.0) * SAMPLE_RATE_HZ) as u64
}

/// Streaming music extractor. Samples go in with [`Extractor::push`]; [`Extractor::finish`] ends the stream and returns
/// its descriptors, [`Extractor::describe`] those of a stream that goes on.
///
/// The signal is analyzed without gain, and the replay gain, which is known at the end only, is applied to what was
/// recorded. A piece that would clip with its gain is analyzed again from the audio that was kept. Runs on the calling
/// thread; not real-time safe.
pub struct Extractor {
    rate: SampleRate,
    profile: Profile,
    selection: Selection,
    input: Input,
    stages: Stages,
    ebu: Option<EbuR128>,
    gain: GainMeter,
    audio: AudioStore,
    /// Samples at 44.1 kHz so far.
    samples: u64,
    /// Whether the stream has ended.
    ended: bool,
}

/// Stream with its gain applied and limited to full scale.
struct Limited {
    stages: Stages,
    signal: Vec<f32>,
}

/// Level of a window.
struct Level {
    replay_gain_db: Option<f64>,
    /// Linear gain that is applied.
    gain: f64,
    silent: bool,
    /// Whether the gain drives samples beyond full scale.
    clips: bool,
}

/// Meter of the replay gain, and of the peak that decides whether the gain clips.
#[derive(Default)]
struct GainMeter {
    replay_gain: ReplayGain,
    peak: f32,
    /// Filter of the signal limited to full scale, from the first sample beyond full scale on.
    limited: Option<EqualLoudness>,
    scratch: Vec<f32>,
    filtered: Vec<f32>,
}

impl GainMeter {
    /// Adds mono samples and the same after the equal-loudness filter; `before` is the filter's state before them.
    fn push(&mut self, mono: &[f32], filtered: &[f32], before: &EqualLoudness) {
        let peak = mono.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
        self.peak = self.peak.max(peak);
        if peak > 1.0 && self.limited.is_none() {
            self.limited = Some(before.clone());
        }
        let Some(limited) = &mut self.limited else { return self.replay_gain.push(filtered) };
        self.scratch.clear();
        self.scratch.extend(mono.iter().map(|sample| sample.clamp(-1.0, 1.0)));
        self.filtered.resize(mono.len(), 0.0);
        limited.process(&self.scratch, &mut self.filtered);
        self.replay_gain.push(&self.filtered);
    }
}

impl Extractor {
    /// Starts the settings of an extractor for interleaved samples at `rate`.
    #[must_use]
    pub fn builder(rate: SampleRate, channels: usize) -> ExtractorBuilder {
        ExtractorBuilder {
            rate,
            channels,
            profile: Profile::default(),
            selection: Selection::default(),
            downmix: Downmix::default(),
            audio: AudioRetention::default(),
        }
    }

    /// Adds interleaved samples; blocks of any number of whole frames give the same result, bit for bit. Samples that
    /// are NaN or infinite count as 0, and are counted. Samples after [`Extractor::end`] are ignored.
    pub fn push(&mut self, interleaved: &[f32]) {
        if self.ended {
            return;
        }
        let Self { input, stages, ebu, gain, audio, samples, .. } = self;
        input.push(interleaved, |channels, mono| {
            *samples += mono.len() as u64;
            analyze(stages, ebu, gain, audio, channels, mono);
        });
    }

    /// Returns the duration in seconds of what was analyzed so far.
    #[must_use]
    pub fn analyzed_s(&self) -> f64 {
        self.samples as f64 / SAMPLE_RATE_HZ
    }

    /// Returns the number of channels of the stream.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.input.channels()
    }

    /// Ends the stream: analyzes the samples that the resampler holds back and the last frames, which are padded with
    /// zeros. [`Extractor::describe`] returns descriptors of the whole stream, [`Extractor::reset`] starts the next.
    pub fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let Self { input, stages, ebu, gain, audio, samples, .. } = self;
        input.flush(|channels, mono| {
            *samples += mono.len() as u64;
            analyze(stages, ebu, gain, audio, channels, mono);
        });
        self.stages.finish();
    }

    /// Ends the stream, returns its descriptors and resets the extractor.
    pub fn finish(&mut self) -> Pool {
        self.end();
        let pool = self.describe(Stretch::SinceStart);
        self.reset();
        pool
    }

    /// Ends the stream as [`Extractor::finish`] does, and returns its descriptors and the values of each frame.
    pub fn finish_with_frames(&mut self) -> (Pool, Pool) {
        self.end();
        let level = self.level(None);
        let mut limited = self.limited(&level, None);
        let described = (self.describe_level(&level, None, limited.as_mut()), self.frames(&level, limited.as_mut()));
        self.reset();
        described
    }

    /// Discards all samples: the next stream starts.
    pub fn reset(&mut self) {
        self.input.reset();
        self.stages.reset();
        if let Some(ebu) = &mut self.ebu {
            ebu.reset();
        }
        self.gain = GainMeter::default();
        self.audio.reset();
        self.samples = 0;
        self.ended = false;
    }

    /// Returns the descriptors of a stretch of the stream so far.
    ///
    /// Of a stream that goes on, frames that reach beyond the newest sample are missing, and the loudness of beats needs
    /// the audio around them to be kept. A stream that clips with its gain is analyzed again at its end only.
    pub fn describe(&mut self, stretch: Stretch) -> Pool {
        let window = self.window(stretch);
        let level = self.level(window.as_ref());
        let mut limited = self.limited(&level, window.as_ref());
        self.describe_level(&level, window.as_ref(), limited.as_mut())
    }

    /// Returns the descriptors of a window with its level, from the limited stream if there is one.
    fn describe_level(&mut self, level: &Level, window: Option<&Range<u64>>, limited: Option<&mut Limited>) -> Pool {
        let mut pool = Pool::default();
        let selection = self.selection.clone();
        let selected = |name: &str| selection.has(name);
        let statistics = self.profile.statistics.clone();
        self.write(level, window, limited, &mut PoolWriter::new(&mut pool, &statistics, &selected));
        if level.silent {
            pool.clear_values();
        }
        let mut writer = PoolWriter::new(&mut pool, &statistics, &selected);
        describe_loudness(self.ebu.as_ref(), window, &mut writer);
        pool.retain(|name| selection.has_leaf(name));
        self.describe_stream(level, &mut pool);
        let samples = window.map_or(self.samples, |window| self.samples.min(window.end).saturating_sub(window.start));
        pool.condition = Condition {
            silent: level.silent,
            sanitized_samples: self.input.sanitized,
            clips: level.clips,
            too_short_for: too_short_for(&pool, level.silent, samples),
        };
        pool
    }

    /// Returns the values of each frame since the start, without statistics.
    fn frames(&mut self, level: &Level, limited: Option<&mut Limited>) -> Pool {
        let mut pool = Pool::default();
        let selection = self.selection.clone();
        let selected = |name: &str| selection.has(name);
        let mut writer = PoolWriter::of_frames(&mut pool, &selected);
        self.write(level, None, limited, &mut writer);
        describe_loudness(self.ebu.as_ref(), None, &mut writer);
        self.describe_stream(level, &mut pool);
        pool
    }

    /// Returns the level of a window.
    fn level(&self, window: Option<&Range<u64>>) -> Level {
        let replay_gain_db = self.gain.replay_gain.decibels(window);
        let gain = replay_gain_db.map_or(1.0, |db| 10f64.powf((db + PRE_AMP_DB) / 20.0));
        let silent = replay_gain_db.is_some_and(|db| db > SILENT_ABOVE_DB);
        let clips = !silent && f64::from(self.gain.peak) * gain > 1.0;
        Level { replay_gain_db, gain, silent, clips }
    }

    /// Writes the descriptors of a window that depend on the mono signal.
    fn write(
        &mut self,
        level: &Level,
        window: Option<&Range<u64>>,
        limited: Option<&mut Limited>,
        writer: &mut PoolWriter<'_>,
    ) {
        match limited {
            Some(Limited { stages, signal }) => {
                stages.describe(None, 1.0, Some(AudioSpan { start: 0, samples: signal }), writer);
            }
            None => self.stages.describe(window, level.gain, self.audio.span(), writer),
        }
    }

    /// Returns the range of samples of a stretch; `None` for all.
    fn window(&self, stretch: Stretch) -> Option<Range<u64>> {
        let start = match stretch {
            Stretch::SinceStart => return None,
            Stretch::Last(seconds) => self.samples.saturating_sub(samples_at(seconds)),
            Stretch::Since(seconds) => ((seconds.max(0.0) * SAMPLE_RATE_HZ).round() as u64).min(self.samples),
        };
        // Centres of padded frames may lie behind the last sample.
        Some(start..if self.ended { u64::MAX } else { self.samples })
    }

    /// Analyzes the audio that was kept with the gain applied and limited to full scale, if the whole of a stream that has
    /// ended clips; `None` otherwise, or if the audio was not kept.
    fn limited(&self, level: &Level, window: Option<&Range<u64>>) -> Option<Limited> {
        if !level.clips || !self.ended || window.is_some() {
            return None;
        }
        let audio = self.audio.all()?;
        let mut stages = Stages::new(&self.profile, &self.selection).ok()?;
        let limit = |&sample: &f32| (f64::from(sample) * level.gain).clamp(-1.0, 1.0) as f32;
        let signal: Vec<f32> = audio.iter().map(limit).collect();
        signal.chunks(1 << 16).for_each(|part| {
            stages.push(part);
        });
        stages.finish();
        Some(Limited { stages, signal })
    }

    /// Writes what is known of the stream without its file, if every descriptor is selected.
    fn describe_stream(&self, level: &Level, pool: &mut Pool) {
        if !self.selection.is_all() {
            return;
        }
        let stated = if self.profile.essentia_compatible { Downmix::Mix } else { self.input.downmix() };
        let numbers = [
            ("analysis.equal_loudness", 0.0),
            ("analysis.length", self.analyzed_s()),
            ("analysis.sample_rate", SAMPLE_RATE_HZ),
            ("analysis.start_time", self.profile.start_s),
            ("length", self.rate.seconds(self.input.frames)),
            ("number_channels", self.input.channels() as f64),
            ("sample_rate", self.rate.hz()),
        ];
        for (name, number) in numbers {
            pool.insert(format!("metadata.audio_properties.{name}"), Value::Number(number));
        }
        let gain = level.replay_gain_db.map_or(Value::Null, Value::Number);
        pool.insert("metadata.audio_properties.replay_gain", gain);
        pool.insert("metadata.audio_properties.analysis.downmix", Value::Text(stated.name().to_owned()));
    }
}

/// Sends samples through every stage.
fn analyze(
    stages: &mut Stages,
    ebu: &mut Option<EbuR128>,
    gain: &mut GainMeter,
    audio: &mut AudioStore,
    channels: &[&[f32]],
    mono: &[f32],
) {
    if let Some(ebu) = ebu {
        ebu.push(channels);
    }
    audio.push(mono);
    let before = stages.filter().clone();
    gain.push(mono, stages.push(mono), &before);
}

fn describe_loudness(ebu: Option<&EbuR128>, window: Option<&Range<u64>>, writer: &mut PoolWriter<'_>) {
    let Some(ebu) = ebu else { return };
    let loudness = ebu.loudness(window);
    if loudness.momentary.is_empty() {
        return;
    }
    writer.number("lowlevel.loudness_ebu128.integrated", loudness.integrated);
    writer.number("lowlevel.loudness_ebu128.loudness_range", loudness.range);
    writer.frames("lowlevel.loudness_ebu128.momentary", loudness.momentary);
    writer.frames("lowlevel.loudness_ebu128.short_term", loudness.short_term);
}
