//! Fields of a saved state that this version does not know. They are kept and written back, so that a project of a later
//! version loses nothing when it is saved here.

use serde_json::{Map, Value};

/// Unknown fields of a saved state, and its version.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LaterFields {
    /// Version of the saved state, if it is later than this one.
    version: Option<u64>,
    /// Unknown fields, in the objects that have them.
    fields: Map<String, Value>,
}

/// Keys that identify the elements of a list.
const ELEMENT_KEYS: [&str; 2] = ["id", "tag"];

impl LaterFields {
    /// Collects the fields of `saved` that are not in `known`, the same state as this version writes it.
    pub(super) fn of(saved: &Map<String, Value>, known: &Map<String, Value>, version: Option<u64>) -> Self {
        Self { version, fields: unknown_fields(saved, known) }
    }

    /// Adds the unknown fields to a state that is about to be saved.
    pub(super) fn add_to(&self, saved: &mut Map<String, Value>) {
        merge(&self.fields, saved);
        if let Some(version) = self.version {
            saved.insert("version".into(), version.into());
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.version.is_none()
    }
}

fn unknown_fields(saved: &Map<String, Value>, known: &Map<String, Value>) -> Map<String, Value> {
    let mut unknown = Map::new();
    for (key, value) in saved {
        match (value, known.get(key)) {
            (_, None) => {
                unknown.insert(key.clone(), value.clone());
            }
            (Value::Object(saved), Some(Value::Object(known))) => {
                let below = unknown_fields(saved, known);
                if !below.is_empty() {
                    unknown.insert(key.clone(), Value::Object(below));
                }
            }
            (Value::Array(saved), Some(Value::Array(known))) => {
                let below: Vec<Value> = saved.iter().filter_map(|saved| unknown_in_element(saved, known)).collect();
                if !below.is_empty() {
                    unknown.insert(key.clone(), Value::Array(below));
                }
            }
            _ => {}
        }
    }
    unknown
}

/// Returns the unknown fields of an element of a list, with the key that identifies it.
fn unknown_in_element(saved: &Value, known: &[Value]) -> Option<Value> {
    let saved = saved.as_object()?;
    let same = known.iter().filter_map(Value::as_object).find(|known| is_same_element(saved, known))?;
    let mut below = unknown_fields(saved, same);
    if below.is_empty() {
        return None;
    }
    let identity = ELEMENT_KEYS.iter().filter_map(|key| Some(((*key).to_owned(), saved.get(*key)?.clone())));
    below.extend(identity);
    Some(Value::Object(below))
}

fn is_same_element(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    ELEMENT_KEYS.iter().any(|key| one.contains_key(*key) && one.get(*key) == other.get(*key))
}

/// Adds fields to an object. Elements of a list that are no longer in it stay away.
fn merge(fields: &Map<String, Value>, saved: &mut Map<String, Value>) {
    for (key, value) in fields {
        match (value, saved.get_mut(key)) {
            (_, None) => {
                saved.insert(key.clone(), value.clone());
            }
            (Value::Object(below), Some(Value::Object(saved))) => merge(below, saved),
            (Value::Array(below), Some(Value::Array(saved))) => {
                for below in below.iter().filter_map(Value::as_object) {
                    let mut saved = saved.iter_mut().filter_map(Value::as_object_mut);
                    if let Some(saved) = saved.find(|saved| is_same_element(below, saved)) {
                        merge(below, saved);
                    }
                }
            }
            _ => {}
        }
    }
}
