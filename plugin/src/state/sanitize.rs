//! A host's state before it is loaded: what is missing, unknown or damaged becomes the default.

use std::mem::discriminant;

use earmark_session::state::{COMPLAINT, MAX_BYTES};
use nice_plug::params::enums::Enum;
use nice_plug::plugin::{ParamValue, PluginState};
use serde_json::{Map, Value};

use crate::params::{EarmarkParams, TagModel, TempoModel};

/// Key of the persisted field.
const FIELD: &str = "earmark";

/// Makes a state loadable as a whole. What had to be changed is told to the panel, but for parameters that are missing:
/// an earlier version did not have them.
pub fn repair(state: &mut PluginState) {
    let mut complaints = Vec::new();
    for (id, default) in EarmarkParams::default().values() {
        match state.params.get(id) {
            Some(value) if is_valid(id, value, &default) => continue,
            Some(value) => complaints.push(format!("parameter `{id}`: {value:?} is not known here: default")),
            None => {}
        }
        state.params.insert(id.to_owned(), default);
    }
    let text = state.fields.remove(FIELD);
    let mut saved = match text.as_deref().map(read) {
        Some(Ok(saved)) => saved,
        Some(Err(complaint)) => {
            complaints.push(complaint);
            Value::Null
        }
        None => Value::Null,
    };
    if !complaints.is_empty() {
        if !matches!(saved, Value::Object(_) | Value::Null) {
            complaints.push("saved choices: expected an object: defaults".into());
        }
        if !saved.is_object() {
            saved = Value::Object(Map::new());
        }
        saved[COMPLAINT] = complaints.join("; ").into();
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
        return Err(format!("saved choices: expected at most {MAX_BYTES} bytes, got {}: defaults", text.len()));
    }
    serde_json::from_str(text).map_err(|error| format!("saved choices: {error}: defaults"))
}
