//! The host's audio thread: every block it plays is checked as clap-validator checks it, and more strictly, because
//! this plugin passes audio on untouched.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clack_host::events::event_types::{MidiEvent, TransportEvent, TransportFlags};
use clack_host::events::io::{OutputEventBuffer, TryPushError};
use clack_host::prelude::*;
use clack_host::utils::{BeatTime, SecondsTime};

use super::allocations::Counts;
use super::block_check::{BlockCheck, GUARD, MARKER};
use super::clap_raw::{self, ProcessExtras};
use super::host_callbacks::{Handlers, HostState};

/// The most events of one block; what comes beyond is refused, as hosts do.
const MOST_EVENTS: usize = 256;

/// What the plugin said in one block. Its room is made beforehand: taking an event allocates nothing.
pub(crate) struct OutputEvents {
    /// When, and which type; MIDI with its bytes.
    events: Vec<(u32, u16, Option<[u8; 3]>)>,
}

impl OutputEventBuffer for OutputEvents {
    fn try_push(&mut self, event: &UnknownEvent) -> Result<(), TryPushError> {
        if self.events.len() == MOST_EVENTS {
            return Err(TryPushError::new());
        }
        let header = event.header();
        self.events.push((header.time(), header.type_id(), event.as_event::<MidiEvent>().map(MidiEvent::data)));
        Ok(())
    }
}

/// One instance, active and started, and the buffers of its one input and one output.
pub(crate) struct ProcessHarness {
    processor: StartedPluginAudioProcessor<Handlers>,
    desk: Arc<HostState>,
    inputs: Vec<Vec<f32>>,
    outputs: Vec<Vec<f32>>,
    heard: OutputEvents,
    /// Samples since the host began to count, if it does.
    steady: Option<u64>,
    /// Whether output is written over input.
    pub(crate) in_place: bool,
    /// What is sent with the next block, in order of time; gone after it.
    pub(crate) events: EventBuffer,
    /// What the host says of its song, if anything.
    pub(crate) transport: Option<TransportEvent>,
    /// What all blocks allocated and freed so far.
    pub(crate) counts: Counts,
    /// Which channels were said to be constant.
    pub(crate) constant: u64,
    /// How long the thread worked on the last block.
    pub(crate) cost: Duration,
}

impl ProcessHarness {
    /// Starts an instance. This is the audio thread.
    pub(crate) fn start(
        stopped: StoppedPluginAudioProcessor<Handlers>,
        desk: &Arc<HostState>,
        channels: usize,
    ) -> Self {
        desk.set_audio_thread(true);
        desk.processing.store(true, Ordering::Release);
        let processor = stopped.start_processing().unwrap();
        Self {
            processor,
            desk: Arc::clone(desk),
            inputs: vec![Vec::new(); channels],
            outputs: vec![Vec::new(); channels],
            heard: OutputEvents { events: Vec::with_capacity(MOST_EVENTS) },
            steady: Some(0),
            in_place: false,
            events: EventBuffer::new(),
            transport: Some(standing()),
            counts: Counts::default(),
            constant: 0,
            cost: Duration::ZERO,
        }
    }

    /// Stops it again, and checks what it asked of the host meanwhile.
    pub(crate) fn stop(self) -> StoppedPluginAudioProcessor<Handlers> {
        let stopped = self.processor.stop_processing();
        self.desk.processing.store(false, Ordering::Release);
        self.desk.set_audio_thread(false);
        assert_eq!(self.desk.wrong(), Vec::<String>::new(), "what was asked of the host");
        stopped
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) -> Counts {
        super::allocations::counted(|| self.processor.reset()).1
    }

    /// The host's own count jumps forward, or it no longer counts.
    pub(crate) fn jump(&mut self, forward: Option<u64>) {
        self.steady = self.steady.zip(forward).map(|(steady, forward)| steady + forward);
    }

    /// The channels of input and output.
    pub(crate) fn channels(&self) -> usize {
        self.inputs.len()
    }

    /// Plays the same samples on every channel.
    pub(crate) fn play_mono(&mut self, samples: &[f32]) -> ProcessStatus {
        let channels: Vec<&[f32]> = vec![samples; self.channels()];
        self.play(&channels)
    }

    /// Plays a block, a slice for each channel.
    pub(crate) fn play(&mut self, channels: &[&[f32]]) -> ProcessStatus {
        let frames = channels[0].len();
        let marker = f32::from_bits(MARKER);
        for (input, channel) in self.inputs.iter_mut().zip(channels) {
            input.clear();
            input.extend_from_slice(channel);
            input.resize(frames + GUARD, marker);
        }
        for output in &mut self.outputs {
            output.clear();
            output.resize(frames + GUARD, marker);
        }
        let all_zero = |channel: &&[f32]| channel.iter().all(|sample| sample.to_bits() == 0);
        let constant = if channels.iter().all(all_zero) { (1 << channels.len()) - 1 } else { 0 };
        self.heard.events.clear();
        let around = ProcessExtras {
            events: &self.events,
            heard: &mut self.heard,
            steady: self.steady,
            transport: self.transport.as_ref(),
            constant,
        };
        let outputs = (!self.in_place).then_some(&mut self.outputs[..]);
        let left = clap_raw::process(&mut self.processor, &mut self.inputs, outputs, frames, around);
        self.events.clear();
        self.steady = self.steady.map(|steady| steady + frames as u64);
        self.counts += left.counts;
        (self.constant, self.cost) = (left.constant, left.cost);
        assert!(left.description_kept, "the description of the input was changed");
        let played = BlockCheck {
            inputs: &self.inputs,
            outputs: if self.in_place { &self.inputs } else { &self.outputs },
            constant: self.constant,
            events: &self.heard.events,
        };
        if let Some(fault) = played.fault(channels) {
            panic!("a block of {frames} frames, in place: {}: {fault}", self.in_place);
        }
        left.status.expect("process says that it failed")
    }

    /// The bytes of the MIDI messages of the last block.
    pub(crate) fn midi(&self) -> impl Iterator<Item = [u8; 3]> {
        self.heard.events.iter().filter_map(|(_, _, midi)| *midi)
    }

    /// What came out in the last block, but for what lies behind it.
    pub(crate) fn output(&self, channel: usize) -> &[f32] {
        let channels = if self.in_place { &self.inputs } else { &self.outputs };
        &channels[channel][..channels[channel].len() - GUARD]
    }
}

/// A host that stands at the beginning of a song of 120 BPM in 4/4.
pub(crate) fn standing() -> TransportEvent {
    let (no_beats, no_seconds) = (BeatTime::from_int(0), SecondsTime::from_int(0));
    TransportEvent {
        header: EventHeader::default(),
        flags: TransportFlags::HAS_TEMPO
            | TransportFlags::HAS_TIME_SIGNATURE
            | TransportFlags::HAS_BEATS_TIMELINE
            | TransportFlags::HAS_SECONDS_TIMELINE,
        song_pos_beats: no_beats,
        song_pos_seconds: no_seconds,
        tempo: 120.0,
        tempo_inc: 0.0,
        loop_start_beats: no_beats,
        loop_end_beats: no_beats,
        loop_start_seconds: no_seconds,
        loop_end_seconds: no_seconds,
        bar_start: no_beats,
        bar_number: 0,
        time_signature_numerator: 4,
        time_signature_denominator: 4,
    }
}
