//! Host parameters of the plugin. Their ids are part of every saved session and never change.

use nice_plug::formatters::{s2v_f32_gain_to_db, v2s_f32_gain_to_db};
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::*;
use nice_plug::util::db_to_gain;

use crate::mixer::MixControls;
use crate::mode::OperatingMode;

/// Largest gain of a stem in dB.
const MAX_GAIN_DB: f32 = 12.0;

/// Gain in dB that has about the place that it would have on a scale down to here; the scale ends at minus infinity.
const LOW_GAIN_DB: f32 = -60.0;

/// Parameters of the plugin.
#[derive(Params)]
pub struct StemsParams {
    /// Linear gain of the vocals, shown in dB, minus infinity to +12 (default 0).
    #[id = "vgain"]
    pub vocal_gain: FloatParam,
    /// Linear gain of the accompaniment, shown in dB, minus infinity to +12 (default 0).
    #[id = "again"]
    pub accompaniment_gain: FloatParam,
    /// Whether the vocals are muted.
    #[id = "vmute"]
    pub vocal_mute: BoolParam,
    /// Whether the accompaniment is muted.
    #[id = "amute"]
    pub accompaniment_mute: BoolParam,
    /// Whether only stems with solo are output.
    #[id = "vsolo"]
    pub vocal_solo: BoolParam,
    /// Whether only stems with solo are output.
    #[id = "asolo"]
    pub accompaniment_solo: BoolParam,
    /// Whether the output is the delayed input.
    #[id = "bypass"]
    pub bypass: BoolParam,
    /// Operating mode. Not automatable, because a change restarts the plugin with another latency.
    #[id = "mode"]
    pub mode: EnumParam<OperatingMode>,
    /// Whether one of the two networks is run: half of the load.
    #[id = "eco"]
    pub eco: BoolParam,
}

impl Default for StemsParams {
    fn default() -> Self {
        let range = FloatRange::Skewed {
            min: 0.0,
            max: db_to_gain(MAX_GAIN_DB),
            factor: FloatRange::gain_skew_factor(LOW_GAIN_DB, MAX_GAIN_DB),
        };
        let gain = |name: &str| {
            FloatParam::new(name, 1.0, range)
                .with_unit(" dB")
                .with_value_to_string(v2s_f32_gain_to_db(1))
                .with_string_to_value(s2v_f32_gain_to_db())
        };
        Self {
            vocal_gain: gain("Vocals gain"),
            accompaniment_gain: gain("Accompaniment gain"),
            vocal_mute: BoolParam::new("Vocals mute", false),
            accompaniment_mute: BoolParam::new("Accompaniment mute", false),
            vocal_solo: BoolParam::new("Vocals solo", false),
            accompaniment_solo: BoolParam::new("Accompaniment solo", false),
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            mode: EnumParam::new("Mode", OperatingMode::Normal).non_automatable(),
            eco: BoolParam::new("Eco", false).non_automatable(),
        }
    }
}

impl StemsParams {
    /// Returns the values for the mix of a block: gains with mute and solo. Mute goes before solo. Real-time safe.
    pub(crate) fn mix_controls(&self) -> MixControls {
        let solo = [self.vocal_solo.value(), self.accompaniment_solo.value()];
        let mute = [self.vocal_mute.value(), self.accompaniment_mute.value()];
        let gain = [self.vocal_gain.value(), self.accompaniment_gain.value()];
        let any_solo = solo.contains(&true);
        let gains = std::array::from_fn(|stem| {
            let silent = mute[stem] || (any_solo && !solo[stem]);
            if silent { 0.0 } else { gain[stem] }
        });
        MixControls { gains, bypass: self.bypass.value() }
    }

    /// Returns the id and value of every parameter, as a saved session stores them.
    #[must_use]
    pub fn values(&self) -> [(&'static str, ParamValue); 9] {
        let mode = self.mode.value().to_index();
        let mode = OperatingMode::ids().and_then(|ids| ids.get(mode)).copied().unwrap_or_default();
        [
            ("vgain", ParamValue::F32(self.vocal_gain.value())),
            ("again", ParamValue::F32(self.accompaniment_gain.value())),
            ("vmute", ParamValue::Bool(self.vocal_mute.value())),
            ("amute", ParamValue::Bool(self.accompaniment_mute.value())),
            ("vsolo", ParamValue::Bool(self.vocal_solo.value())),
            ("asolo", ParamValue::Bool(self.accompaniment_solo.value())),
            ("bypass", ParamValue::Bool(self.bypass.value())),
            ("mode", ParamValue::String(mode.to_owned())),
            ("eco", ParamValue::Bool(self.eco.value())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_ids_do_not_change() {
        let ids: Vec<String> = StemsParams::default().param_map().into_iter().map(|(id, _, _)| id).collect();
        assert_eq!(ids, StemsParams::default().values().map(|(id, _)| id));
        assert_eq!(ids, ["vgain", "again", "vmute", "amute", "vsolo", "asolo", "bypass", "mode", "eco"]);
    }

    #[test]
    fn gain_reaches_from_minus_infinity_to_12_db() {
        let gain = StemsParams::default().vocal_gain;
        assert_eq!(gain.normalized_value_to_string(0.0, true), "-inf dB");
        assert_eq!(gain.normalized_value_to_string(1.0, true), "12.0 dB");
        let unity = gain.preview_normalized(1.0);
        assert!(unity > 0.6 && unity < 0.95, "{unity}");
        assert_eq!(gain.normalized_value_to_string(unity, true), "0.0 dB");
        assert_eq!(gain.string_to_normalized_value("-inf dB"), Some(0.0));
    }

    #[test]
    fn mute_goes_before_solo() {
        let gains = |mute: [bool; 2], solo: [bool; 2]| {
            let params = StemsParams {
                vocal_mute: BoolParam::new("", mute[0]),
                accompaniment_mute: BoolParam::new("", mute[1]),
                vocal_solo: BoolParam::new("", solo[0]),
                accompaniment_solo: BoolParam::new("", solo[1]),
                ..StemsParams::default()
            };
            params.mix_controls().gains
        };
        assert_eq!(gains([false, false], [false, false]), [1.0, 1.0]);
        assert_eq!(gains([true, false], [false, false]), [0.0, 1.0]);
        assert_eq!(gains([false, false], [true, false]), [1.0, 0.0]);
        assert_eq!(gains([false, false], [true, true]), [1.0, 1.0]);
        assert_eq!(gains([true, false], [true, false]), [0.0, 0.0]);
    }
}
