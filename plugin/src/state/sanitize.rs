//! Sanitizing of a saved plugin state before it is loaded: missing, unknown and damaged values become the default.

use std::mem::discriminant;

use earmark_session::state::{MAX_BYTES, WARNING_KEY, invalid_state};
use nice_plug::params::enums::Enum;
use nice_plug::plugin::{ParamValue, PluginState};
use serde_json::{Map, Value};

use crate::params::{EarmarkParams, TagModel, TempoModel};

/// Key of the persisted field.
const FIELD: &str = "earmark";

/// Key of the parameters of a later version, in the persisted field. Hosts give unknown parameters to the plugin only once,
/// and nice-plug writes known ones only.
const LATER_PARAMS: &str = "later_params";

/// Replaces missing and invalid values by their defaults, so that the state can be loaded. Adds a warning for the panel
/// about invalid values. Missing parameters give no warning, because earlier versions may lack them. Parameters of a later
/// version are moved into the persisted field, which keeps them.
pub fn sanitize_state(state: &mut PluginState) {
    let mut warnings = Vec::new();
    let defaults = EarmarkParams::default().values();
    let unknown = unknown_params(state, &defaults.each_ref().map(|(id, _)| *id));
    for (id, default) in defaults {
        match state.params.get(id) {
            Some(value) if is_valid(id, value, &default) => continue,
            Some(value) => {
                warnings.push(format!(
                    "The value of parameter `{id}` in this project is unknown here ({}), so its default is used.",
                    text_of(value)
                ));
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
    if !unknown.is_empty() && matches!(saved, Value::Object(_)) {
        saved[LATER_PARAMS] = Value::Object(unknown);
    }
    if !warnings.is_empty() {
        if !matches!(saved, Value::Object(_) | Value::Null) {
            warnings.push(invalid_state("expected an object"));
        }
        if !saved.is_object() {
            saved = Value::Object(Map::new());
        }
        saved[WARNING_KEY] = warnings.join(" ").into();
    }
    state.fields.insert(FIELD.to_owned(), saved.to_string());
}

/// Removes the parameters that this version does not have, and returns them.
fn unknown_params(state: &mut PluginState, known: &[&str]) -> Map<String, Value> {
    let unknown: Vec<String> = state.params.keys().filter(|id| !known.contains(&id.as_str())).cloned().collect();
    let taken = unknown.into_iter().filter_map(|id| {
        let value = serde_json::to_value(state.params.remove(&id)?).ok()?;
        Some((id, value))
    });
    taken.collect()
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

fn text_of(value: &ParamValue) -> String {
    match value {
        ParamValue::String(text) => text.clone(),
        ParamValue::F32(number) => number.to_string(),
        ParamValue::I32(number) => number.to_string(),
        ParamValue::Bool(on) => on.to_string(),
    }
}

fn read(text: &str) -> Result<Value, String> {
    if text.len() > MAX_BYTES {
        let length = text.len();
        return Err(invalid_state(format_args!("too large (expected at most {MAX_BYTES} bytes, got {length})")));
    }
    serde_json::from_str(text).map_err(invalid_state)
}
