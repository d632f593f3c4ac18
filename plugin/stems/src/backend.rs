//! Separation of a stream, behind a trait so that tests need no networks.

use earmark_separate::{SeparateError, Separator, SeparatorConfig, StemBuffers, two_stems};

use crate::link::StreamFormat;

/// Numbers of a stream since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamCounters {
    /// Runs of the networks.
    pub runs: u64,
    /// Runs that were left out because of [`SeparateStream::set_hold`].
    pub held_runs: u64,
    /// Frames whose masks were held from an earlier run.
    pub held_frames: u64,
}

/// Separator of the vocals of one stream. All methods may allocate: they are called on the worker thread.
pub trait SeparateStream: Send {
    /// Returns the maximum number of samples that are pushed before the vocals of a sample are complete.
    fn latency_samples(&self) -> usize;

    /// Whether [`SeparateStream::set_eco`] has an effect.
    fn has_eco(&self) -> bool;

    /// Separates a block, one slice per channel, and appends the finished samples to `vocals`, one vector per channel.
    ///
    /// # Errors
    /// A message for the user if the separation fails.
    fn push(&mut self, input: &[&[f32]], vocals: &mut [Vec<f32>]) -> Result<(), String>;

    /// Ends the stream: appends the vocals of all remaining samples, then resets.
    ///
    /// # Errors
    /// A message for the user if the separation fails.
    fn flush(&mut self, vocals: &mut [Vec<f32>]) -> Result<(), String>;

    /// Discards all state: the next sample is sample 0.
    fn reset(&mut self);

    /// Sets whether runs are left out: the masks of the last run are held, then fade to all accompaniment.
    fn set_hold(&mut self, hold: bool);

    /// Changes hop and look-ahead, in frames.
    ///
    /// # Errors
    /// A message for the user if a value is out of range.
    fn set_schedule(&mut self, hop: usize, look_ahead: usize) -> Result<(), String>;

    /// Sets whether only one of the two networks is run.
    fn set_eco(&mut self, eco: bool);

    /// Returns the numbers of the stream.
    fn counters(&self) -> StreamCounters;
}

/// Factory of separators. A library that embeds the plugin can implement it with another model.
pub trait SeparationFactory: Send + 'static {
    /// Whether the plugin has outputs for the stems beside the main output (default true).
    const STEM_OUTPUTS: bool = true;

    /// Opens a separator. Called on the worker thread; may take seconds.
    ///
    /// # Errors
    /// A message for the user if the networks cannot be loaded.
    fn open(format: &StreamFormat) -> Result<Box<dyn SeparateStream>, String>;
}

/// Default factory: the built-in model of two stems.
#[derive(Debug)]
pub struct DefaultSeparation;

impl SeparationFactory for DefaultSeparation {
    fn open(format: &StreamFormat) -> Result<Box<dyn SeparateStream>, String> {
        let error = |error: SeparateError| format!("cannot load the networks: {error}");
        let model = two_stems().map_err(error)?;
        let names = model.stems();
        let vocals = names.iter().position(|name| name == "vocals");
        let vocals = vocals.ok_or_else(|| {
            format!("cannot use model `{}`: no such stem (expected vocals, got {})", model.id(), names.join(", "))
        })?;
        let config = SeparatorConfig { mode: format.mode.separator_mode(format.offline), ..SeparatorConfig::default() };
        let separator = Separator::new(&model, format.rate, format.channels, config).map_err(error)?;
        let has_eco = model.has_eco() && format.mode.frames().is_some();
        Ok(Box::new(ModelStream { separator, out: StemBuffers::default(), vocals, has_eco }))
    }
}

/// Default factory for a plugin that has the main output only.
///
/// The VST3 wrapper of nice-plug 0.4.2 does not process a block if a further output is inactive in the host, as it is in
/// hosts on JUCE: the sound would pass through without a delay.
#[derive(Debug)]
pub struct MainOutputSeparation;

impl SeparationFactory for MainOutputSeparation {
    const STEM_OUTPUTS: bool = false;

    fn open(format: &StreamFormat) -> Result<Box<dyn SeparateStream>, String> {
        DefaultSeparation::open(format)
    }
}

/// Separator with the index of its vocals.
struct ModelStream {
    separator: Separator,
    out: StemBuffers,
    vocals: usize,
    has_eco: bool,
}

impl ModelStream {
    fn collect(&self, vocals: &mut [Vec<f32>]) {
        for (vocals, channel) in vocals.iter_mut().zip(self.out.stem(self.vocals)) {
            vocals.extend_from_slice(channel);
        }
    }
}

impl SeparateStream for ModelStream {
    fn latency_samples(&self) -> usize {
        self.separator.latency_samples()
    }

    fn has_eco(&self) -> bool {
        self.has_eco
    }

    fn push(&mut self, input: &[&[f32]], vocals: &mut [Vec<f32>]) -> Result<(), String> {
        self.out.clear();
        self.separator.push(input, &mut self.out).map_err(|error| error.to_string())?;
        self.collect(vocals);
        Ok(())
    }

    fn flush(&mut self, vocals: &mut [Vec<f32>]) -> Result<(), String> {
        self.out.clear();
        self.separator.flush(&mut self.out).map_err(|error| error.to_string())?;
        self.collect(vocals);
        Ok(())
    }

    fn reset(&mut self) {
        self.separator.reset();
    }

    fn set_hold(&mut self, hold: bool) {
        self.separator.set_hold(hold);
    }

    fn set_schedule(&mut self, hop: usize, look_ahead: usize) -> Result<(), String> {
        let schedule = earmark_separate::Schedule { hop, look_ahead };
        self.separator.set_schedule(schedule).map_err(|error| error.to_string())
    }

    fn set_eco(&mut self, eco: bool) {
        self.separator.set_eco(eco);
    }

    fn counters(&self) -> StreamCounters {
        let counters = self.separator.counters();
        StreamCounters { runs: counters.runs, held_runs: counters.held_runs, held_frames: counters.held_frames }
    }
}
