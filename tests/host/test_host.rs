//! Host with one instance: activation, threads, parameters, states.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use clack_extensions::audio_ports_config::{AudioPortsConfigBuffer, PluginAudioPortsConfig};
use clack_extensions::latency::PluginLatency;
use clack_extensions::params::{ParamInfoBuffer, ParamInfoFlags, PluginParams};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_host::events::event_types::ParamValueEvent;
use clack_host::events::{EventFlags, Pckn};
use clack_host::extensions::{Extension, PluginExtensionSide};
use clack_host::prelude::*;
use clack_host::utils::ClapId;
use serde_json::{Value, json};

use super::audio::ProcessHarness;
use super::clap_raw;
use super::host_callbacks::{Audio, Handlers, HostRequests, Main, Shared};

/// Id of the plugin.
pub(crate) const ID: &std::ffi::CStr = c"audio.earmark.earmark";

/// Largest number of consecutive restart requests.
const MAX_RESTARTS: u32 = 10;

/// Parameter as described by the plugin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Param {
    pub(crate) id: ClapId,
    pub(crate) name: String,
    pub(crate) module: String,
    pub(crate) flags: ParamInfoFlags,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) default: f64,
}

impl Param {
    pub(crate) fn stepped(&self) -> bool {
        self.flags.contains(ParamInfoFlags::IS_STEPPED)
    }

    /// Returns an event that sets the parameter.
    pub(crate) fn set(&self, time: u32, value: f64) -> ParamValueEvent {
        let event = ParamValueEvent::new(time, self.id, Pckn::match_all(), value);
        let live = !self.flags.contains(ParamInfoFlags::IS_AUTOMATABLE);
        event.with_flags(if live { EventFlags::IS_LIVE } else { EventFlags::empty() })
    }
}

