//! The plugin as a host sees it.
//!
//! Audio is never touched: the host's buffer is what comes out, at latency 0. Real time never waits; an offline render
//! waits for the analysis if the user wants it to.

use std::marker::PhantomData;
use std::sync::Arc;

use earmark_dsp::{MAX_PLANAR_CHANNELS, SampleRate};
use earmark_session::{Instance, Mode, Pool, Session, SessionConfig, SettingsSource};
use nice_plug::prelude::*;
use nice_plug::util::permit_alloc;
use nice_plug_egui::EguiEditor;
use nice_plug_egui::RepaintNotifier;

use crate::editor::{self, EditorWindow};
use crate::params::EarmarkParams;
use crate::{midi, state, transport};

/// What an instance calls when there is something new to show.
pub type Repaint = Box<dyn Fn() + Send + Sync>;

/// Makes the instance that a plugin listens with. A type of its own, so that a library that embeds the plugin can put
/// settings of its own between the host's parameters and the instance: other models, say.
pub trait MakeInstance: Send + 'static {
    /// An instance of these parameters. Cheap, as [`Instance::new`].
    fn make(params: &Arc<EarmarkParams>, repaint: Repaint) -> Arc<Instance>;
}

/// Listens with the models that ship, as the host's parameters say.
#[derive(Debug)]
pub struct Shipped;

impl MakeInstance for Shipped {
    fn make(params: &Arc<EarmarkParams>, repaint: Repaint) -> Arc<Instance> {
        Arc::new(Instance::with_repaint(Arc::clone(params) as Arc<dyn SettingsSource>, repaint))
    }
}

/// One Earmark in a host, as it ships.
pub type EarmarkPlugin = EarmarkWith<Shipped>;

/// One Earmark in a host.
pub struct EarmarkWith<M> {
    params: Arc<EarmarkParams>,
    instance: Arc<Instance>,
    repaint: RepaintNotifier,
    session: Option<Session>,
    making: PhantomData<M>,
}

impl<M: MakeInstance> Default for EarmarkWith<M> {
    /// Cheap: a host that scans its plugins makes one and throws it away.
    fn default() -> Self {
        let params = Arc::new(EarmarkParams::default());
        let repaint = RepaintNotifier::new();
        let notifier = repaint.clone();
        let instance = M::make(&params, Box::new(move || notifier.request_repaint()));
        Self { params, instance, repaint, session: None, making: PhantomData }
    }
}

impl<M> EarmarkWith<M> {
    /// What editor and tests may know of it.
    #[must_use]
    pub fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }

    /// The session, while the plugin is active and after.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Keeps the session if it still fits.
    fn open(&mut self, layout: &AudioIOLayout, config: &BufferConfig) -> Result<&mut Session, String> {
        let config = SessionConfig {
            rate: SampleRate::new(f64::from(config.sample_rate)).map_err(|error| error.to_string())?,
            channels: layout.main_input_channels.map_or(0, |channels| channels.get() as usize),
            most_block: config.max_buffer_size as usize,
        };
        let fits = |session: &Session| {
            let has = session.config();
            has.rate == config.rate && has.channels == config.channels && has.most_block >= config.most_block
        };
        let session = match self.session.take().filter(fits) {
            Some(session) => session,
            // The one before is gone by now: an instance has one stream.
            None => Session::new(&self.instance, &Pool::shared(), config).map_err(|error| error.to_string())?,
        };
        Ok(self.session.insert(session))
    }
}

/// Calls what may wait in an offline render. There is nothing real-time about that: waking a thread may allocate.
fn waiting(session: &mut Session, call: impl FnOnce(&mut Session)) {
    if session.may_wait() { permit_alloc(|| call(session)) } else { call(session) }
}

const fn layout(channels: u32) -> AudioIOLayout {
    let channels = NonZeroU32::new(channels);
    AudioIOLayout { main_input_channels: channels, main_output_channels: channels, ..AudioIOLayout::const_default() }
}

impl<M: MakeInstance> Plugin for EarmarkWith<M> {
    const NAME: &'static str = "Earmark";
    const VENDOR: &'static str = "Earmark";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    // Stereo first, because hosts take the first when they do not ask; then mono and what surround hosts use.
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
        state::repair(state);
    }

    fn activate(
        &mut self,
        layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let mode = match (config.process_mode, context.plugin_api()) {
            // The VST3 half of nice-plug 0.4.2 passes on the mode of the set-up before.
            (ProcessMode::Offline, PluginApi::Vst3) => Mode::UnverifiedOffline,
            (ProcessMode::Offline, _) => Mode::Offline,
            // Playback ahead of time is playback.
            (ProcessMode::Realtime | ProcessMode::Buffered, _) => Mode::Realtime,
        };
        let opened = self.open(layout, config).map(|session| session.activate(mode));
        self.instance.set_trouble(opened.err());
        // Without analysis the audio passes all the same.
        true
    }

    fn reset(&mut self) {
        if let Some(session) = &mut self.session {
            waiting(session, Session::reset);
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
            waiting(session, |session| session.process(&channels[..count], &transport));
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

impl<M: MakeInstance> ClapPlugin for EarmarkWith<M> {
    const CLAP_ID: &'static str = "audio.earmark.earmark";
    const CLAP_DESCRIPTION: Option<&'static str> = Some("Listens to music and says what it hears: tags and tempo");
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

impl<M: MakeInstance> Vst3Plugin for EarmarkWith<M> {
    const VST3_CLASS_ID: [u8; 16] = *b"EarmarkListener1";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Analyzer, Vst3SubCategory::Tools];
}
