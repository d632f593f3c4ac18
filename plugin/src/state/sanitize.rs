//! Sanitizing of a saved plugin state before it is loaded: missing, unknown and damaged values become the default.

use std::mem::discriminant;

use earmark_session::state::{MAX_BYTES, WARNING_KEY};
use nice_plug::params::enums::Enum;
use nice_plug::plugin::{ParamValue, PluginState};
use serde_json::{Map, Value};

use crate::params::{EarmarkParams, TagModel, TempoModel};

/// Key of the persisted field.
const FIELD: &str = "earmark";

/// Replaces missing and invalid values by their defaults, so that the state can be loaded. Adds a warning for the panel
/// about invalid values. Missing parameters give no warning, because earlier versions may lack them.
pub fn sanitize_state(state: &mut PluginState) {
    let mut warnings = Vec::new();
    for (id, default) in EarmarkParams::default().values() {
        match state.params.get(id) {
            Some(value) if is_valid(id, value, &default) => continue,
            Some(value) => {
                warnings.push(format!("cannot load parameter `{id}`: unknown value {value:?}; the default is used"));
            }
            None => {}
        }
        state.params.insert(id.to_owned(), default);
    }
    let text = state.fields.remove(FIELD);
    let mut saved = match text.as_deref().map(read) {
        Some(Ok(saved)) => saved,
        Some(Err(warning)) => {
            warnings.push(warning);
            Value::Null
        }
        None => Value::Null,
    };
    if !warnings.is_empty() {
        if !matches!(saved, Value::Object(_) | Value::Null) {
            warnings.push("cannot read saved settings: expected an object; defaults are used".into());
        }
        if !saved.is_object() {
            saved = Value::Object(Map::new());
        }
        saved[WARNING_KEY] = warnings.join("; ").into();
    }
    state.fields.insert(FIELD.to_owned(), saved.to_string());
}

fn is_valid(id: &str, value: &ParamValue, default: &ParamValue) -> bool {
    let known = |ids: Option<&[&str]>, value: &str| ids.is_some_and(|ids| ids.contains(&value));
    discriminant(value) == discriminant(default)
        && match value {
            ParamValue::String(value) if id == "tags" => known(TagModel::ids(), value),
            ParamValue::String(value) => known(TempoModel::ids(), value),
            ParamValue::F32(value) => value.is_finite(),
            ParamValue::I32(_) | ParamValue::Bool(_) => true,
        }
}

fn read(text: &str) -> Result<Value, String> {
    if text.len() > MAX_BYTES {
        let length = text.len();
        return Err(format!(
            "cannot read saved settings: too large (expected at most {MAX_BYTES} bytes, got {length}); \
             defaults are used"
        ));
    }
    serde_json::from_str(text).map_err(|error| format!("cannot read saved settings: {error}; defaults are used"))
}