/// One instance and its host. Created and used on the main thread.
pub(crate) struct Host {
    instance: PluginInstance<Handlers>,
    pub(crate) requests: Arc<HostRequests>,
    pub(crate) channels: usize,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::try_new(&clap_raw::entry(), ID).unwrap()
    }

    pub(crate) fn try_new(entry: &PluginEntry, id: &std::ffi::CStr) -> Result<Self, PluginInstanceError> {
        let requests = HostRequests::new();
        let info = HostInfo::new("Earmark's tests", "Earmark", "", "1").unwrap();
        let (shared, main) = (Arc::clone(&requests), Arc::clone(&requests));
        let instance = PluginInstance::new(|_| Shared(shared), |_| Main(main), entry, id, &info)?;
        Ok(Self { instance, requests, channels: 2 })
    }

    pub(crate) fn instance(&mut self) -> &mut PluginInstance<Handlers> {
        &mut self.instance
    }

    /// Returns an extension if the plugin has it.
    pub(crate) fn extension<E: Extension<ExtensionSide = PluginExtensionSide>>(&self) -> Option<E> {
        self.instance.plugin_shared_handle().get_extension()
    }

    /// Selects the layout with that number of channels.
    pub(crate) fn set_channels(&mut self, channels: usize) {
        let layouts: PluginAudioPortsConfig = self.extension().unwrap();
        let handle = self.instance.plugin_handle();
        let fits = |index: &u32| {
            let mut buffer = AudioPortsConfigBuffer::new();
            let input = layouts.get(&handle, *index, &mut buffer).and_then(|layout| layout.main_input);
            input.is_some_and(|input| input.channel_count as usize == channels)
        };
        let index = (0..layouts.count(&handle)).find(fits).expect("a layout of so many channels");
        layouts.select(&handle, ClapId::new(index)).unwrap();
        self.channels = channels;
    }

    /// Activates, again for each restart that the plugin requests.
    pub(crate) fn activate(&mut self, rate_hz: f64, most: usize) -> StoppedPluginAudioProcessor<Handlers> {
        let config =
            PluginAudioConfiguration { sample_rate: rate_hz, min_frames_count: 1, max_frames_count: most as u32 };
        for _ in 0..=MAX_RESTARTS {
            self.requests.restarts.store(0, Ordering::Relaxed);
            self.requests.activating.store(true, Ordering::Release);
            let requests = Arc::clone(&self.requests);
            let stopped = self.instance.activate(|_, _| Audio(requests), config).unwrap();
            self.requests.activating.store(false, Ordering::Release);
            if self.requests.restarts.load(Ordering::Relaxed) == 0 {
                return stopped;
            }
            self.instance.deactivate(stopped);
        }
        panic!("expected no restart, got more than {MAX_RESTARTS}");
    }

    pub(crate) fn deactivate(&mut self, stopped: StoppedPluginAudioProcessor<Handlers>) {
        self.instance.deactivate(stopped);
        self.serve();
    }

    /// Activates, does `work` on an audio thread, and deactivates.
    pub(crate) fn with_audio<T: Send>(
        &mut self,
        rate_hz: f64,
        most: usize,
        work: impl FnOnce(&mut ProcessHarness) -> T + Send,
    ) -> T {
        self.with_both(rate_hz, most, work, |_| ()).0
    }

    /// Runs `work` on an audio thread as [`Self::with_audio`] does, and a second function on the main thread at the
    /// same time.
    pub(crate) fn with_both<T: Send, U>(
        &mut self,
        rate_hz: f64,
        most: usize,
        audio: impl FnOnce(&mut ProcessHarness) -> T + Send,
        main: impl FnOnce(&mut Self) -> U,
    ) -> (T, U) {
        let stopped = self.activate(rate_hz, most);
        let (requests, channels) = (Arc::clone(&self.requests), self.channels);
        let (stopped, done, meanwhile) = thread::scope(|scope| {
            let thread = thread::Builder::new().name("audio".into());
            let audio = thread.spawn_scoped(scope, move || {
                let mut harness = ProcessHarness::start(stopped, &requests, channels);
                let done = audio(&mut harness);
                (harness.stop(), done)
            });
            let meanwhile = main(self);
            let (stopped, done) = audio.unwrap().join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (stopped, done, meanwhile)
        });
        self.deactivate(stopped);
        (done, meanwhile)
    }

    /// Serves callbacks for this long.
    pub(crate) fn serve_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.serve();
            // The main loop of a host runs every few milliseconds.
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Calls the plugin on the main thread if it requested a callback.
    pub(crate) fn serve(&mut self) {
        for _ in 0..10 {
            if self.requests.callbacks.swap(0, Ordering::Relaxed) == 0 {
                break;
            }
            self.instance.call_on_main_thread_callback();
        }
        assert_eq!(self.requests.wrong(), Vec::<String>::new(), "what was asked of the host");
    }

    /// Sets whether the host renders offline from the next activation on.
    pub(crate) fn set_offline(&mut self, offline: bool) {
        let mode = if offline { RenderMode::Offline } else { RenderMode::Realtime };
        let render: PluginRender = self.extension().unwrap();
        render.set(&self.instance.plugin_handle(), mode).unwrap();
    }

    /// Returns the latency in samples; 0 for a plugin without the extension.
    pub(crate) fn latency(&mut self) -> u32 {
        let latency: Option<PluginLatency> = self.extension();
        latency.map_or(0, |latency| latency.get(&self.instance.plugin_handle()))
    }

    /// Returns whether the plugin saved its state, and the bytes written.
    pub(crate) fn save_in_pieces(&mut self, longest: usize) -> (bool, Vec<u8>) {
        let mut pieces = HostParts { bytes: Vec::new(), at: 0, longest };
        let state: PluginState = self.extension().unwrap();
        let saved = state.save(&self.instance.plugin_handle(), &mut pieces).is_ok();
        self.serve();
        (saved, pieces.bytes)
    }

    pub(crate) fn save(&mut self) -> Vec<u8> {
        let (saved, bytes) = self.save_in_pieces(usize::MAX);
        assert!(saved, "expected a state");
        bytes
    }

    /// Loads a state and returns whether the plugin accepts it.
    pub(crate) fn load_in_pieces(&mut self, bytes: &[u8], longest: usize) -> bool {
        let mut pieces = HostParts { bytes: bytes.to_vec(), at: 0, longest };
        let state: PluginState = self.extension().unwrap();
        let loaded = state.load(&self.instance.plugin_handle(), &mut pieces).is_ok();
        self.serve();
        loaded
    }

    pub(crate) fn load(&mut self, bytes: &[u8]) -> bool {
        self.load_in_pieces(bytes, usize::MAX)
    }

    /// Selects a fast model with many events, and MIDI output.
    pub(crate) fn select_fast_model(&mut self) {
        let params = [
            ("tags", json!({"string": "msd-vgg"})),
            ("tempo", json!({"string": "off"})),
            ("midi", json!({"bool": true})),
            ("rate", json!({"f32": 20.0})),
        ];
        self.restore(&params, &[]);
    }

    /// Changes parameters and settings through a state, as a host restores them.
    pub(crate) fn restore(&mut self, params: &[(&str, Value)], choices: &[(&str, Value)]) {
        let mut state = Saved::read(&self.save());
        for (id, value) in params {
            state.json["params"][id] = value.clone();
        }
        let mut saved = state.choices();
        for (key, value) in choices {
            saved[key] = value.clone();
        }
        state.set_choices(&saved);
        assert!(self.load(&state.bytes()), "expected the state to be taken");
    }

    /// Returns all parameters.
    pub(crate) fn params(&mut self) -> Vec<Param> {
        let params: PluginParams = self.extension().unwrap();
        let handle = self.instance.plugin_handle();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (0..params.count(&handle))
            .map(|index| {
                let mut buffer = ParamInfoBuffer::new();
                let info = params.get_info(&handle, index, &mut buffer).expect("a parameter below the count");
                Param {
                    id: info.id,
                    name: text(info.name),
                    module: text(info.module),
                    flags: info.flags,
                    least: info.min_value,
                    most: info.max_value,
                    default: info.default_value,
                }
            })
            .collect()
    }

    /// Returns the parameter of this name.
    pub(crate) fn param(&mut self, name: &str) -> Param {
        self.params().into_iter().find(|param| param.name == name).expect(name)
    }

    pub(crate) fn value(&mut self, param: &Param) -> f64 {
        let params: PluginParams = self.extension().unwrap();
        params.get_value(&self.instance.plugin_handle(), param.id).expect("a value of a listed parameter")
    }

    pub(crate) fn values(&mut self) -> Vec<f64> {
        self.params().iter().map(|param| self.value(param)).collect()
    }

    pub(crate) fn text(&mut self, param: &Param, value: f64) -> Option<String> {
        let params: PluginParams = self.extension().unwrap();
        let mut buffer = [0; 256];
        let text = params.value_to_text(&self.instance.plugin_handle(), param.id, value, &mut buffer).ok()?;
        Some(String::from_utf8(text.to_vec()).expect("text in UTF-8"))
    }

    pub(crate) fn parse(&mut self, param: &Param, text: &str) -> Option<f64> {
        let params: PluginParams = self.extension().unwrap();
        let text = std::ffi::CString::new(text).unwrap();
        params.text_to_value(&self.instance.plugin_handle(), param.id, &text)
    }

    /// Flushes events while the plugin is inactive.
    pub(crate) fn flush(&mut self, events: &EventBuffer) {
        let params: PluginParams = self.extension().unwrap();
        let mut out = EventBuffer::new();
        let mut handle = self.instance.inactive_plugin_handle().expect("an inactive instance");
        params.flush(&mut handle, &events.as_input(), &mut out.as_output());
        self.serve();
    }
}

/// State as saved by the plugin: a length, and JSON.
pub(crate) struct Saved {
    pub(crate) json: Value,
}

impl Saved {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let (length, json) = bytes.split_at(8);
        assert_eq!(u64::from_le_bytes(length.try_into().unwrap()), json.len() as u64);
        Self { json: serde_json::from_slice(json).unwrap() }
    }

    /// Returns the saved settings besides the parameters.
    pub(crate) fn choices(&self) -> Value {
        serde_json::from_str(self.json["fields"]["earmark"].as_str().unwrap()).unwrap()
    }

    pub(crate) fn set_choices(&mut self, choices: &Value) {
        self.json["fields"]["earmark"] = json!(choices.to_string());
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let json = self.json.to_string();
        [&(json.len() as u64).to_le_bytes()[..], json.as_bytes()].concat()
    }
}

/// Stream that reads and writes a few bytes at a time.
struct HostParts {
    bytes: Vec<u8>,
    at: usize,
    longest: usize,
}

impl Write for HostParts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.longest);
        self.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for HostParts {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = &self.bytes[self.at..];
        let given = into.len().min(self.longest).min(rest.len());
        into[..given].copy_from_slice(&rest[..given]);
        self.at += given;
        Ok(given)
    }
}
