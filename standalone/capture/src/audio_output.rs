//! Audio output that makes a played file audible, on a thread of its own.
//!
//! ```text
//!  Player ─ blocks ─► monitor thread: two channels, Resampler ─ ring ─► callback of the audio system
//! ```

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{FromSample, SampleFormat, SizedSample};
use crossbeam_channel::{Receiver, Sender, bounded};
use earmark_dsp::{Resampler, SampleRate};
use parking_lot::Mutex;
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use crate::backend_lock;
use crate::input::{OPEN_TIMEOUT, hosts_default_first, is_fatal, silence_backend_logs};
use crate::player::PlaybackMonitor;

/// Number of channels that are played. A mono file is played on both.
const CHANNELS: usize = 2;
/// Capacity of the queue of blocks. A block that does not fit is not played.
const QUEUE_LEN: usize = 64;
/// Duration that is buffered before the output starts, and maximum duration, in seconds.
const BUFFER_S: (f64, f64) = (0.08, 0.4);
/// Interval between two attempts to open the output.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// Settings and state of an audio output. Any thread.
#[derive(Debug, Default)]
pub struct AudioOutputState {
    muted: AtomicBool,
    error: Mutex<Option<String>>,
}

impl AudioOutputState {
    /// Sets whether the output is muted.
    pub fn set_muted(&self, muted: bool) {
        self.muted.store(muted, Relaxed);
    }

    /// Returns the reason why nothing is audible, if any.
    pub fn error(&self) -> Option<String> {
        self.error.lock().clone()
    }
}

/// Default output of the system, which is opened in the background and again after it is lost. It is closed in the
/// background after it is dropped: some audio systems never return.
#[derive(Debug)]
pub struct AudioOutput {
    blocks: Sender<Block>,
}

/// Samples from the player.
#[derive(Debug)]
struct Block {
    rate: SampleRate,
    /// Interleaved samples of [`CHANNELS`] channels.
    samples: Vec<f32>,
}

impl AudioOutput {
    /// Starts the thread that opens the output and plays to it. `state` has the settings and receives errors.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn start(state: Arc<AudioOutputState>) -> io::Result<Self> {
        let (blocks, received) = bounded(QUEUE_LEN);
        thread::Builder::new().name("earmark-monitor".into()).spawn(move || run(&state, &received))?;
        Ok(Self { blocks })
    }
}

impl PlaybackMonitor for AudioOutput {
    fn process(&mut self, rate: SampleRate, channels: usize, interleaved: &[f32]) {
        // Playback does not wait for the output.
        let _ = self.blocks.try_send(Block { rate, samples: stereo(channels, interleaved) });
    }
}

/// Returns the first two channels; both are the same for a mono file. Samples that are not finite are 0.
fn stereo(channels: usize, interleaved: &[f32]) -> Vec<f32> {
    let channels = channels.max(1);
    let side = |frame: &[f32], side: usize| {
        let sample = frame[side.min(channels - 1)];
        if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
    };
    interleaved.chunks_exact(channels).flat_map(|frame| [side(frame, 0), side(frame, 1)]).collect()
}

/// Plays blocks until the player is dropped.
fn run(state: &AudioOutputState, blocks: &Receiver<Block>) {
    let mut output: Option<OpenOutput> = None;
    let mut retry = Instant::now();
    for block in blocks {
        if output.as_ref().is_some_and(|output| output.lost.load(Relaxed)) {
            output = None;
        }
        if output.is_none() && Instant::now() >= retry {
            let opened = OpenOutput::open();
            retry = Instant::now() + RETRY_INTERVAL;
            *state.error.lock() = opened.as_ref().err().cloned();
            output = opened.ok();
        }
        if let Some(output) = &mut output {
            output.feed.push(&block, state.muted.load(Relaxed));
        }
    }
}

/// Open output stream.
struct OpenOutput {
    feed: OutputFeed,
    lost: Arc<AtomicBool>,
    _stream: cpal::Stream,
}

impl OpenOutput {
    /// Opens the first default output that can be opened. Blocks.
    fn open() -> Result<Self, String> {
        let _lock = backend_lock::lock();
        silence_backend_logs();
        let mut error = "no audio output device found".to_owned();
        for host in hosts_default_first() {
            let Some(device) = host.default_output_device() else { continue };
            let Ok(config) = device.default_output_config() else { continue };
            match Self::of(&device, &config) {
                Ok(output) => return Ok(output),
                Err(message) => error = format!("cannot open the audio output: {message}"),
            }
        }
        Err(error)
    }

    fn of(device: &cpal::Device, config: &cpal::SupportedStreamConfig) -> Result<Self, String> {
        let rate = SampleRate::new(config.sample_rate().into()).map_err(|error| error.to_string())?;
        let (feed, source) = output_buffer(rate);
        let lost = Arc::new(AtomicBool::new(false));
        let stream = match config.sample_format() {
            SampleFormat::F32 => build::<f32>(device, config, source, &lost),
            SampleFormat::F64 => build::<f64>(device, config, source, &lost),
            SampleFormat::I16 => build::<i16>(device, config, source, &lost),
            SampleFormat::I32 => build::<i32>(device, config, source, &lost),
            SampleFormat::U16 => build::<u16>(device, config, source, &lost),
            format => return Err(format!("expected PCM samples, got {format}")),
        };
        let stream = stream.and_then(|stream| stream.play().map(|()| stream)).map_err(|error| error.to_string())?;
        Ok(Self { feed, lost, _stream: stream })
    }
}

