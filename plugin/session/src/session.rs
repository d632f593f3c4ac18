//! One activation of one instance: the tap on the audio thread, and the stream that a pool's thread listens to.
//!
//! [`Session`] is the audio thread's; [`Instance`] is everybody else's. A session stays while the host activates and
//! deactivates with the same rate and channels, so that this costs nothing.

#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use earmark_dsp::{LatestReader, LatestWriter, SampleRate, Stream, StreamHandle, Tap, latest_channel, tap};

use crate::instance::{Instance, SessionLink};
use crate::latest_results::LatestResults;
use crate::offline::{self, Mode, RenderBarrier};
use crate::outputs::{MidiEvent, MidiOut};
use crate::pool::{Attached, Pool};
use crate::publisher::Publisher;
use crate::render_modes::RenderModeHistory;
use crate::report::ReportRecorder;
use crate::stream_analyzer::StreamAnalyzer;
use crate::transport::{Follower, Transport, TransportSnapshot};

/// How long the worker may be late while playing, in seconds, before audio is lost.
const RING_S: f64 = 10.0;

/// Fewest samples that the ring to the worker holds, whatever the rate (256 KiB).
const MIN_RING_SAMPLES: usize = 1 << 16;

/// Most samples that the ring to the worker holds for [`RING_S`] (16 MiB); more only if four blocks need more.
const MAX_RING_SAMPLES: usize = 1 << 22;

/// Marks that wait for the worker: more than a host gives in [`RING_S`].
const RING_MARKS: usize = 1024;

/// After so many seconds of source what the host says is published anew, even if it was to be expected.
const RETELL_S: f64 = 0.05;

/// Returns the length of the ring in samples: [`RING_S`] within its bounds, and at least four blocks.
fn ring_len(rate_hz: f64, max_block: usize) -> usize {
    ((rate_hz * RING_S) as usize).clamp(MIN_RING_SAMPLES, MAX_RING_SAMPLES).max(max_block * 4)
}

/// What a session is made for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SessionConfig {
    /// The rate of the host or sound card.
    pub rate: SampleRate,
    /// Channels of the main input; they are mixed to one.
    pub channels: usize,
    /// The most samples in a block.
    pub most_block: usize,
}

/// The audio thread's half of an activation.
pub struct Session {
    config: SessionConfig,
    instance: Arc<Instance>,
    tap: Tap,
    latest: LatestReader<LatestResults>,
    snapshot: LatestWriter<TransportSnapshot>,
    /// What was published last.
    told: TransportSnapshot,
    follower: Follower,
    midi: MidiOut,
    /// Whether samples came since the last end or reset.
    dirty: bool,
    mode: Mode,
    barrier: RenderBarrier,
    modes: Arc<RenderModeHistory>,
    attached: Attached,
}

impl Session {
    /// Attaches a stream for `instance` to `pool`. Loads no model: that is for the first samples. Allocates: call while
    /// activating.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(instance: &Arc<Instance>, pool: &Arc<Pool>, config: SessionConfig) -> io::Result<Self> {
        let capacity = ring_len(config.rate.hz(), config.most_block);
        let (tap, reader) = tap(config.rate, capacity, RING_MARKS);
        let (views, mut view_readers) = latest_channel(2, LatestResults::default());
        let (snapshot, mut snapshot_readers) = latest_channel(2, TransportSnapshot::default());
        let missing = || io::Error::other("expected two readers of each latest-value channel");
        let (latest, view) = view_readers.pop().zip(view_readers.pop()).ok_or_else(missing)?;
        let (heard_at, shown) = snapshot_readers.pop().zip(snapshot_readers.pop()).ok_or_else(missing)?;

