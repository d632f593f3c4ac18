//! Data callback of an input stream: selects channels, applies gain and high-pass, and passes frames to the sinks.

use std::sync::Arc;

use cpal::{Data, FromSample, I24, SampleFormat, SizedSample, U24};
use crossbeam_channel::Sender;
use earmark_dsp::SampleRate;

use super::channel_selector::ChannelSelector;
use super::high_pass::HighPass;
use super::input_stats::InputStats;
use crate::sinks::CaptureSinks;

/// State of the data callback. `new` allocates; `process` is real-time safe.
pub(super) struct CaptureCallback {
    stats: Arc<InputStats>,
    /// `None` only while the callback is dropped.
    sinks: Option<CaptureSinks>,
    /// Channel that returns the sinks when the callback is dropped.
    return_sinks: Sender<CaptureSinks>,
    rate: SampleRate,
    selector: ChannelSelector,
    high_pass: HighPass,
    started: bool,
}

impl CaptureCallback {
    /// Creates the callback of a device with `all` channels. The `selected` channels (counted from 0, each below `all`,
    /// at least one) are passed to `sinks`. The sinks are sent to `return_sinks` when the stream has ended. Allocates.
    pub(super) fn new(
        stats: Arc<InputStats>,
        sinks: CaptureSinks,
        return_sinks: Sender<CaptureSinks>,
        rate: SampleRate,
        all: usize,
        selected: &[usize],
    ) -> Self {
        let (selector, high_pass) = (ChannelSelector::new(all, selected), HighPass::new(rate, selected.len()));
        Self { stats, sinks: Some(sinks), return_sinks, rate, selector, high_pass, started: false }
    }

    /// Processes a block of the device. Ignores a format that is not [supported](is_supported). Real-time safe.
    pub(super) fn process(&mut self, data: &Data) {
        match data.sample_format() {
            SampleFormat::I8 => self.process_typed::<i8>(data),
            SampleFormat::I16 => self.process_typed::<i16>(data),
            SampleFormat::I24 => self.process_typed::<I24>(data),
            SampleFormat::I32 => self.process_typed::<i32>(data),
            SampleFormat::I64 => self.process_typed::<i64>(data),
            SampleFormat::U8 => self.process_typed::<u8>(data),
            SampleFormat::U16 => self.process_typed::<u16>(data),
            SampleFormat::U24 => self.process_typed::<U24>(data),
            SampleFormat::U32 => self.process_typed::<u32>(data),
            SampleFormat::U64 => self.process_typed::<u64>(data),
            SampleFormat::F32 => self.process_typed::<f32>(data),
            SampleFormat::F64 => self.process_typed::<f64>(data),
            _ => {}
        }
    }

    fn process_typed<T: SizedSample>(&mut self, data: &Data)
    where
        f32: FromSample<T>,
    {
        if let Some(samples) = data.as_slice::<T>() {
            self.process_samples(samples);
        }
    }

    /// Processes interleaved frames. Real-time safe.
    fn process_samples<T: Copy>(&mut self, samples: &[T])
    where
        f32: FromSample<T>,
    {
        let frames = self.selector.frames(samples.len());
        let Some(sinks) = self.sinks.as_mut().filter(|_| frames > 0) else { return };
        if !std::mem::replace(&mut self.started, true)
            && let Some(resume_s) = self.stats.resume_time_s(self.rate.seconds(frames as u64))
        {
            sinks.seek(resume_s);
        }
        let corner_hz = self.stats.high_pass_hz();
        let high_pass = &mut self.high_pass;
        self.selector.mix(samples, self.stats.gain(), |piece| {
            high_pass.filter(piece, corner_hz);
            sinks.process(piece);
        });
        self.stats.record_block(frames, sinks.source_s());
    }
}

impl Drop for CaptureCallback {
    /// Returns the sinks. If the stream was abandoned, the receiver is gone and the sinks are dropped.
    fn drop(&mut self) {
        if let Some(sinks) = self.sinks.take() {
            let _ = self.return_sinks.send(sinks);
        }
    }
}

/// Whether samples of this format can be converted to f32.
pub(super) fn is_supported(format: SampleFormat) -> bool {
    !matches!(format, SampleFormat::DsdU8 | SampleFormat::DsdU16 | SampleFormat::DsdU32)
}
