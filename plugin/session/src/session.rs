//! Audio thread's half of an instance: the tap, and the stream that a worker thread analyzes.
//!
//! The audio thread owns the [`Session`]; all other threads use the [`Instance`]. A session outlives deactivation, so
//! that a new activation with the same rate and channels is cheap.

#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use earmark_dsp::{AnalysisStream, LatestReader, LatestWriter, SampleRate, StreamHandle, Tap, latest_channel, tap};

use crate::instance::{Instance, SessionLink};
use crate::latest_results::LatestResults;
use crate::offline::{self, Mode, RenderBarrier};
use crate::outputs::{MidiEvent, MidiOut};
use crate::pool::{PoolStream, WorkerPool};
use crate::publisher::Publisher;
use crate::render_modes::RenderModeHistory;
use crate::report::ReportRecorder;
use crate::seek_detector::{SeekDetector, TransportJump};
use crate::stream_analyzer::StreamAnalyzer;
use crate::transport::{Transport, TransportSnapshot};

/// Lag of the worker thread in seconds above which audio is dropped in real time.
const RING_S: f64 = 10.0;

/// Minimum length of the ring in samples, at any rate (256 KiB).
const MIN_RING_SAMPLES: usize = 1 << 16;

/// Maximum length of the ring for [`RING_S`] in samples (16 MiB). Four long blocks may need more.
const MAX_RING_SAMPLES: usize = 1 << 22;

/// Capacity of the queue of marks. More than a host sends in [`RING_S`].
const RING_MARKS: usize = 1024;

/// Source time in seconds after which the transport is published again without a change.
const TRANSPORT_REFRESH_S: f64 = 0.05;

/// Returns the length of the ring in samples: [`RING_S`] within its bounds, and at least four blocks.
fn ring_len(rate_hz: f64, max_block: usize) -> usize {
    ((rate_hz * RING_S) as usize).clamp(MIN_RING_SAMPLES, MAX_RING_SAMPLES).max(max_block * 4)
}

/// Stream format of a session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SessionConfig {
    /// Sample rate of the host or sound card.
    pub rate: SampleRate,
    /// Number of channels of the main input, which are mixed to mono.
    pub channels: usize,
    /// Maximum number of samples per channel in a block.
    pub max_block: usize,
}

/// Audio thread's half of an instance: pushes blocks to the worker thread and sends MIDI.
pub struct Session {
    config: SessionConfig,
    instance: Arc<Instance>,
    tap: Tap,
    latest: LatestReader<LatestResults>,
    snapshot: LatestWriter<TransportSnapshot>,
    /// Transport that was published last.
    last_published: TransportSnapshot,
    seek_detector: SeekDetector,
    midi: MidiOut,
    /// Whether samples were pushed since the last end or reset.
    dirty: bool,
    mode: Mode,
    barrier: RenderBarrier,
    modes: Arc<RenderModeHistory>,
    stream: PoolStream,
}

impl Session {
    /// Creates a session for `instance` and attaches its stream to `pool`. Loads no model; the worker thread does so
    /// when the first samples arrive. Allocates.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn new(instance: &Arc<Instance>, pool: &Arc<WorkerPool>, config: SessionConfig) -> io::Result<Self> {
        let capacity = ring_len(config.rate.hz(), config.max_block);
        let (tap, reader) = tap(config.rate, capacity, RING_MARKS);
        let (views, mut view_readers) = latest_channel(2, LatestResults::default());
        let (snapshot, mut snapshot_readers) = latest_channel(2, TransportSnapshot::default());
        let missing = || io::Error::other("cannot create session: expected two readers of each latest value");
        let (latest, view) = view_readers.pop().zip(view_readers.pop()).ok_or_else(missing)?;
        let (worker_transport, transport) = snapshot_readers.pop().zip(snapshot_readers.pop()).ok_or_else(missing)?;

