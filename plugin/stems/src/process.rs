//! Plugin: host parameters, buffers and process modes to a stream.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use earmark_dsp::SampleRate;
use nice_plug::prelude::*;
use nice_plug::util::permit_alloc;
use nice_plug_egui::{EguiEditor, RepaintNotifier};

use crate::backend::{DefaultSeparation, MainOutputSeparation, SeparationFactory};
use crate::editor::{self, StemsWindow};
use crate::engine::Engine;
use crate::lead::Lead;
use crate::link::{StreamFormat, link};
use crate::mixer::Outputs;
use crate::mode::Latencies;
use crate::params::StemsParams;
use crate::render_wait::Patience;
use crate::state;
use crate::status::{SeparationState, StreamStatus};
use crate::transport::JumpDetector;
use crate::worker::Worker;

/// Longest wait for the networks when an offline render is set up.
const LOAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Interval at which a set-up looks for the end of loading.
const LOAD_POLL_INTERVAL: Duration = Duration::from_millis(2);

/// Largest number of repaints of the editor per second.
const MAX_REPAINTS_HZ: f64 = 30.0;

/// Earmark Stems with the built-in model.
pub type EarmarkStems = GenericStems<DefaultSeparation>;

/// Earmark Stems with the built-in model and the main output only, for VST3.
pub type EarmarkStemsVst3 = GenericStems<MainOutputSeparation>;

/// Earmark Stems, generic over the factory of its separator.
pub struct GenericStems<F> {
    params: Arc<StemsParams>,
    status: Arc<StreamStatus>,
    repaint: RepaintNotifier,
    worker: Option<Worker>,
    engine: Option<Engine>,
    latencies: Option<Latencies>,
    jumps: JumpDetector,
    /// Latency that was announced to the host, in samples.
    announced: u32,
    /// Number of samples since the editor was repainted.
    since_repaint: usize,
    factory: PhantomData<F>,
}

impl<F: SeparationFactory> Default for GenericStems<F> {
    /// Creates the plugin. Cheap, because hosts create and drop plugins while scanning: no thread, no networks.
    fn default() -> Self {
        Self {
            params: Arc::default(),
            status: Arc::default(),
            repaint: RepaintNotifier::new(),
            worker: None,
            engine: None,
            latencies: None,
            jumps: JumpDetector::default(),
            announced: 0,
            since_repaint: 0,
            factory: PhantomData,
        }
    }
}

impl<F: SeparationFactory> GenericStems<F> {
    /// Returns the state of the stream, which the editor and tests share.
    #[must_use]
    pub fn status(&self) -> &Arc<StreamStatus> {
        &self.status
    }

    /// Returns the parameters.
    #[must_use]
    pub fn stems_params(&self) -> &Arc<StemsParams> {
        &self.params
    }

    /// Opens a stream of this format, or keeps the current one if it has the format and runs.
    fn open(&mut self, format: StreamFormat, patience: Patience) -> Result<(), String> {
        let latencies = match self.latencies.take().filter(|latencies| latencies.rate() == format.rate) {
            Some(latencies) => latencies,
            None => Latencies::new(format.rate).map_err(|error| format!("cannot separate: {error}"))?,
        };
        let latency = self.latencies.insert(latencies).samples(format.mode, format.max_block);
        let worker = match self.worker.take() {
            Some(worker) => worker,
            None => Worker::spawn(Arc::new(F::open), &self.status)
                .map_err(|error| format!("cannot separate: cannot start a thread: {error}"))?,
        };
        let worker = self.worker.insert(worker);
        let keeps = self.engine.as_ref().is_some_and(|engine| *engine.format() == format);
        if !keeps || self.status.state() == SeparationState::Failed {
            self.status.clear_counters();
            let (audio, end) = link(&format, latency, &self.status);
            worker.open(format, latency, end);
            let controls = self.params.mix_controls();
            self.engine = Some(Engine::new(format, latency, audio, worker.thread(), &controls));
            self.status.latency_samples.store(latency as u32, Relaxed);
            self.status.rate_hz.store(format.rate.hz().round() as u32, Relaxed);
        }
        if let Some(engine) = &mut self.engine {
            engine.set_patience(patience, worker.thread());
        }
        worker.set_active(true);
        Ok(())
    }

    /// Blocks until the networks are loaded, at most 30 s.
    fn wait_for_networks(&self) {
        let start = Instant::now();
        while self.status.state() == SeparationState::Loading && start.elapsed() < LOAD_TIMEOUT {
            thread::sleep(LOAD_POLL_INTERVAL);
        }
    }
}

/// Returns the permission to wait in a process mode, and whether the host verifiably renders offline.
fn patience(mode: ProcessMode, api: PluginApi) -> (Patience, bool) {
    match (mode, api) {
        // Some VST3 hosts leave plugins in the offline mode while they play.
        (_, PluginApi::Vst3) => (Patience::WhileAhead(Lead::default()), false),
        (ProcessMode::Offline, _) => (Patience::Offline { timed_out: false }, true),
        // Buffered processing is playback ahead of time.
        (ProcessMode::Realtime | ProcessMode::Buffered, _) => (Patience::Never, false),
    }
}

