//! Host of Earmark Stems with its three output ports.

// Loading a library is unsafe.
#![allow(unsafe_code)]

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clack_host::prelude::*;
use cpu_time::ThreadTime;

use crate::host::clap_raw::watched;
use crate::host::host_callbacks::Handlers;
#[cfg(target_os = "linux")]
use crate::host::page_faults::pages;
use crate::host::test_host::Host;

/// Id of the plugin.
const ID: &std::ffi::CStr = c"audio.earmark.earmark.stems";

/// Outputs of a render: the channels of the mix, of the vocals and of the accompaniment.
pub(super) type Stems = [[Vec<f32>; 2]; 3];

/// Returns the path of the library: that of the variable `EARMARK_STEMS`, or the one that cargo builds beside these tests.
fn library() -> PathBuf {
    if let Some(path) = std::env::var_os("EARMARK_STEMS") {
        return path.into();
    }
    let folder = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let name = format!("{}earmark_stems{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    folder.join(name)
}

/// Creates an instance.
pub(super) fn host() -> Host {
    // SAFETY: the library is built with nice-plug; loading it runs no code.
    let entry = unsafe { PluginEntry::load(library()) }.unwrap();
    Host::try_new(&entry, ID).unwrap()
}

/// Sets a parameter of an inactive instance.
pub(super) fn set(host: &mut Host, name: &str, value: f64) {
    let param = host.param(name);
    let mut events = EventBuffer::new();
    events.push(&param.set(0, value));
    host.flush(&events);
}

/// Runs `work`; page faults are counted on Linux only.
#[cfg(not(target_os = "linux"))]
fn pages(work: impl FnOnce()) -> u64 {
    work();
    0
}

/// Audio thread of an active instance.
pub(super) struct StemsAudio {
    processor: StartedPluginAudioProcessor<Handlers>,
    /// Input events of the next block; cleared after it.
    pub(super) events: EventBuffer,
    /// Number of pages that all blocks so far touched for the first time.
    pub(super) pages: u64,
}

impl StemsAudio {
    /// Processes a range of the channels as one block, and appends the outputs to `stems`. Returns the thread time of the
    /// callback.
    pub(super) fn process(&mut self, input: &[Vec<f32>; 2], range: Range<usize>, stems: &mut Stems) -> Duration {
        let frames = range.len();
        let mut inputs = input.each_ref().map(|channel| channel[range.clone()].to_vec());
        let mut outputs: [[Vec<f32>; 2]; 3] = std::array::from_fn(|_| [vec![7.0; frames], vec![7.0; frames]]);
        let (mut input_ports, mut output_ports) = (AudioPorts::with_capacity(2, 1), AudioPorts::with_capacity(6, 3));
        let audio_in = input_ports.with_input_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(
                inputs.iter_mut().map(|buffer| InputChannel { buffer: buffer.as_mut_slice(), is_constant: false }),
            ),
        }]);
        let mut audio_out = output_ports.with_output_buffers(outputs.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(port.iter_mut().map(Vec::as_mut_slice)),
        }));
        let mut out = EventBuffer::new();
        let (events, mut out) = (self.events.as_input(), out.as_output());
        let processor = &mut self.processor;
        let mut processed = None;
        let mut cost = Duration::ZERO;
        self.pages += pages(|| {
            let begun = ThreadTime::now();
            processed = Some(watched(|| processor.process(&audio_in, &mut audio_out, &events, &mut out, None, None)));
            cost = begun.elapsed();
        });
        processed.unwrap().expect("process succeeds");
        self.events.clear();
        for (recorded, port) in stems.iter_mut().flatten().zip(outputs.iter().flatten()) {
            recorded.extend_from_slice(port);
        }
        cost
    }

    /// Resets the instance.
    pub(super) fn reset(&mut self) {
        self.processor.reset();
    }
}

/// Activates the instance, runs `audio` on an audio thread and `beside` on the main thread, and deactivates. Returns the
/// declared latency and the result of `audio`.
pub(super) fn with_audio<T: Send>(
    host: &mut Host,
    rate_hz: f64,
    max_block: usize,
    audio: impl FnOnce(&mut StemsAudio) -> T + Send,
    beside: impl FnOnce(&mut Host),
) -> (usize, T) {
    let stopped = host.activate(rate_hz, max_block);
    let latency = host.latency() as usize;
    let requests = Arc::clone(&host.requests);
    let (stopped, done) = thread::scope(|scope| {
        let thread = scope.spawn(move || {
            requests.set_audio_thread(true);
            let processor = stopped.start_processing().unwrap();
            let mut stems = StemsAudio { processor, events: EventBuffer::new(), pages: 0 };
            let done = audio(&mut stems);
            let stopped = stems.processor.stop_processing();
            requests.set_audio_thread(false);
            (stopped, done)
        });
        beside(host);
        thread.join().unwrap()
    });
    host.deactivate(stopped);
    (latency, done)
}

/// Processes the channels in blocks of `block` frames. After each block `pace` is called with the thread time of the callback.
/// Returns the declared latency and the outputs.
pub(super) fn render(
    host: &mut Host,
    rate_hz: f64,
    input: &[Vec<f32>; 2],
    block: usize,
    pace: impl Fn(Duration) + Send,
) -> (usize, Stems) {
    render_beside(host, rate_hz, input, block, pace, |_| ())
}

/// Processes as [`render`] does, while `beside` runs on the main thread.
pub(super) fn render_beside(
    host: &mut Host,
    rate_hz: f64,
    input: &[Vec<f32>; 2],
    block: usize,
    pace: impl Fn(Duration) + Send,
    beside: impl FnOnce(&mut Host),
) -> (usize, Stems) {
    let blocks = move |audio: &mut StemsAudio| {
        let mut stems = Stems::default();
        for start in (0..input[0].len()).step_by(block) {
            pace(audio.process(input, start..input[0].len().min(start + block), &mut stems));
        }
        stems
    };
    with_audio(host, rate_hz, block, blocks, beside)
}
