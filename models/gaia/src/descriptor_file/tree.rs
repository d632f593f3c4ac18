//! Conversion of a tree of values to named descriptors.

use serde_json::Value;

use super::DescriptorTextError;
use crate::descriptor_set::{DescriptorSet, TrackValue, flat_matrix};

/// Deepest nesting of groups.
const MAX_DEPTH: usize = 64;
/// Groups that Gaia leaves out.
const IGNORED_GROUPS: [&str; 2] = ["configuration", "segments"];
/// Facts about a file that `earmark extract` writes beside the groups; no descriptors.
const IGNORED_FACTS: [&str; 9] =
    ["duration_s", "end_s", "path", "path_bytes", "sanitized_samples", "schema", "silent", "start_s", "too_short_for"];

/// Converts a tree of groups.
pub(super) fn to_set(root: &Value) -> Result<DescriptorSet, DescriptorTextError> {
    let Value::Object(groups) = root else { return Err(bad("", "groups of descriptors", root)) };
    let mut set = DescriptorSet::default();
    for (key, value) in groups {
        let ignored =
            IGNORED_GROUPS.contains(&key.as_str()) || (IGNORED_FACTS.contains(&key.as_str()) && !value.is_object());
        if !ignored {
            add(&mut set, key.clone(), value, 1)?;
        }
    }
    Ok(set)
}

fn add(set: &mut DescriptorSet, name: String, value: &Value, depth: usize) -> Result<(), DescriptorTextError> {
    if depth > MAX_DEPTH {
        return Err(bad(&name, "up to 64 levels of groups", value));
    }
    match value {
        Value::Object(group) => {
            group.iter().try_for_each(|(key, value)| add(set, format!("{name}.{key}"), value, depth + 1))
        }
        other => {
            let value = convert(&name, other)?;
            set.insert(&name, value);
            Ok(())
        }
    }
}

fn convert(name: &str, value: &Value) -> Result<TrackValue, DescriptorTextError> {
    Ok(match value {
        Value::Null => TrackValue::Missing,
        Value::Number(number) => TrackValue::Real(vec![number.as_f64().unwrap_or(f64::NAN) as f32]),
        Value::Bool(_) | Value::String(_) => TrackValue::Text(vec![text(value)]),
        Value::Array(items) => match items.first() {
            None => TrackValue::Real(Vec::new()),
            Some(Value::Array(_)) => matrix(name, items)?,
            Some(Value::Object(_)) => return Err(bad(name, "numbers or texts", &items[0])),
            Some(Value::String(_) | Value::Bool(_)) => texts(name, items)?,
            Some(Value::Number(_) | Value::Null) => {
                if is_tag(name) && items.iter().any(Value::is_string) {
                    return texts(name, items);
                }
                match numbers(name, items)? {
                    Some(numbers) => TrackValue::Real(numbers),
                    None => TrackValue::Missing,
                }
            }
        },
        Value::Object(_) => return Err(bad(name, "a value", value)),
    })
}

/// Whether the descriptor is a list of texts that people wrote, some of which look like numbers.
fn is_tag(name: &str) -> bool {
    name.starts_with("metadata.tags.")
}

/// Returns the numbers of a list; `None` if one is null.
fn numbers(name: &str, items: &[Value]) -> Result<Option<Vec<f32>>, DescriptorTextError> {
    let mut numbers = Vec::with_capacity(items.len());
    let mut complete = true;
    for item in items {
        match item {
            Value::Number(number) => numbers.push(number.as_f64().unwrap_or(f64::NAN) as f32),
            Value::Null => complete = false,
            other => return Err(bad(name, "a list of numbers", other)),
        }
    }
    Ok(complete.then_some(numbers))
}

fn texts(name: &str, items: &[Value]) -> Result<TrackValue, DescriptorTextError> {
    let scalar = |item: &Value| match item {
        Value::Array(_) | Value::Object(_) => Err(bad(name, "a list of texts", item)),
        other => Ok(text(other)),
    };
    Ok(TrackValue::Text(items.iter().map(scalar).collect::<Result<_, _>>()?))
}

fn text(value: &Value) -> String {
    if let Value::String(text) = value { text.clone() } else { value.to_string() }
}

fn matrix(name: &str, rows: &[Value]) -> Result<TrackValue, DescriptorTextError> {
    let mut flat = Vec::new();
    let mut columns = None;
    let mut complete = true;
    for row in rows {
        let Value::Array(items) = row else { return Err(bad(name, "a list of lists of numbers", row)) };
        if items.iter().any(Value::is_array) {
            return Err(DescriptorTextError::Value {
                key: name.to_owned(),
                expected: "up to two dimensions",
                got: "three".into(),
            });
        }
        if *columns.get_or_insert(items.len()) != items.len() {
            return Err(DescriptorTextError::Value {
                key: name.to_owned(),
                expected: "rows of equal length",
                got: format!("{} and {}", columns.unwrap_or_default(), items.len()),
            });
        }
        match numbers(name, items)? {
            Some(numbers) => flat.extend(numbers),
            None => complete = false,
        }
    }
    Ok(if complete { flat_matrix(rows.len(), columns.unwrap_or_default(), flat) } else { TrackValue::Missing })
}

fn bad(key: &str, expected: &'static str, got: &Value) -> DescriptorTextError {
    let got = match got {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("the text {:?}", text.chars().take(40).collect::<String>()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a group".to_owned(),
    };
    DescriptorTextError::Value { key: if key.is_empty() { "file".to_owned() } else { key.to_owned() }, expected, got }
}
