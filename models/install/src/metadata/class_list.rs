//! Names of the classes: lists, numbered objects, and other keys than Essentia's.

use serde_json::{Map, Value};

use super::fields::got;

/// Maximum number of classes.
pub(crate) const MAX_CLASSES: usize = 10_000;

/// Keys of the names, the first is Essentia's. `id2label` and `label2id` are those of Hugging Face.
const KEYS: [&str; 6] = ["classes", "labels", "class_names", "label_names", "id2label", "label2id"];

/// Keys of a name in a list of objects.
const NAME_KEYS: [&str; 3] = ["name", "label", "class"];

/// Returns the names of the classes; none if the description has no key of names.
pub(super) fn read(root: &Value) -> Result<Vec<String>, String> {
    let mut found: Option<(&str, Vec<String>)> = None;
    for key in KEYS {
        let Some(value) = root.get(key).filter(|value| !value.is_null()) else { continue };
        let names = names(key, value)?;
        match &found {
            Some((first, others)) if !names.is_empty() && *others != names => {
                return Err(format!("`{key}`: expected the names of `{first}`, got others"));
            }
            Some(_) => {}
            None if names.is_empty() => {}
            None => found = Some((key, names)),
        }
    }
    Ok(found.map(|(_, names)| names).unwrap_or_default())
}

fn names(key: &str, value: &Value) -> Result<Vec<String>, String> {
    let count = value.as_array().map(Vec::len).or_else(|| value.as_object().map(Map::len)).unwrap_or(0);
    if count > MAX_CLASSES {
        return Err(format!("`{key}`: expected at most {MAX_CLASSES}, got {count}"));
    }
    match value {
        Value::Array(list) => {
            let names = list.iter().enumerate();
            names
                .map(|(place, value)| name(value).ok_or_else(|| wrong(key, &format!("place {}", place + 1), value)))
                .collect()
        }
        Value::Object(map) => numbered(key, map),
        other => Err(format!("`{key}`: expected a list of names, got {}", got(other))),
    }
}

fn wrong(key: &str, place: &str, value: &Value) -> String {
    format!("`{key}`: expected a name at {place}, got {}", got(value))
}

/// Returns a name: a text, a number, or the name in an object.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(map) => NAME_KEYS.iter().find_map(|key| map.get(*key)?.as_str()).map(str::to_owned),
        _ => None,
    }
}

/// Returns the names of an object `{"0": "rock", ...}` or `{"rock": 0, ...}`, numbered from 0 or 1.
fn numbered(key: &str, map: &Map<String, Value>) -> Result<Vec<String>, String> {
    let by_key = map.iter().map(|(key, value)| Some((key.trim().parse().ok()?, name(value)?)));
    let by_value = map.iter().map(|(key, value)| Some((value.as_u64()?, key.clone())));
    let numbered: Option<Vec<(u64, String)>> = by_key.collect::<Option<_>>().or_else(|| by_value.collect());
    let Some(mut numbered) = numbered else {
        let got = map.iter().next().map_or(String::new(), |(key, value)| format!(", got \"{key}\": {}", got(value)));
        return Err(format!("`{key}`: expected a list of names, or an object of numbers and names{got}"));
    };
    numbered.sort_unstable();
    let first = numbered.first().map_or(0, |(number, _)| *number);
    let in_order = (first..).zip(&numbered).all(|(expected, (number, _))| expected == *number);
    if first > 1 || !in_order {
        let got: Vec<_> = numbered.iter().take(8).map(|(number, _)| number.to_string()).collect();
        return Err(format!("`{key}`: expected the numbers 0 to {}, got {} ...", map.len() - 1, got.join(", ")));
    }
    Ok(numbered.into_iter().map(|(_, name)| name).collect())
}
