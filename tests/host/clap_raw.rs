//! Direct access to CLAP's C structures: the entry, calls of `process` on the tests' own buffers, invalid events.

// The one file of the host that bypasses clack's safe types, which hide the values that are checked.
#![allow(unsafe_code)]

use std::ffi::{CStr, OsStr};
use std::ptr;
use std::time::Duration;

#[cfg(target_os = "linux")]
use clack_extensions::gui::{PluginGui, Window};
use clack_host::events::event_types::{ParamValueEvent, TransportEvent};
use clack_host::prelude::*;
use clap_sys::audio_buffer::clap_audio_buffer;
use cpu_time::ThreadTime;

use super::allocations::{Counts, counted};
use super::audio::CapturedEvents;
use super::host_callbacks::Handlers;
#[cfg(target_os = "linux")]
use super::test_host::Host;

/// Largest number of channels of a port.
const MAX_CHANNELS: usize = 8;

/// Returns the plugin's entry, which is linked into this binary.
pub(crate) fn entry() -> PluginEntry {
    // SAFETY: the entry is that of nice-plug, which follows CLAP, and is static.
    unsafe { PluginEntry::load_from_raw(&earmark_plugin::clap_entry, c"/nowhere/Earmark.clap") }.unwrap()
}

/// Loads the entry of a plugin library.
pub(crate) fn load(path: &OsStr) -> PluginEntry {
    // SAFETY: the library is built with nice-plug, too; loading it runs no code.
    unsafe { PluginEntry::load(path) }.unwrap()
}

/// Whether the entry has a factory of this name.
pub(crate) fn has_factory(entry: &PluginEntry, id: &CStr) -> bool {
    let get_factory = entry.raw_entry().get_factory.unwrap();
    // SAFETY: the entry is initialised, and the name ends with a zero.
    !unsafe { get_factory(id.as_ptr()) }.is_null()
}

/// Moves an event into an event space that is not registered.
pub(crate) fn in_a_foreign_space(mut event: ParamValueEvent) -> ParamValueEvent {
    // SAFETY: size and type are unchanged, so the event is read within its bounds; it is not read as one of the core
    // space.
    unsafe { event.as_raw_mut() }.header.space_id = 0xB33F;
    event
}

/// Inputs of a call of `process` besides audio.
pub(crate) struct ProcessExtras<'a> {
    pub(crate) events: &'a EventBuffer,
    pub(crate) heard: &'a mut CapturedEvents,
    pub(crate) steady: Option<u64>,
    pub(crate) transport: Option<&'a TransportEvent>,
    /// Constant mask of the input.
    pub(crate) constant: u64,
}

/// Results of a call of `process` besides audio.
pub(crate) struct ProcessLeftovers {
    /// None for an error, or a status that CLAP does not know.
    pub(crate) status: Option<ProcessStatus>,
    /// Allocations and frees of the call.
    pub(crate) counts: Counts,
    /// Thread time of the call.
    pub(crate) cost: Duration,
    /// Whether the description of the input is unchanged.
    pub(crate) description_kept: bool,
    /// Constant mask of the output.
    pub(crate) constant: u64,
}

/// Calls `process` under RealtimeSanitizer if it is compiled in: a call that may block ends the program.
#[rtsan_standalone::nonblocking]
pub(crate) fn watched<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Calls `process` for the first `frames` samples of every channel, in place if there are no outputs.
pub(crate) fn process(
    processor: &mut StartedPluginAudioProcessor<Handlers>,
    inputs: &mut [Vec<f32>],
    outputs: Option<&mut [Vec<f32>]>,
    frames: usize,
    around: ProcessExtras<'_>,
) -> ProcessLeftovers {
    let (mut to, mut from) = ([ptr::null_mut(); MAX_CHANNELS], [ptr::null_mut(); MAX_CHANNELS]);
    let count = point(inputs, frames, &mut to);
    match outputs {
        Some(outputs) => assert_eq!(point(outputs, frames, &mut from), count),
        None => from = to,
    }
    let describe = |data32: *mut *mut f32, constant_mask| clap_audio_buffer {
        data32,
        data64: ptr::null_mut(),
        channel_count: count as u32,
        latency: 0,
        constant_mask,
    };
    let input = [describe(to.as_mut_ptr(), around.constant)];
    let mut output = [describe(from.as_mut_ptr(), 0)];
    let pointers = to;
    // SAFETY: every pointer leads to at least `frames` samples (`point` checks it) in vectors that are borrowed until
    // this function ends; input and output are the same or apart.
    let (audio_in, mut audio_out) = unsafe {
        (
            InputAudioBuffers::from_raw_buffers(&input, frames as u32),
            OutputAudioBuffers::from_raw_buffers(&mut output, frames as u32),
        )
    };
    let (events_in, mut events_out) = (around.events.as_input(), OutputEvents::from_buffer(around.heard));
    let steady = around.steady;
    let begun = ThreadTime::now();
    let (status, counts) = counted(|| {
        watched(|| processor.process(&audio_in, &mut audio_out, &events_in, &mut events_out, steady, around.transport))
    });
    let cost = begun.elapsed();
    // SAFETY: the value is local and initialised; the read is volatile because the plugin had a pointer to it.
    let after = unsafe { ptr::read_volatile(&raw const input[0]) };
    let description_kept = after.data32 == to.as_mut_ptr()
        && after.data64.is_null()
        && (after.channel_count, after.latency, after.constant_mask) == (count as u32, 0, around.constant)
        && to == pointers;
    ProcessLeftovers { status: status.ok(), counts, cost, description_kept, constant: output[0].constant_mask }
}

/// Fills the pointers to the channels and returns the number of channels.
fn point(channels: &mut [Vec<f32>], frames: usize, pointers: &mut [*mut f32; MAX_CHANNELS]) -> usize {
    for (pointer, channel) in pointers.iter_mut().zip(&mut *channels) {
        assert!(channel.len() >= frames, "expected {frames} samples, got {}", channel.len());
        *pointer = channel.as_mut_ptr();
    }
    assert!(channels.len() <= MAX_CHANNELS);
    channels.len()
}

/// Whether the plugin has an extension of this name.
pub(crate) fn has_extension(instance: &PluginInstance<Handlers>, id: &CStr) -> bool {
    let plugin = instance.raw_instance();
    // SAFETY: the instance is initialised, and the name ends with a zero.
    !unsafe { plugin.get_extension.unwrap()(plugin, id.as_ptr()) }.is_null()
}

/// Puts an editor into a window of this display.
#[cfg(target_os = "linux")]
pub(crate) fn set_parent(gui: PluginGui, host: &mut Host, window: u32) {
    let window = Window::from_x11_handle(window.into());
    // SAFETY: the window is there until the editor is gone.
    unsafe { gui.set_parent(&host.instance().plugin_handle(), window) }.unwrap();
}
