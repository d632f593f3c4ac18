//! Settings that the panel reads and changes.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::ModelKind;

/// Access to the settings. The plugin binds it to host parameters, the app to its own settings; the panel keeps no
/// copy of any setting.
///
/// All methods are called on the UI thread, at most a few times per frame, and should return quickly. A setter may
/// take effect after the frame.
pub trait Controls {
    /// Returns the id of the selected model of this kind; none if it is off.
    fn model(&self, kind: ModelKind) -> Option<Arc<str>>;
    /// Selects the model of this kind, or turns it off.
    fn set_model(&mut self, kind: ModelKind, id: Option<&str>);

    /// Returns the ids of the added models that are on, in order (default none).
    fn added(&self) -> Vec<Arc<str>> {
        Vec::new()
    }
    /// Turns an added model on or off. A model that is turned on comes last.
    fn set_added(&mut self, _id: &str, _on: bool) {}

    /// Returns the requested rate of updates in Hz.
    fn update_rate_hz(&self) -> f32;
    /// Sets the requested rate of updates in Hz, within [`Self::update_rates_hz`]. Called between
    /// [`Self::begin_gesture`] and [`Self::end_gesture`] with [`SliderParam::UpdateRate`].
    fn set_update_rate_hz(&mut self, hz: f32);
    /// Returns the range of the rate of updates in Hz (default 1 to 20).
    fn update_rates_hz(&self) -> RangeInclusive<f32> {
        1.0..=20.0
    }

    /// Returns the time constant of the smoothing in seconds; 0 turns smoothing off.
    fn smoothing_s(&self) -> f32;
    /// Sets the time constant in seconds, within [`Self::smoothings_s`]. Called between [`Self::begin_gesture`] and
    /// [`Self::end_gesture`] with [`SliderParam::Smoothing`].
    fn set_smoothing_s(&mut self, seconds: f32);
    /// Returns the range of the time constant in seconds (default 0 to 10).
    fn smoothings_s(&self) -> RangeInclusive<f32> {
        0.0..=10.0
    }

    /// Returns the threshold of a tag, 0 to 1; without a tag, the threshold of all tags that have none of their own.
    /// None if thresholds cannot be changed (default).
    fn threshold(&self, _tag: Option<&str>) -> Option<f32> {
        None
    }
    /// Sets the threshold, if it can be changed; none makes the tag use the common threshold again.
    fn set_threshold(&mut self, _tag: Option<&str>, _value: Option<f32>) {}

    /// Whether the left context of a patch is real audio instead of zero padding; none if this cannot be changed
    /// (default).
    fn streaming(&self) -> Option<bool> {
        None
    }
    /// Sets the left context, if it can be changed.
    fn set_streaming(&mut self, _streaming: bool) {}

    /// Returns the state of the tempo controls; none hides them (default).
    fn tempo_controls(&self) -> Option<TempoControls> {
        None
    }
    /// Changes the tempo, if there are tempo controls.
    fn change_tempo(&mut self, _change: TempoChange) {}

    /// Whether silent input is not analyzed.
    fn gate(&self) -> bool;
    /// Turns the silence gate on or off.
    fn set_gate(&mut self, on: bool);

    /// Whether the display is frozen. The panel keeps showing the values of the moment of freezing; whether outputs
    /// are frozen too is up to the owner.
    fn frozen(&self) -> bool;
    /// Freezes or resumes the display.
    fn set_frozen(&mut self, frozen: bool);

    /// Returns the settings of the MIDI output; none hides them (default).
    fn midi(&self) -> Option<Midi> {
        None
    }
    /// Sets the MIDI output, if there is one.
    fn set_midi(&mut self, _midi: Midi) {}

    /// Whether an offline render waits for the analysis; none if there are no offline renders (default).
    fn block_when_behind(&self) -> Option<bool> {
        None
    }
    /// Sets whether an offline render waits, if there are offline renders.
    fn set_block_when_behind(&mut self, _block: bool) {}

    /// Returns the settings of reports of offline renders; none if there are no offline renders (default).
    fn reports(&self) -> Option<Reports> {
        None
    }
    /// Sets the reports, if there are offline renders.
    fn set_reports(&mut self, _reports: Reports) {}
    /// Checks a folder for reports. Called when the text changes, not in every frame.
    ///
    /// # Errors
    /// Returns a sentence with the expected and the given text.
    fn check_folder(&self, _folder: &str) -> Result<(), String> {
        Ok(())
    }

    /// Returns the settings of the OSC output; none hides them (default).
    fn osc(&self) -> Option<OscSettings> {
        None
    }
    /// Sets the OSC output, if there is one.
    fn set_osc(&mut self, _osc: OscSettings) {}
    /// Checks a network address. Called when the text changes, not in every frame.
    ///
    /// # Errors
    /// Returns a sentence with the expected and the given text.
    fn check_address(&self, _address: &str) -> Result<(), String> {
        Ok(())
    }

    /// Begins a gesture on a slider, for hosts that record automation.
    fn begin_gesture(&mut self, _knob: SliderParam) {}
    /// Ends a gesture on a slider.
    fn end_gesture(&mut self, _knob: SliderParam) {}
}

/// Setting that has a slider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SliderParam {
    /// Rate of updates, see [`Controls::set_update_rate_hz`].
    UpdateRate,
    /// Time constant, see [`Controls::set_smoothing_s`].
    Smoothing,
}

/// State of the tempo controls.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TempoControls {
    /// Whether the tempo is locked.
    pub locked: bool,
    /// Number of octaves by which the detected tempo is moved: 1 doubles it, -1 halves it.
    pub octaves: i8,
    /// Range in BPM into which the tempo is moved by octaves; none for any tempo.
    pub range_bpm: Option<(f32, f32)>,
    /// Confidence below which no tempo leaves the program, 0 to 1.
    pub min_confidence: f32,
}

/// Change of the tempo by the user.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TempoChange {
    /// Half of the tempo.
    Half,
    /// Double of the tempo.
    Double,
    /// One tap in the tempo of the music.
    Tap,
    /// The tempo is locked or follows the music again.
    Lock(bool),
    /// Number of octaves by which the detected tempo is moved.
    Octaves(i8),
    /// Range in BPM into which the tempo is moved by octaves, at least an octave wide; none for any tempo.
    Range(Option<(f32, f32)>),
    /// Confidence below which no tempo leaves the program, 0 to 1.
    MinConfidence(f32),
}

/// Settings of the MIDI output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Midi {
    /// Whether MIDI is sent.
    pub on: bool,
    /// Channel, 1 to 16.
    pub channel: u8,
}

/// Settings of the reports of offline renders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reports {
    /// Whether a report is written after each offline render.
    pub save: bool,
    /// Full path of the folder; empty if none is chosen.
    pub folder: String,
    /// Hop of the models in a render.
    pub hop: RenderHop,
    /// Whether a label track and a table with bars and beats are written next to the report.
    pub markers: bool,
}

/// Hop of the models in an offline render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RenderHop {
    /// Hop that the command line uses for files.
    #[default]
    Files,
    /// Hop of live playback.
    Playing,
    /// Hop in frames, at least 1.
    Frames(u16),
}

/// Settings of the OSC output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OscSettings {
    /// Whether OSC is sent.
    pub on: bool,
    /// Address and port of the receiver, such as `127.0.0.1:9000`.
    pub address: String,
    /// Prefix of all OSC addresses, such as `/earmark`.
    pub prefix: String,
}
