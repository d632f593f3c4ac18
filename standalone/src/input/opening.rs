//! Opening a stream on a device, and letting go of one that may be dead.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfig};
use crossbeam_channel::{Receiver, unbounded};
use earmark_dsp::SampleRate;
use earmark_session::Mode;

use super::devices::{self, Chosen};
use super::ears::{Ears, Hearing, StreamSpec};
use super::feed::{self, Faults, Feed, Shared};
use super::{Trouble, turn};

/// How long a sound system may take to open a stream.
const OPENING: Duration = Duration::from_secs(3);

/// How long letting go of a stream may take. There are sound systems in which it never ends.
const LETTING_GO: Duration = Duration::from_secs(2);

/// The native PulseAudio host drops whole buffers without a word when a busy machine is late for one, so they are long.
const PULSE_FRAMES: u32 = 8192;

/// What is wished of an input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Wish {
    /// Id or name; nothing for the default.
    pub(crate) device: Option<String>,
    /// Channels to hear, counted from 1; none for all.
    pub(crate) channels: Vec<usize>,
}

/// A stream that runs.
pub(super) struct Open {
    pub(super) device: String,
    pub(super) spec: StreamSpec,
    pub(super) faults: Arc<Faults>,
    stream: cpal::Stream,
    /// The ears come home when the stream is gone.
    home: Receiver<Ears>,
}

/// Opens what is wished and starts it.
pub(super) fn open(wish: &Wish, shared: &Arc<Shared>, hearing: &mut Hearing) -> Result<Open, Trouble> {
    let _turn = turn::take();
    let Chosen { id, device } = devices::find(wish.device.as_deref())?;
    let trouble = |error: &cpal::Error| Trouble::of(&id, error);
    // Where an output is heard, its own form is the input's.
    let config =
        device.default_input_config().or_else(|error| device.default_output_config().map_err(|_| trouble(&error)))?;
    let unsupported = |words: String| Trouble::Unsupported { device: id.clone(), words };
    let format = config.sample_format();
    if !feed::can(format) {
        return Err(unsupported(format!("expected samples that are numbers, got {format}")));
    }
    let rate = SampleRate::new(config.sample_rate().into()).map_err(|error| unsupported(error.to_string()))?;
    let all = usize::from(config.channels());
    let heard = heard(&id, &wish.channels, all)?;

    let spec = StreamSpec { rate, channels: heard.len() };
    let failed = |error: std::io::Error| Trouble::Failed { device: id.clone(), words: error.to_string() };
    let ears = hearing.begin(spec, Mode::Realtime).map_err(failed)?;
    let faults = Arc::new(Faults::default());
    let (away, home) = unbounded();
    let feed = Feed::new(Arc::clone(shared), ears, away, rate, all, &heard);
    let stream = build(&device, &id, &config, format, feed, shared, &faults);
    match stream.and_then(|stream| stream.play().map(|()| stream)) {
        Ok(stream) => Ok(Open { device: id, spec, faults, stream, home }),
        Err(error) => {
            // What was not opened has been dropped, ears and all.
            home.try_iter().for_each(|ears| hearing.end(ears));
            Err(trouble(&error))
        }
    }
}

fn build(
    device: &cpal::Device,
    id: &str,
    config: &SupportedStreamConfig,
    format: SampleFormat,
    mut feed: Feed,
    shared: &Arc<Shared>,
    faults: &Arc<Faults>,
) -> Result<cpal::Stream, cpal::Error> {
    let (shared, faults) = (Arc::clone(shared), Arc::clone(faults));
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
        move |data, _| feed.take(data),
        move |error| faults.take(&shared, &error),
        Some(OPENING),
    )
}

/// The channels to hear, counted from 0.
fn heard(device: &str, wished: &[usize], has: usize) -> Result<Vec<usize>, Trouble> {
    let outside = |asked: usize| Trouble::Channel { device: device.to_owned(), asked, has };
    match wished.iter().find(|&&asked| asked == 0 || asked > has) {
        Some(&asked) => Err(outside(asked)),
        None if has == 0 => Err(outside(1)),
        None if wished.is_empty() => Ok((0..has).collect()),
        None => Ok(wished.iter().map(|asked| asked - 1).collect()),
    }
}

impl Open {
    /// Lets go of the stream on a thread of its own, and lets `hearing` have its ears back; false when that did not end
    /// in time, and is left to itself.
    pub(super) fn let_go(self, hearing: &mut Hearing) -> bool {
        let Self { stream, home, .. } = self;
        // Without a thread the stream is dropped with the closure.
        let _ = thread::Builder::new().name("earmark-let-go".into()).spawn(move || drop(stream));
        let ears = home.recv_timeout(LETTING_GO);
        let in_time = ears.is_ok();
        ears.into_iter().for_each(|ears| hearing.end(ears));
        in_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_counted_from_one_and_must_be_there() {
        assert_eq!(heard("x", &[], 2), Ok(vec![0, 1]));
        assert_eq!(heard("x", &[2], 2), Ok(vec![1]));
        for (wished, has, message) in [
            (&[3][..], 2, "channel 3 of `x`: expected 1 to 2, got 3"),
            (&[1, 0], 2, "channel 0 of `x`: expected 1 to 2, got 0"),
            (&[], 0, "channel 1 of `x`: expected 1 to 0, got 1"),
        ] {
            assert_eq!(heard("x", wished, has).unwrap_err().to_string(), message);
        }
    }
}
