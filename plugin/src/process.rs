//! Processing of the plugin.
//!
//! Audio passes through unchanged with a latency of 0 samples. Processing in real time never blocks; an offline render
//! blocks until the analysis caught up if the parameter `block` is on.

use std::marker::PhantomData;
use std::sync::Arc;

use earmark_dsp::{MAX_PLANAR_CHANNELS, SampleRate};
use earmark_session::{Instance, Mode, Session, SessionConfig, SettingsSource, WorkerPool};
use nice_plug::prelude::*;
use nice_plug::util::permit_alloc;
use nice_plug_egui::EguiEditor;
use nice_plug_egui::RepaintNotifier;

use crate::editor::{self, EditorWindow};
use crate::params::EarmarkParams;
use crate::{midi, state, transport};

/// Callback of an instance that requests a repaint of the editor.
pub type Repaint = Box<dyn Fn() + Send + Sync>;

/// Factory of the instance of a plugin. A library that embeds the plugin can implement it to replace the settings of
/// the instance, for example with other models.
pub trait InstanceFactory: Send + 'static {
    /// Creates an instance with the settings of `params`. Must be cheap, like [`Instance::new`].
    fn make(params: &Arc<EarmarkParams>, repaint: Repaint) -> Arc<Instance>;
}

/// Default factory: the instance uses the host parameters as its settings.
#[derive(Debug)]
pub struct DefaultFactory;

impl InstanceFactory for DefaultFactory {
    fn make(params: &Arc<EarmarkParams>, repaint: Repaint) -> Arc<Instance> {
        Arc::new(Instance::with_repaint(Arc::clone(params) as Arc<dyn SettingsSource>, repaint))
    }
}

/// Earmark plugin with the default factory.
pub type EarmarkPlugin = GenericPlugin<DefaultFactory>;

/// Earmark plugin, generic over the factory of its instance.
pub struct GenericPlugin<M> {
    params: Arc<EarmarkParams>,
    instance: Arc<Instance>,
    repaint: RepaintNotifier,
    session: Option<Session>,
    factory: PhantomData<M>,
}

impl<M: InstanceFactory> Default for GenericPlugin<M> {
    /// Creates the plugin. Cheap, because hosts create and drop plugins while scanning.
    fn default() -> Self {
        let params = Arc::new(EarmarkParams::default());
        let repaint = RepaintNotifier::new();
        let notifier = repaint.clone();
        let instance = M::make(&params, Box::new(move || notifier.request_repaint()));
        Self { params, instance, repaint, session: None, factory: PhantomData }
    }
}

impl<M> GenericPlugin<M> {
    /// Returns the instance, which the editor and tests share.
    #[must_use]
    pub fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }

    /// Returns the session; none before the first activation.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Returns the current session if it has the required format, else a new one.
    fn open(&mut self, layout: &AudioIOLayout, config: &BufferConfig) -> Result<&mut Session, String> {
        let config = SessionConfig {
            rate: SampleRate::new(f64::from(config.sample_rate)).map_err(|error| error.to_string())?,
            channels: layout.main_input_channels.map_or(0, |channels| channels.get() as usize),
            max_block: config.max_buffer_size as usize,
        };
        let fits = |session: &Session| {
            let has = session.config();
            has.rate == config.rate && has.channels == config.channels && has.max_block >= config.max_block
        };
        let session = match self.session.take().filter(fits) {
            Some(session) => session,
            // `filter` has dropped the earlier session: an instance has one stream.
            None => Session::new(&self.instance, &WorkerPool::shared(), config).map_err(|error| error.to_string())?,
        };
        Ok(self.session.insert(session))
    }
}

/// Calls `call` on the session, with allocations permitted if the session may block (offline).
fn with_alloc_permit(session: &mut Session, call: impl FnOnce(&mut Session)) {
    if session.may_block() { permit_alloc(|| call(session)) } else { call(session) }
}

const fn layout(channels: u32) -> AudioIOLayout {
    let channels = NonZeroU32::new(channels);
    AudioIOLayout { main_input_channels: channels, main_output_channels: channels, ..AudioIOLayout::const_default() }
}

impl<M: InstanceFactory> Plugin for GenericPlugin<M> {
    const NAME: &'static str = "Earmark";
    const VENDOR: &'static str = "Earmark";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    // Stereo comes first, because hosts use the first layout by default; then mono and surround layouts.
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] =
        &[layout(2), layout(1), layout(4), layout(5), layout(6), layout(7), layout(8)];
    const MIDI_OUTPUT: MidiConfig = MidiConfig::MidiCCs;

    type Editor = EguiEditor<EditorWindow>;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn editor(&mut self, _executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        editor::editor(&self.params, &self.instance, &self.repaint)
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
        let mode = match (config.process_mode, context.plugin_api()) {
            // Some VST3 hosts leave plugins in the offline mode while they play.
            (ProcessMode::Offline, PluginApi::Vst3) => Mode::UnverifiedOffline,
            (ProcessMode::Offline, _) => Mode::Offline,
            // Buffered processing is playback ahead of time.
            (ProcessMode::Realtime | ProcessMode::Buffered, _) => Mode::Realtime,
        };
        let opened = self.open(layout, config).map(|session| session.activate(mode));
        self.instance.set_error(opened.err());
        // Audio passes through even if the analysis cannot start.
        true
    }

    fn reset(&mut self) {
        if let Some(session) = &mut self.session {
            with_alloc_permit(session, Session::reset);
        }
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        if let Some(session) = &mut self.session {
            let mut channels = [[].as_slice(); MAX_PLANAR_CHANNELS];
            let count = buffer.channels().min(MAX_PLANAR_CHANNELS);
            for (slot, channel) in channels.iter_mut().zip(buffer.as_slice_immutable()) {
                *slot = channel;
            }
            let transport = transport::of(context.transport());
            with_alloc_permit(session, |session| session.process(&channels[..count], &transport));
            let channel = (self.params.midi_channel.value() - 1).clamp(0, 15) as u8;
            let channel = Some(channel).filter(|_| self.params.midi.value());
            session.send_midi(channel, &mut |event| context.try_send_event(midi::event(event)).is_ok());
        }
        ProcessStatus::Normal
    }

    fn deactivate(&mut self) {
        if let Some(session) = &mut self.session {
            session.deactivate();
        }
    }
}

impl<M: InstanceFactory> ClapPlugin for GenericPlugin<M> {
    const CLAP_ID: &'static str = "audio.earmark.earmark";
    const CLAP_DESCRIPTION: Option<&'static str> = Some("Analyzes music live: tags and tempo");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Analyzer,
        ClapFeature::Utility,
        ClapFeature::Stereo,
        ClapFeature::Mono,
        ClapFeature::Surround,
    ];
}

impl<M: InstanceFactory> Vst3Plugin for GenericPlugin<M> {
    const VST3_CLASS_ID: [u8; 16] = *b"EarmarkListener1";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Analyzer, Vst3SubCategory::Tools];
}
