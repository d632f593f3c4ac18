//! Opening a stream on a device, and closing one that may be dead.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfig};
use crossbeam_channel::{Receiver, unbounded};
use earmark_dsp::SampleRate;

use super::backend_lock;
use super::callback::{CaptureCallback, is_supported};
use super::devices::{self, ResolvedDevice};
use super::error::InputError;
use super::input_stats::InputStats;
use super::stream_errors::StreamErrors;
use crate::sinks::{CaptureSinks, SinkFactory, StreamMode, StreamSpec};

/// Time that a sound system may take to open a stream.
const OPEN_TIMEOUT: Duration = Duration::from_secs(3);

/// Time that a sound system may take to close a stream. In some it never ends.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Length of PulseAudio's buffers, in frames: its native host silently drops whole buffers when a busy machine is late
/// for one, so they are long.
const PULSE_FRAMES: u32 = 8192;

/// Request for an input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InputRequest {
    /// Id or name; `None` for the default.
    pub device: Option<String>,
    /// Channels to capture, counted from 1; empty for all.
    pub channels: Vec<usize>,
}

/// Stream that runs.
pub(super) struct OpenStream {
    pub(super) device: String,
    pub(super) spec: StreamSpec,
    pub(super) errors: Arc<StreamErrors>,
    stream: cpal::Stream,
    /// Channel that gets the sinks back when the stream has ended.
    home: Receiver<CaptureSinks>,
}

/// Opens and starts the input that is requested. Blocks.
pub(super) fn open(
    request: &InputRequest,
    stats: &Arc<InputStats>,
    factory: &mut SinkFactory,
) -> Result<OpenStream, InputError> {
    let _lock = backend_lock::lock();
    let ResolvedDevice { id, device } = devices::find(request.device.as_deref())?;
    let input_error = |error: &cpal::Error| InputError::of(&id, error);
    // A monitor has the form of its output.
    let config = device
        .default_input_config()
        .or_else(|error| device.default_output_config().map_err(|_| input_error(&error)))?;
    let unsupported = |words: String| InputError::Unsupported { device: id.clone(), words };
    let format = config.sample_format();
    if !is_supported(format) {
        return Err(unsupported(format!("expected samples that are numbers, got {format}")));
    }
    let rate = SampleRate::new(config.sample_rate().into()).map_err(|error| unsupported(error.to_string()))?;
    let all = usize::from(config.channels());
    let selected = resolve_channels(&id, &request.channels, all)?;

    let spec = StreamSpec { rate, channels: selected.len() };
    let failed = |error: std::io::Error| InputError::Failed { device: id.clone(), words: error.to_string() };
    let sinks = factory.begin(spec, StreamMode::Realtime).map_err(failed)?;
    let errors = Arc::new(StreamErrors::default());
    let (away, home) = unbounded();
    let callback = CaptureCallback::new(Arc::clone(stats), sinks, away, rate, all, &selected);
    let stream = build(&device, &id, &config, format, callback, stats, &errors);
    match stream.and_then(|stream| stream.play().map(|()| stream)) {
        Ok(stream) => Ok(OpenStream { device: id, spec, errors, stream, home }),
        Err(error) => {
            // A stream that was not opened has been dropped, and its sinks were sent home.
            home.try_iter().for_each(|sinks| factory.end(sinks));
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

/// Returns the channels to capture, counted from 0; all if none is requested.
fn resolve_channels(device: &str, requested: &[usize], has: usize) -> Result<Vec<usize>, InputError> {
    let outside = |asked: usize| InputError::Channel { device: device.to_owned(), asked, has };
    match requested.iter().find(|&&asked| asked == 0 || asked > has) {
        Some(&asked) => Err(outside(asked)),
        None if has == 0 => Err(outside(1)),
        None if requested.is_empty() => Ok((0..has).collect()),
        None => Ok(requested.iter().map(|asked| asked - 1).collect()),
    }
}

impl OpenStream {
    /// Closes the stream on a thread of its own and gives `factory` its sinks back; false when that did not end in time and
    /// is abandoned. Blocks.
    pub(super) fn close(self, factory: &mut SinkFactory) -> bool {
        let Self { stream, home, .. } = self;
        // Without a thread the stream is dropped with the closure.
        let _ = thread::Builder::new().name("earmark-close".into()).spawn(move || drop(stream));
        let sinks = home.recv_timeout(CLOSE_TIMEOUT);
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