fn build<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    config: &cpal::SupportedStreamConfig,
    mut source: OutputSource,
    lost: &Arc<AtomicBool>,
) -> Result<cpal::Stream, cpal::Error> {
    let (channels, lost) = (usize::from(config.channels()).max(1), Arc::clone(lost));
    device.build_output_stream(
        config.config(),
        move |data: &mut [T], _: &cpal::OutputCallbackInfo| {
            for frame in data.chunks_mut(channels) {
                let [left, right] = source.next_frame();
                frame.fill(T::from_sample(0.0));
                match frame {
                    [mono] => *mono = T::from_sample((left + right) / 2.0),
                    [first, second, ..] => (*first, *second) = (T::from_sample(left), T::from_sample(right)),
                    [] => {}
                }
            }
        },
        move |error| {
            if is_fatal(error.kind()) {
                lost.store(true, Relaxed);
            }
        },
        Some(OPEN_TIMEOUT),
    )
}

/// Creates the buffer between the monitor thread and the callback of an output at `rate`.
fn output_buffer(rate: SampleRate) -> (OutputFeed, OutputSource) {
    let samples = |seconds: f64| (seconds * rate.hz()) as usize * CHANNELS;
    let (writer, reader) = HeapRb::<f32>::new(samples(BUFFER_S.1).max(CHANNELS)).split();
    let feed = OutputFeed { rate, writer, resamplers: None, planes: Default::default() };
    (feed, OutputSource { reader, start: samples(BUFFER_S.0), running: false })
}

/// End of the buffer that the monitor thread writes.
struct OutputFeed {
    rate: SampleRate,
    writer: HeapProd<f32>,
    /// Rate of the file, and a resampler for each channel.
    resamplers: Option<(SampleRate, [Resampler; CHANNELS])>,
    planes: [Vec<f32>; CHANNELS],
}

impl OutputFeed {
    /// Resamples a block and adds it to the buffer. If the buffer is full, the clocks of file and output have drifted
    /// apart, and the block is not played.
    fn push(&mut self, block: &Block, muted: bool) {
        if self.resamplers.as_ref().is_none_or(|(rate, _)| *rate != block.rate) {
            let new = || Resampler::new(block.rate, self.rate).ok();
            self.resamplers = new().zip(new()).map(|(left, right)| (block.rate, [left, right]));
        }
        let Some((_, resamplers)) = &mut self.resamplers else { return };
        for (side, (resampler, plane)) in resamplers.iter_mut().zip(&mut self.planes).enumerate() {
            let samples: Vec<f32> = block.samples.iter().skip(side).step_by(CHANNELS).copied().collect();
            plane.clear();
            resampler.push(&samples, plane);
        }
        let frames = self.planes[0].len().min(self.planes[1].len());
        if self.writer.vacant_len() < frames * CHANNELS {
            return;
        }
        let gain = if muted { 0.0 } else { 1.0 };
        for frame in 0..frames {
            self.writer.push_slice(&[self.planes[0][frame] * gain, self.planes[1][frame] * gain]);
        }
    }
}

/// End of the buffer that the callback reads. Real-time safe.
struct OutputSource {
    reader: HeapCons<f32>,
    /// Number of samples that are buffered before the output starts.
    start: usize,
    running: bool,
}

impl OutputSource {
    /// Returns the next frame; silence while the buffer is filled.
    fn next_frame(&mut self) -> [f32; CHANNELS] {
        let mut frame = [0.0; CHANNELS];
        self.running |= self.reader.occupied_len() >= self.start;
        if self.running && self.reader.pop_slice(&mut frame) < CHANNELS {
            (self.running, frame) = (false, [0.0; CHANNELS]);
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(hz: f64) -> SampleRate {
        SampleRate::new(hz).unwrap()
    }

    #[test]
    fn two_channels_are_played_of_any_file() {
        assert_eq!(stereo(1, &[0.5, -0.5]), [0.5, 0.5, -0.5, -0.5]);
        assert_eq!(stereo(2, &[0.5, -0.5]), [0.5, -0.5]);
        assert_eq!(stereo(3, &[0.1, 0.2, 0.3, f32::NAN, 9.0, 0.3]), [0.1, 0.2, 0.0, 1.0]);
        assert!(stereo(0, &[]).is_empty());
    }

    #[test]
    fn output_starts_when_buffered_and_is_silent_after_an_underrun() {
        let (mut feed, mut source) = output_buffer(rate(1000.0));
        let block = |value: f32| Block { rate: rate(1000.0), samples: [value, -value].repeat(50) };
        feed.push(&block(0.5), false);
        assert_eq!(source.next_frame(), [0.0; 2], "50 ms are buffered of 80 ms");
        feed.push(&block(0.25), false);
        let frames: Vec<_> = (0..101).map(|_| source.next_frame()).collect();
        assert_eq!((frames[0], frames[50], frames[99]), ([0.5, -0.5], [0.25, -0.25], [0.25, -0.25]));
        assert_eq!(frames[100], [0.0; 2]);
        feed.push(&block(0.5), false);
        assert_eq!(source.next_frame(), [0.0; 2], "the buffer is filled again");
        feed.push(&block(0.5), true);
        assert_eq!((0..50).map(|_| source.next_frame()).last(), Some([0.5, -0.5]));
        assert_eq!(source.next_frame(), [0.0; 2], "muted");
    }

    #[test]
    fn buffer_is_bounded_and_rates_are_converted() {
        let (mut feed, mut source) = output_buffer(rate(48_000.0));
        let block = Block { rate: rate(44_100.0), samples: vec![0.5; 2 * 882] };
        (0..200).for_each(|_| feed.push(&block, false));
        let audible = (0..48_000).filter(|_| source.next_frame()[0] > 0.4).count();
        let max = (BUFFER_S.1 * 48_000.0) as usize;
        assert!((max - 2_000..=max).contains(&audible), "{audible} frames");
    }
}