        let modes = Arc::new(RenderModeHistory::default());
        let analyzer =
            StreamAnalyzer::new(Arc::clone(instance.context()), Arc::clone(&modes), tap.stats(), config.rate);
        let recorder = ReportRecorder::new(config.rate, config.channels);
        let mut publisher = Publisher::new(Arc::clone(instance), views, worker_transport, recorder);
        let sink = Box::new(move |event| publisher.handle_event(event));
        let attach = |place| AnalysisStream { reader, analyzer: analyzer.with_live_phase(place), sink };
        let stream = pool.attach(attach)?;
        instance.attach(SessionLink {
            handle: Arc::clone(stream.handle()),
            stats: tap.stats(),
            rate_hz: config.rate.hz(),
            channels: config.channels,
            ring_s: config.rate.seconds(capacity as u64),
            view,
            transport,
        });
        Ok(Self {
            config,
            instance: Arc::clone(instance),
            tap,
            latest,
            snapshot,
            // Source time is infinite, so that the first block publishes its transport.
            last_published: TransportSnapshot { source_s: f64::INFINITY, ..TransportSnapshot::default() },
            seek_detector: SeekDetector::default(),
            midi: MidiOut::default(),
            dirty: false,
            mode: Mode::Realtime,
            barrier: RenderBarrier::default(),
            modes,
            stream,
        })
    }

    /// Returns the stream format.
    #[must_use]
    pub fn config(&self) -> SessionConfig {
        self.config
    }

    /// Activates the session in `mode`. A change of mode ends the take. Locks, and blocks at the end of an offline
    /// render: not for the audio thread. Cheap without a change.
    pub fn activate(&mut self, mode: Mode) {
        if mode != self.mode || self.modes.is_live() {
            // Samples pushed in the earlier mode are processed in that mode.
            self.close();
            self.mode = mode;
            let offline = mode != Mode::Realtime;
            self.modes.set(self.tap.position().samples, offline);
            self.instance.offline.store(offline, Ordering::Release);
        }
        self.barrier = RenderBarrier::new(mode);
        self.stream.handle().set_active(true);
    }

    /// Ends the take, with the last patches flushed as at the end of a file, and deactivates the session. Blocks after
    /// an offline render until the report is written: not for the audio thread.
    pub fn deactivate(&mut self) {
        self.close();
        self.stream.handle().set_active(false);
    }

    /// Ends the take and resets source time to 0. Real-time safe, except in an offline render, where it blocks.
    pub fn reset(&mut self) {
        if self.dirty {
            self.tap.end();
            self.dirty = false;
        }
        self.tap.reset();
        self.seek_detector.reset();
        self.wait();
    }

    /// Pushes a block with one slice per channel. Real-time safe, except in an offline render, where it blocks until
    /// the block is processed.
    pub fn process(&mut self, channels: &[&[f32]], transport: &Transport) {
        let frames = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        self.process_block(frames, transport, |tap| tap.push_planar(channels));
    }

    /// Pushes a block of interleaved frames with [`SessionConfig::channels`] channels. Real-time safe, except in an
    /// offline render, where it blocks until the block is processed.
    pub fn process_interleaved(&mut self, samples: &[f32], transport: &Transport) {
        let channels = self.config.channels;
        let frames = samples.len().checked_div(channels).unwrap_or(0);
        self.process_block(frames, transport, |tap| tap.push_interleaved(samples, channels));
    }

    fn process_block(&mut self, frames: usize, transport: &Transport, push: impl FnOnce(&mut Tap)) {
        if frames == 0 {
            return;
        }
        let block_s = self.config.rate.seconds(frames as u64);
        if let Some(TransportJump::Seek(to_s)) = self.seek_detector.update(transport, self.source_s(), block_s) {
            self.tap.seek(to_s);
        }
        if self.barrier.add_block(block_s) {
            self.modes.set_live();
            self.instance.offline.store(false, Ordering::Release);
        }
        let looped = self.seek_detector.has_looped();
        self.publish_transport(TransportSnapshot::of(transport, self.source_s(), looped));
        push(&mut self.tap);
        self.dirty = true;
        self.wait();
    }

    /// Publishes the transport, unless readers can extrapolate it from the last published one. Publishing costs the
    /// audio thread more than the comparison.
    fn publish_transport(&mut self, snapshot: TransportSnapshot) {
        let since_s = snapshot.source_s - self.last_published.source_s;
        let known = (0.0..TRANSPORT_REFRESH_S).contains(&since_s)
            && self.last_published.host.playing == snapshot.host.playing
            && self.last_published.continues_as(&snapshot);
        if !known {
            self.snapshot.publish(&snapshot);
            self.last_published = snapshot;
        }
    }

    /// Sends the changes of controllers and notes on `channel` (0 to 15); without a channel, ends the active notes.
    /// `send` returns whether the host accepted the event. Real-time safe.
    pub fn send_midi(&mut self, channel: Option<u8>, send: &mut impl FnMut(MidiEvent) -> bool) {
        let Some(channel) = channel else {
            if self.midi.has_active_notes() {
                self.midi.all_notes_off(send);
            }
            return;
        };
        let view = self.latest.latest();
        // Results of models that are no longer selected are not sent.
        if view.is_current(self.instance.settings()) {
            self.midi.send(&view.midi, channel & 15, self.instance.learn_cc(), send);
        }
    }

    /// Whether [`Session::process`] and [`Session::reset`] may block now, and so allocate. Real-time safe.
    #[must_use]
    pub fn may_block(&self) -> bool {
        self.mode != Mode::Realtime
    }

    /// Returns the source time of the next sample in seconds. Real-time safe.
    #[must_use]
    pub fn source_s(&self) -> f64 {
        self.tap.source_s()
    }

    /// Returns the handle of the stream.
    #[must_use]
    pub fn handle(&self) -> &Arc<StreamHandle<StreamAnalyzer>> {
        self.stream.handle()
    }

    /// Returns the pool of the stream.
    #[must_use]
    pub fn pool(&self) -> &Arc<WorkerPool> {
        self.stream.pool()
    }

    /// Blocks until all pushed audio is processed. Returns false if the worker made no progress for `timeout`. For
    /// tests and exports, not for the audio thread.
    #[must_use]
    pub fn wait_idle(&mut self, timeout: Duration) -> bool {
        offline::drain(&mut self.tap, self.stream.handle(), timeout)
    }

    /// Ends the take, if there is one. Blocks in an offline render until the report is written.
    fn close(&mut self) {
        if self.dirty {
            self.tap.end();
            self.dirty = false;
            self.barrier.finish(&mut self.tap, self.stream.handle());
        }
    }

    /// Blocks in an offline render until all pushed audio is processed, if the settings enable it.
    fn wait(&mut self) {
        if self.instance.settings().block() {
            let drained = self.barrier.wait(&mut self.tap, self.stream.handle());
            if !drained {
                self.instance.render_timeouts.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close();
        self.instance.detach(self.stream.handle());
    }
}