const STEREO: NonZeroU32 = new_nonzero_u32(2);
const MONO: NonZeroU32 = new_nonzero_u32(1);

const fn layout(name: &'static str, channels: NonZeroU32, stems: &'static [NonZeroU32]) -> AudioIOLayout {
    AudioIOLayout {
        main_input_channels: Some(channels),
        main_output_channels: Some(channels),
        aux_output_ports: stems,
        names: PortNames {
            layout: Some(name),
            aux_outputs: if stems.is_empty() { &[] } else { &["Vocals", "Accompaniment"] },
            ..PortNames::const_default()
        },
        ..AudioIOLayout::const_default()
    }
}

const MAIN_LAYOUTS: &[AudioIOLayout] = &[layout("Stereo", STEREO, &[]), layout("Mono", MONO, &[])];

const ALL_LAYOUTS: &[AudioIOLayout] = &[
    layout("Stereo with stem outputs", STEREO, &[STEREO, STEREO]),
    layout("Mono with stem outputs", MONO, &[MONO, MONO]),
    layout("Stereo", STEREO, &[]),
    layout("Mono", MONO, &[]),
];

impl<F: SeparationFactory> Plugin for GenericStems<F> {
    const NAME: &'static str = "Earmark Stems";
    const VENDOR: &'static str = "Earmark";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    // Hosts use the first layout by default. Those without stem outputs are for hosts that accept one output only.
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = if F::STEM_OUTPUTS { ALL_LAYOUTS } else { MAIN_LAYOUTS };

    type Editor = EguiEditor<StemsWindow>;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn editor(&mut self, _executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        editor::editor(&self.params, &self.status, &self.repaint)
    }

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.params) as Arc<dyn Params>
    }

    fn filter_state(state: &mut PluginState) {
        state::sanitize_state(state);
    }

    fn activate(
        &mut self,
        layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let (patience, offline) = patience(config.process_mode, context.plugin_api());
        let opened =
            SampleRate::new(f64::from(config.sample_rate)).map_err(|error| error.to_string()).and_then(|rate| {
                let format = StreamFormat {
                    rate,
                    channels: layout.main_input_channels.map_or(0, |channels| channels.get() as usize),
                    max_block: config.max_buffer_size as usize,
                    mode: self.params.mode.value(),
                    offline,
                };
                self.open(format, patience)
            });
        if let Err(error) = opened {
            // Sound passes through without a delay.
            self.engine = None;
            self.status.latency_samples.store(0, Relaxed);
            self.status.fail(error);
        } else if config.process_mode == ProcessMode::Offline {
            self.wait_for_networks();
        }
        self.announced = self.engine.as_ref().map_or(0, |engine| engine.latency() as u32);
        context.set_latency_samples(self.announced);
        true
    }

    fn reset(&mut self) {
        self.jumps = JumpDetector::default();
        if let Some(engine) = &mut self.engine {
            engine.reset(&self.params.mix_controls());
        }
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let (Some(engine), Some(latencies)) = (&mut self.engine, &self.latencies) else {
            return ProcessStatus::Normal;
        };
        // A host loads a state, or changes a parameter, without activating the plugin again.
        let wanted = latencies.samples(self.params.mode.value(), engine.format().max_block) as u32;
        if wanted != self.announced {
            self.announced = wanted;
            context.set_latency_samples(wanted);
        }
        self.status.eco.store(self.params.eco.value(), Relaxed);
        if self.jumps.update(context.transport(), buffer.samples()) {
            engine.jump();
        }
        let controls = self.params.mix_controls();
        let (vocals, rest) = aux.outputs.split_at_mut(aux.outputs.len().min(1));
        let outputs = Outputs {
            main: buffer.as_slice(),
            vocals: vocals.first_mut().map_or(&mut [], |output| output.as_slice()),
            accompaniment: rest.first_mut().map_or(&mut [], |output| output.as_slice()),
        };
        if engine.may_wait() {
            permit_alloc(|| engine.process(outputs, &controls));
        } else {
            engine.process(outputs, &controls);
        }
        self.since_repaint += buffer.samples();
        if self.since_repaint as f64 * MAX_REPAINTS_HZ >= engine.format().rate.hz() {
            self.since_repaint = 0;
            self.repaint.request_repaint();
        }
        ProcessStatus::Tail(engine.latency() as u32)
    }

    fn deactivate(&mut self) {
        if let Some(worker) = &self.worker {
            worker.set_active(false);
        }
    }
}

impl<F: SeparationFactory> ClapPlugin for GenericStems<F> {
    const CLAP_ID: &'static str = "audio.earmark.earmark.stems";
    const CLAP_DESCRIPTION: Option<&'static str> = Some("Separates vocals and accompaniment live");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::AudioEffect, ClapFeature::Utility, ClapFeature::Stereo, ClapFeature::Mono];
}

impl<F: SeparationFactory> Vst3Plugin for GenericStems<F> {
    const VST3_CLASS_ID: [u8; 16] = *b"EarmarkStems0001";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[Vst3SubCategory::Fx, Vst3SubCategory::Tools];
}
