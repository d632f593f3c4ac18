//! Tests of saved plugin states, valid and damaged.

use earmark_models::ContextMode;
use earmark_session::state::{
    AddedModel, LATER_VERSION, MidiMapping, OscConfig, ReportConfig, ReportHop, State, Thresholds,
};
use nice_plug::params::Params;
use nice_plug::plugin::{ParamValue, PluginState};

use super::*;
use crate::params::EarmarkParams;

fn full() -> State {
    State {
        panel: "{\"dark\":true}".into(),
        report: ReportConfig { save: true, folder: "/music/reports".into(), hop: ReportHop::Frames(31), markers: true },
        osc: OscConfig { on: true, address: "10.0.0.7:57120".into(), prefix: "/stage".into() },
        context_mode: ContextMode::Streaming,
        descriptors: true,
        added_models: vec![AddedModel {
            id: "mood_sad-msd-musicnn-1".into(),
            sha256: "0".repeat(64),
            file: "mood_sad.pb".into(),
        }],
        thresholds: Thresholds { usual: 0.4, tags: [("rock".to_owned(), 0.6)].into() },
        midi: Some(vec![MidiMapping { tag: "female vocalists".into(), cc: Some(20), note: None }]),
        ..State::default()
    }
}

/// Returns the state that nice-plug saves.
fn saved(params: &EarmarkParams) -> PluginState {
    let values = params.values().into_iter().map(|(id, value)| (id.to_owned(), value)).collect();
    PluginState { version: "0.1.0".into(), params: values, fields: params.serialize_fields() }
}

/// Loads the fields of a state as nice-plug does, and returns the sanitized state.
fn load(params: &EarmarkParams, mut state: PluginState) -> PluginState {
    sanitize_state(&mut state);
    params.deserialize_fields(&state.fields);
    state
}

#[test]
fn saved_state_is_loaded_unchanged() {
    let params = EarmarkParams::default();
    params.state.change(|state| *state = full());
    let text = serde_json::to_string(&saved(&params)).unwrap();
    assert!(text.len() < 1000, "{} bytes", text.len());
    let other = EarmarkParams::default();
    load(&other, serde_json::from_str(&text).unwrap());
    assert_eq!(*other.state.get(), full());
    assert_eq!(other.state.warning(), None);
    assert_eq!(serde_json::to_string(&saved(&other)).unwrap(), text, "save, load, save");
}

#[test]
fn parameters_that_are_missing_or_unknown_become_the_default() {
    let params = EarmarkParams::default();
    let mut state = saved(&params);
    state.params.remove("rate");
    state.params.insert("tags".into(), ParamValue::String("a-model-of-tomorrow".into()));
    state.params.insert("gate".into(), ParamValue::I32(3));
    let state = load(&params, state);
    let ids: Vec<&String> = state.params.keys().collect();
    assert_eq!(ids.len(), 9, "{ids:?}");
    assert!(matches!(&state.params["tags"], ParamValue::String(id) if id == "msd-musicnn"));
    assert!(matches!(state.params["gate"], ParamValue::Bool(true)));
    assert!(matches!(state.params["rate"], ParamValue::F32(10.0)));
    let warning = params.state.warning().unwrap();
    assert!(warning.contains("`tags`") && warning.contains("`gate`") && !warning.contains("`rate`"), "{warning}");
    params.state.dismiss_warning();
    assert_eq!(params.state.warning(), None);
}

/// Deterministic random number generator (xorshift64*), so that failures are reproducible.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

/// R17: any bytes are rejected or give a valid state, which then saves and loads without a warning.
#[test]
fn damaged_state_is_rejected_or_sanitized() {
    let original = EarmarkParams::default();
    original.state.change(|state| *state = full());
    let text = serde_json::to_vec(&saved(&original)).unwrap();
    let field = original.serialize_fields().remove("earmark").unwrap();
    let mut noise = Noise(0x0ea7_3a2c);
    let (mut rejected, mut warned, mut accepted) = (0, 0, 0);
    let mut attempt = |state: Option<PluginState>| {
        let params = EarmarkParams::default();
        let Some(state) = state else {
            rejected += 1;
            return;
        };
        let state = load(&params, state);
        assert_eq!(state.params.keys().filter(|id| params.values().iter().any(|(known, _)| known == id)).count(), 9);
        if params.state.warning().is_some() {
            warned += 1;
        } else {
            accepted += 1;
        }
        let again = EarmarkParams::default();
        load(&again, saved(&params));
        assert_eq!(again.state.get(), params.state.get());
        assert!(again.state.warning().is_none_or(|warning| warning == LATER_VERSION), "{:?}", again.state.warning());
    };
    for length in 0..text.len() {
        attempt(serde_json::from_slice(&text[..length]).ok());
    }
    for _ in 0..4000 {
        let mut flipped = text.clone();
        for _ in 0..=noise.next() % 4 {
            let at = noise.next() as usize % flipped.len();
            flipped[at] ^= 1 << (noise.next() % 8);
        }
        attempt(serde_json::from_slice(&flipped).ok());
        // Damages the content of the field, which nice-plug does not parse.
        let mut bytes = field.clone().into_bytes();
        let at = noise.next() as usize % bytes.len();
        bytes[at] ^= 1 << (noise.next() % 8);
        let mut state = saved(&original);
        state.fields.insert("earmark".into(), String::from_utf8_lossy(&bytes).into_owned());
        attempt(Some(state));
    }
    let random: Vec<u8> = (0..1_000_000).map(|_| noise.next() as u8).collect();
    attempt(serde_json::from_slice(&random).ok());
    for deep in ["[", "{\"a\":", "\"", "1e999", "\u{0}"] {
        let mut state = saved(&original);
        state.fields.insert("earmark".into(), deep.repeat(10_000));
        attempt(Some(state));
    }
    let mut state = saved(&original);
    state.fields.insert("earmark".into(), String::from_utf8_lossy(&random).into_owned());
    attempt(Some(state));
    assert!(rejected > 1000 && warned > 1000 && accepted > 100, "{rejected} {warned} {accepted}");
}
