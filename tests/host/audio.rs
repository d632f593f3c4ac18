//! The host's audio thread: every processed block is checked as by clap-validator, and for unchanged audio.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clack_host::events::event_types::{MidiEvent, TransportEvent, TransportFlags};
use clack_host::events::io::{OutputEventBuffer, TryPushError};
use clack_host::prelude::*;
use clack_host::utils::{BeatTime, SecondsTime};

use super::allocations::Counts;
use super::block_check::{BlockCheck, GUARD_LEN, MARKER};
use super::clap_raw::{self, ProcessExtras};
use super::host_callbacks::{Handlers, HostRequests};

/// Largest number of output events of one block; further ones are refused, as by hosts.
const MAX_EVENTS: usize = 256;

/// Output events of one block. The memory is reserved beforehand, so pushing an event does not allocate.
pub(crate) struct CapturedEvents {
    /// Time, type and, for MIDI, the bytes.
    events: Vec<(u32, u16, Option<[u8; 3]>)>,
}

impl OutputEventBuffer for CapturedEvents {
    fn try_push(&mut self, event: &UnknownEvent) -> Result<(), TryPushError> {
        if self.events.len() == MAX_EVENTS {
            return Err(TryPushError::new());
        }
        let header = event.header();
        self.events.push((header.time(), header.type_id(), event.as_event::<MidiEvent>().map(MidiEvent::data)));
        Ok(())
    }
}

/// Active and started instance with the buffers of its input and output port.
pub(crate) struct ProcessHarness {
    processor: StartedPluginAudioProcessor<Handlers>,
    requests: Arc<HostRequests>,
    inputs: Vec<Vec<f32>>,
    outputs: Vec<Vec<f32>>,
    heard: CapturedEvents,
    /// Steady time in samples, if the host counts it.
    steady: Option<u64>,
    /// Whether output is written over input.
    pub(crate) in_place: bool,
    /// Input events of the next block, in order of time; cleared after it.
    pub(crate) events: EventBuffer,
    /// Transport of the next block, if the host has one.
    pub(crate) transport: Option<TransportEvent>,
    /// Allocations and frees of all blocks so far.
    pub(crate) counts: Counts,
    /// Constant mask of the last output.
    pub(crate) constant: u64,
    /// Thread time of the last block.
    pub(crate) cost: Duration,
}

impl ProcessHarness {
    /// Starts an instance. The calling thread becomes its audio thread.
    pub(crate) fn start(
        stopped: StoppedPluginAudioProcessor<Handlers>,
        requests: &Arc<HostRequests>,
        channels: usize,
    ) -> Self {
        requests.set_audio_thread(true);
        requests.processing.store(true, Ordering::Release);
        let processor = stopped.start_processing().unwrap();
        Self {
            processor,
            requests: Arc::clone(requests),
            inputs: vec![Vec::new(); channels],
            outputs: vec![Vec::new(); channels],
            heard: CapturedEvents { events: Vec::with_capacity(MAX_EVENTS) },
            steady: Some(0),
            in_place: false,
            events: EventBuffer::new(),
            transport: Some(standing()),
            counts: Counts::default(),
            constant: 0,
            cost: Duration::ZERO,
        }
    }

    /// Stops the instance and checks the requests that it made to the host.
    pub(crate) fn stop(self) -> StoppedPluginAudioProcessor<Handlers> {
        let stopped = self.processor.stop_processing();
        self.requests.processing.store(false, Ordering::Release);
        self.requests.set_audio_thread(false);
        assert_eq!(self.requests.wrong(), Vec::<String>::new(), "what was asked of the host");
        stopped
    }

    /// Resets the instance and returns the allocations and frees of the call.
    pub(crate) fn reset(&mut self) -> Counts {
        super::allocations::counted(|| self.processor.reset()).1
    }

    /// Moves the steady time forward, or stops counting it.
    pub(crate) fn jump(&mut self, forward: Option<u64>) {
        self.steady = self.steady.zip(forward).map(|(steady, forward)| steady + forward);
    }

    /// Returns the number of channels of input and output.
    pub(crate) fn channels(&self) -> usize {
        self.inputs.len()
    }

    /// Processes a block with the same samples on every channel.
    pub(crate) fn play_mono(&mut self, samples: &[f32]) -> ProcessStatus {
        let channels: Vec<&[f32]> = vec![samples; self.channels()];
        self.play(&channels)
    }

    /// Processes a block, one slice per channel.
    pub(crate) fn play(&mut self, channels: &[&[f32]]) -> ProcessStatus {
        let frames = channels[0].len();
        let marker = f32::from_bits(MARKER);
        for (input, channel) in self.inputs.iter_mut().zip(channels) {
            input.clear();
            input.extend_from_slice(channel);
            input.resize(frames + GUARD_LEN, marker);
        }
        for output in &mut self.outputs {
            output.clear();
            output.resize(frames + GUARD_LEN, marker);
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

    /// Returns the MIDI messages of the last block.
    pub(crate) fn midi(&self) -> impl Iterator<Item = [u8; 3]> {
        self.heard.events.iter().filter_map(|(_, _, midi)| *midi)
    }

    /// Returns the output of the last block without the guard behind it.
    pub(crate) fn output(&self, channel: usize) -> &[f32] {
        let channels = if self.in_place { &self.inputs } else { &self.outputs };
        &channels[channel][..channels[channel].len() - GUARD_LEN]
    }
}

/// Returns the transport of a host that is stopped at the beginning of a song with 120 BPM in 4/4.
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