        let modes = Arc::new(RenderModeHistory::default());
        let analyzer =
            StreamAnalyzer::new(Arc::clone(instance.context()), Arc::clone(&modes), tap.stats(), config.rate);
        let recorder = ReportRecorder::new(config.rate, config.channels);
        let mut publisher = Publisher::new(Arc::clone(instance), views, heard_at, recorder);
        let sink = Box::new(move |heard| publisher.take(heard));
        let attached = pool.attach(Stream { reader, analyzer, sink })?;
        instance.link(SessionLink {
            handle: Arc::clone(attached.handle()),
            stats: tap.stats(),
            rate_hz: config.rate.hz(),
            channels: config.channels,
            ring_s: config.rate.seconds(capacity as u64),
            view,
            transport: shown,
        });
        Ok(Self {
            config,
            instance: Arc::clone(instance),
            tap,
            latest,
            snapshot,
            // Nothing is known yet: the first block tells.
            told: TransportSnapshot { source_s: f64::INFINITY, ..TransportSnapshot::default() },
            follower: Follower::default(),
            midi: MidiOut::default(),
            dirty: false,
            mode: Mode::Realtime,
            barrier: RenderBarrier::default(),
            modes,
            attached,
        })
    }

    /// What it was made for.
    #[must_use]
    pub fn config(&self) -> SessionConfig {
        self.config
    }

    /// Samples are to be expected, from now on in that mode. Not for the audio thread; cheap when nothing changes.
    pub fn activate(&mut self, mode: Mode) {
        if mode != self.mode || self.modes.is_live() {
            // What was pushed in the other mode is heard in the other mode.
            self.close();
            self.mode = mode;
            let offline = mode != Mode::Realtime;
            self.modes.set(self.tap.position().samples, offline);
            self.instance.offline.store(offline, Ordering::Release);
        }
        self.barrier = RenderBarrier::new(mode);
        self.attached.handle().set_active(true);
    }

    /// No more samples are to be expected: the take ends as a file does. Not for the audio thread; after an offline
    /// render it waits until the report is written.
    pub fn deactivate(&mut self) {
        self.close();
        self.attached.handle().set_active(false);
    }

    /// The host begins anew: the take ends as a file does, and the next sample is at time 0. Real-time safe, but for an
    /// offline render, where it waits.
    pub fn reset(&mut self) {
        if self.dirty {
            self.tap.end();
            self.dirty = false;
        }
        self.tap.reset();
        self.follower.reset();
        self.wait();
    }

    /// Takes a block as it passes, a slice per channel: it is only looked at. Real-time safe, but for an offline render,
    /// where it waits until the block has been heard.
    pub fn process(&mut self, channels: &[&[f32]], transport: &Transport) {
        let frames = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        self.take(frames, transport, |tap| tap.push_planar(channels));
    }

    /// The same of interleaved frames with as many channels as [`SessionConfig`] says, as sound cards give them.
    pub fn process_interleaved(&mut self, samples: &[f32], transport: &Transport) {
        let channels = self.config.channels;
        let frames = samples.len().checked_div(channels).unwrap_or(0);
        self.take(frames, transport, |tap| tap.push_interleaved(samples, channels));
    }

    fn take(&mut self, frames: usize, transport: &Transport, push: impl FnOnce(&mut Tap)) {
        if frames == 0 {
            return;
        }
        let block_s = self.config.rate.seconds(frames as u64);
        if let Some(to_s) = self.follower.follow(transport, self.source_s(), block_s) {
            self.tap.seek(to_s);
        }
        if self.barrier.look(block_s) {
            self.modes.set_live();
            self.instance.offline.store(false, Ordering::Release);
        }
        self.tell(TransportSnapshot::of(transport, self.source_s()));
        push(&mut self.tap);
        self.dirty = true;
        self.wait();
    }

    /// Publishes where the host's song is, unless whoever reads it can tell by itself: what is shared costs the audio thread
    /// more than what it keeps.
    fn tell(&mut self, snapshot: TransportSnapshot) {
        let since_s = snapshot.source_s - self.told.source_s;
        let known = (0.0..RETELL_S).contains(&since_s)
            && self.told.host.playing == snapshot.host.playing
            && self.told.goes_on_as(&snapshot);
        if !known {
            self.snapshot.publish(&snapshot);
            self.told = snapshot;
        }
    }

    /// Sends what MIDI should say now, on `channel` (0 to 15), or not at all: then notes that sound are ended. `send`
    /// says whether the event was taken. Real-time safe.
    pub fn send_midi(&mut self, channel: Option<u8>, send: &mut impl FnMut(MidiEvent) -> bool) {
        let Some(channel) = channel else {
            if self.midi.sounds() {
                self.midi.silence(send);
            }
            return;
        };
        let view = self.latest.latest();
        // What an earlier choice of models said is not sent as the present one's.
        if view.is_current(self.instance.settings()) {
            let solo = Some(self.instance.solo_cc.load(Ordering::Relaxed)).filter(|&cc| cc < 128);
            self.midi.send(&view.midi, channel & 15, solo, send);
        }
    }

    /// Whether [`Session::process`] and [`Session::reset`] may wait now, and so allocate. Real-time safe.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        self.mode != Mode::Realtime
    }

    /// Source time of the next sample, in seconds. Real-time safe.
    #[must_use]
    pub fn source_s(&self) -> f64 {
        self.tap.source_s()
    }

    /// The stream's handle: how it is, and a way to wait for it.
    #[must_use]
    pub fn handle(&self) -> &Arc<StreamHandle<StreamAnalyzer>> {
        self.attached.handle()
    }

    /// The pool that listens.
    #[must_use]
    pub fn pool(&self) -> &Arc<Pool> {
        self.attached.pool()
    }

    /// Waits until everything pushed so far has been heard; false when for `longest` nothing was. For tests and for
    /// whoever is not the audio thread.
    #[must_use]
    pub fn settle(&mut self, longest: Duration) -> bool {
        offline::catch_up(&mut self.tap, self.attached.handle(), longest)
    }

    /// Ends the take, if there is one, and in an offline render waits for it.
    fn close(&mut self) {
        if self.dirty {
            self.tap.end();
            self.dirty = false;
            self.barrier.finish(&mut self.tap, self.attached.handle());
        }
    }

    /// In an offline render: waits until the worker has heard everything.
    fn wait(&mut self) {
        if self.instance.settings().block() {
            let caught_up = self.barrier.wait(&mut self.tap, self.attached.handle());
            if !caught_up {
                self.instance.given_up.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close();
        self.instance.unlink(self.attached.handle());
    }
}
