//! Opening of an input stream, and closing of a stream that may be stalled.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfig};
use crossbeam_channel::{Receiver, unbounded};
use earmark_dsp::SampleRate;

use super::callback::{CaptureCallback, is_supported};
use super::devices::{self, ResolvedDevice};
use super::error::InputError;
use super::input_stats::InputStats;
use super::stream_errors::StreamErrors;
use crate::backend_lock;
use crate::sinks::{CaptureSinks, SinkFactory, StreamMode, StreamSpec};

/// Maximum time that an audio backend may take to open a stream.
pub(crate) const OPEN_TIMEOUT: Duration = Duration::from_secs(3);

/// Maximum time to wait for an audio backend to close a stream: some calls never return.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Buffer length for PulseAudio, in frames. Its native host silently drops whole buffers when the program is late, so
/// the buffer is long.
const PULSE_FRAMES: u32 = 8192;

/// Requested input: device and channels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InputRequest {
    /// Id or name of the device; `None` for the default.
    pub device: Option<String>,
    /// Channels to capture, counted from 1; empty for all.
    pub channels: Vec<usize>,
}

/// Running input stream.
pub(super) struct OpenStream {
    pub(super) device: String,
    pub(super) spec: StreamSpec,
    pub(super) errors: Arc<StreamErrors>,
    stream: cpal::Stream,
    /// Channel that returns the sinks when the stream has ended.
    returned_sinks: Receiver<CaptureSinks>,
}

/// Opens and starts the requested input. Blocks.
pub(super) fn open(
    request: &InputRequest,
    stats: &Arc<InputStats>,
    factory: &mut SinkFactory,
) -> Result<OpenStream, InputError> {
    let _lock = backend_lock::lock();
    let ResolvedDevice { id, device } = devices::find(request.device.as_deref())?;
    let input_error = |error: &cpal::Error| InputError::of(&id, error);
    // A monitor has the configuration of its output.
    let config = device
        .default_input_config()
        .or_else(|error| device.default_output_config().map_err(|_| input_error(&error)))?;
    let unsupported = |message: String| InputError::Unsupported { device: id.clone(), message };
    let format = config.sample_format();
    if !is_supported(format) {
        return Err(unsupported(format!("expected PCM samples, got {format}")));
    }
    let rate = SampleRate::new(config.sample_rate().into()).map_err(|error| unsupported(error.to_string()))?;
    let all = usize::from(config.channels());
    let selected = resolve_channels(&id, &request.channels, all)?;

    let spec = StreamSpec { rate, channels: selected.len() };
    let failed = |error: std::io::Error| InputError::Failed { device: id.clone(), message: error.to_string() };
    let sinks = factory.begin(spec, StreamMode::Realtime).map_err(failed)?;
    let errors = Arc::new(StreamErrors::default());
    let (return_sinks, returned_sinks) = unbounded();
    let callback = CaptureCallback::new(Arc::clone(stats), sinks, return_sinks, rate, all, &selected);
    let stream = build(&device, &id, &config, format, callback, stats, &errors);
    match stream.and_then(|stream| stream.play().map(|()| stream)) {
        Ok(stream) => Ok(OpenStream { device: id, spec, errors, stream, returned_sinks }),
        Err(error) => {
            // The stream that failed to open was dropped, which returned its sinks.
            returned_sinks.try_iter().for_each(|sinks| factory.end(sinks));
            Err(input_error(&error))
        }
    }
}

fn build(
    device: &cpal::Device,
    id: &str,
    config: &SupportedStreamConfig,
    format: SampleFormat,
    mut callback: CaptureCallback,
    stats: &Arc<InputStats>,
    errors: &Arc<StreamErrors>,
) -> Result<cpal::Stream, cpal::Error> {
    let (stats, errors) = (Arc::clone(stats), Arc::clone(errors));
    let buffer_size = match config.buffer_size() {
        &SupportedBufferSize::Range { min, max } if id.starts_with("pulseaudio:") && min < max => {
            BufferSize::Fixed(PULSE_FRAMES.clamp(min, max))
        }
        _ => BufferSize::Default,
    };
    let config = StreamConfig { buffer_size, ..config.config() };
    device.build_input_stream_raw(
        config,
        format,
        move |data, _| callback.process(data),
        move |error| errors.record(&stats, &error),
        Some(OPEN_TIMEOUT),
    )
}

/// Returns the channels to capture, counted from 0; all channels if none are requested.
fn resolve_channels(device: &str, requested: &[usize], has: usize) -> Result<Vec<usize>, InputError> {
    let outside = |requested: usize| InputError::Channel { device: device.to_owned(), requested, has };
    match requested.iter().find(|&&channel| channel == 0 || channel > has) {
        Some(&channel) => Err(outside(channel)),
        None if has == 0 => Err(outside(1)),
        None if requested.is_empty() => Ok((0..has).collect()),
        None => Ok(requested.iter().map(|channel| channel - 1).collect()),
    }
}

impl OpenStream {
    /// Closes the stream on a thread of its own and returns its sinks to `factory`. Returns false if the stream did not
    /// close in time and is abandoned. Blocks.
    pub(super) fn close(self, factory: &mut SinkFactory) -> bool {
        let Self { stream, returned_sinks, .. } = self;
        // If no thread can be started, the stream is dropped with the closure.
        let _ = thread::Builder::new().name("earmark-close".into()).spawn(move || drop(stream));
        let sinks = returned_sinks.recv_timeout(CLOSE_TIMEOUT);
        let in_time = sinks.is_ok();
        sinks.into_iter().for_each(|sinks| factory.end(sinks));
        in_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requested_channels_are_counted_from_one_and_must_exist() {
        assert_eq!(resolve_channels("x", &[], 2), Ok(vec![0, 1]));
        assert_eq!(resolve_channels("x", &[2], 2), Ok(vec![1]));
        for (requested, has, message) in [
            (&[3][..], 2, "channel 3 of `x`: expected 1 to 2, got 3"),
            (&[1, 0], 2, "channel 0 of `x`: expected 1 to 2, got 0"),
            (&[], 0, "channel 1 of `x`: expected 1 to 0, got 1"),
        ] {
            assert_eq!(resolve_channels("x", requested, has).unwrap_err().to_string(), message);
        }
    }
}
