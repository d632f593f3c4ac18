//! Sanitizing of a saved state before it is loaded: missing, unknown and damaged values become the default.

use std::mem::discriminant;

use nice_plug::params::enums::Enum;
use nice_plug::plugin::{ParamValue, PluginState};

use crate::mode::OperatingMode;
use crate::params::StemsParams;

/// Replaces missing and invalid values by their defaults, so that a state of any version can be loaded.
pub(crate) fn sanitize_state(state: &mut PluginState) {
    for (id, default) in StemsParams::default().values() {
        if !state.params.get(id).is_some_and(|value| is_valid(value, &default)) {
            state.params.insert(id.to_owned(), default);
        }
    }
}

fn is_valid(value: &ParamValue, default: &ParamValue) -> bool {
    discriminant(value) == discriminant(default)
        && match value {
            ParamValue::String(value) => OperatingMode::ids().is_some_and(|ids| ids.contains(&value.as_str())),
            ParamValue::F32(value) => value.is_finite(),
            ParamValue::I32(_) | ParamValue::Bool(_) => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_missing_or_unknown_become_the_default() {
        let values = StemsParams::default().values();
        let params = values.into_iter().map(|(id, value)| (id.to_owned(), value)).collect();
        let mut state = PluginState { version: "0.1.0".into(), params, fields: std::collections::BTreeMap::new() };
        state.params.remove("eco");
        state.params.insert("mode".into(), ParamValue::String("a-mode-of-tomorrow".into()));
        state.params.insert("vgain".into(), ParamValue::F32(f32::NAN));
        state.params.insert("again".into(), ParamValue::F32(0.5));
        state.params.insert("bypass".into(), ParamValue::I32(3));
        sanitize_state(&mut state);
        assert_eq!(state.params.len(), 9);
        assert!(matches!(&state.params["mode"], ParamValue::String(id) if id == "normal"));
        assert!(matches!(state.params["vgain"], ParamValue::F32(1.0)));
        assert!(matches!(state.params["again"], ParamValue::F32(0.5)));
        assert!(matches!(state.params["bypass"], ParamValue::Bool(false)));
        let text = serde_json::to_string(&state).unwrap();
        assert!(text.len() < 500, "{text}");
    }
}
