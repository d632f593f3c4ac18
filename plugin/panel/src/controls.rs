//! The settings, wherever they live.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::ModelKind;

/// Reads and changes the settings. The plugin binds it to its host parameters, the app to its settings, so that each
/// has one source of truth: the panel keeps no copy of any of them.
///
/// All methods are called on the thread that draws, between two frames at most a few times; they should be quick.
/// A setter need not take effect before its frame ends.
pub trait Controls {
    /// Id of the model that is on for this; none when it is off.
    fn model(&self, kind: ModelKind) -> Option<Arc<str>>;
    /// Chooses the model for this, or turns it off.
    fn set_model(&mut self, kind: ModelKind, id: Option<&str>);

    /// Ids of the added models that listen beside those, in order; none where there are no added models.
    fn added(&self) -> Vec<Arc<str>> {
        Vec::new()
    }
    /// Lets an added model listen, after those that do, or no longer.
    fn set_added(&mut self, _id: &str, _on: bool) {}

    /// Updates a second that are asked for.
    fn update_rate_hz(&self) -> f32;
    /// Asks for so many updates a second, within [`Self::update_rates_hz`]. Called between [`Self::begin`] and
    /// [`Self::end`] with [`Knob::UpdateRate`].
    fn set_update_rate_hz(&mut self, hz: f32);
    /// The rates that can be asked for.
    fn update_rates_hz(&self) -> RangeInclusive<f32> {
        1.0..=20.0
    }

    /// Time constant of the smoothing in seconds; 0 does not smooth.
    fn smoothing_s(&self) -> f32;
    /// Sets it, within [`Self::smoothings_s`]. Called between [`Self::begin`] and [`Self::end`] with
    /// [`Knob::Smoothing`].
    fn set_smoothing_s(&mut self, seconds: f32);
    /// The time constants that can be set.
    fn smoothings_s(&self) -> RangeInclusive<f32> {
        0.0..=10.0
    }

    /// From which value on a tag is lit, 0 to 1; without a tag, those that have no value of their own. None where that
    /// cannot be chosen.
    fn threshold(&self, _tag: Option<&str>) -> Option<f32> {
        None
    }
    /// Sets it, where it can be chosen; none gives a tag the usual one again.
    fn set_threshold(&mut self, _tag: Option<&str>, _value: Option<f32>) {}

    /// Whether patches find on their left the music that was there, instead of the zeros of training; none where that
    /// cannot be chosen.
    fn streaming(&self) -> Option<bool> {
        None
    }
    /// Sets it, where it can be chosen.
    fn set_streaming(&mut self, _streaming: bool) {}

    /// Whether silence is kept from the models.
    fn gate(&self) -> bool;
    /// Turns the gate on or off.
    fn set_gate(&mut self, on: bool);

    /// Whether what is shown stands still. The panel holds what it shows by itself while this is so; whether outputs
    /// stand still as well is the owner's matter.
    fn frozen(&self) -> bool;
    /// Freezes or goes on.
    fn set_frozen(&mut self, frozen: bool);

    /// MIDI output; none where there is none, and then the panel shows nothing about it.
    fn midi(&self) -> Option<Midi> {
        None
    }
    /// Sets MIDI output, where there is one.
    fn set_midi(&mut self, _midi: Midi) {}

    /// Whether an offline render waits when the analyzer is behind; none where nothing is rendered.
    fn block_when_behind(&self) -> Option<bool> {
        None
    }
    /// Sets it, where something is rendered.
    fn set_block_when_behind(&mut self, _block: bool) {}

    /// What is written after an offline render; none where nothing is rendered.
    fn reports(&self) -> Option<Reports> {
        None
    }
    /// Sets it, where something is rendered.
    fn set_reports(&mut self, _reports: Reports) {}
    /// What is wrong with a folder for reports, in words. Asked when the text has changed, not in every frame.
    ///
    /// # Errors
    /// A sentence that says what is expected and what was given.
    fn check_folder(&self, _folder: &str) -> Result<(), String> {
        Ok(())
    }

    /// OSC output; none where there is none.
    fn osc(&self) -> Option<OscSettings> {
        None
    }
    /// Sets it, where there is one.
    fn set_osc(&mut self, _osc: OscSettings) {}
    /// What is wrong with an address to send to, as [`Self::check_folder`].
    ///
    /// # Errors
    /// A sentence that says what is expected and what was given.
    fn check_address(&self, _address: &str) -> Result<(), String> {
        Ok(())
    }

    /// A knob is taken hold of: for hosts that record automation from then on.
    fn begin(&mut self, _knob: Knob) {}
    /// The knob is let go.
    fn end(&mut self, _knob: Knob) {}
}

/// A setting that is dragged rather than switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knob {
    /// [`Controls::set_update_rate_hz`].
    UpdateRate,
    /// [`Controls::set_smoothing_s`].
    Smoothing,
}

/// MIDI output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Midi {
    /// Whether anything is sent.
    pub on: bool,
    /// On which channel, 1 to 16.
    pub channel: u8,
}

/// What is written after an offline render.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reports {
    /// Whether anything is.
    pub save: bool,
    /// The full path of the folder; empty while none is chosen.
    pub folder: String,
    /// How often the models predict in a render.
    pub hop: RenderHop,
    /// Whether a label track and a table with bars and beats are written beside it.
    pub markers: bool,
}

/// How often models predict in an offline render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RenderHop {
    /// As in files, which is how the command line does it.
    #[default]
    Files,
    /// As often as while playing.
    Playing,
    /// Every so many frames, at least 1.
    Frames(u16),
}

/// Settings of the OSC output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OscSettings {
    /// Whether anything is sent.
    pub on: bool,
    /// Where to, `127.0.0.1:9000`.
    pub address: String,
    /// What every OSC address begins with, `/earmark`.
    pub prefix: String,
}
