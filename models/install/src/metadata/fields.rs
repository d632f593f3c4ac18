//! Typed access to the fields of a JSON object; errors name the field, the expected and the actual type.

use serde_json::{Map, Value};

/// Maximum number of tensors, and of dimensions of a tensor.
const MAX_LIST_LEN: usize = 1_000;

/// The fields of an object; none if it is missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    name: &'a str,
    map: Option<&'a Map<String, Value>>,
}

/// Describes a value in an error.
pub(super) fn got(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => {
            format!("the text \"{}\"", display_text(&Value::String(text.chars().take(60).collect())))
        }
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(map) => format!("an object of {} keys", map.len()),
    }
}

/// Returns a text for display, without control characters; empty for another type.
pub(super) fn display_text(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

impl<'a> Fields<'a> {
    /// Returns the fields of a value that must be an object.
    pub(super) fn of(name: &'a str, value: &'a Value) -> Result<Self, String> {
        match value {
            Value::Object(map) => Ok(Self { name, map: Some(map) }),
            Value::Null => Ok(Self { name, map: None }),
            other => Err(format!("`{name}`: expected an object, got {}", got(other))),
        }
    }

    /// Returns the result of the first object that has one.
    pub(super) fn first<T>(
        objects: &[&Self],
        read: impl Fn(&Self) -> Result<Option<T>, String>,
    ) -> Result<Option<T>, String> {
        for object in objects {
            if let Some(found) = read(object)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.map?.get(key).filter(|value| !value.is_null())
    }

    fn wrong<T>(&self, key: &str, expected: &str, value: &Value) -> Result<T, String> {
        let dot = if self.name.is_empty() { "" } else { "." };
        Err(format!("`{}{dot}{key}`: expected {expected}, got {}", self.name, got(value)))
    }

    pub(super) fn object(&self, key: &'a str) -> Result<Self, String> {
        self.get(key).map_or(Ok(Self { name: key, map: None }), |value| Self::of(key, value))
    }

    /// Returns a text; empty if it is missing.
    pub(super) fn text(&self, key: &str) -> Result<String, String> {
        Ok(self.optional_text(key)?.unwrap_or_default())
    }

    pub(super) fn optional_text(&self, key: &str) -> Result<Option<String>, String> {
        match self.get(key) {
            None => Ok(None),
            Some(value @ Value::String(_)) => Ok(Some(display_text(value)).filter(|text| !text.is_empty())),
            Some(other) => self.wrong(key, "a text", other),
        }
    }

    /// Returns a text, or the text `inner` of an object.
    pub(super) fn name_or_object(&self, key: &'a str, inner: &str) -> Result<Option<String>, String> {
        match self.get(key) {
            Some(Value::String(_)) => self.optional_text(key),
            Some(value) => Fields::of(key, value)?.optional_text(inner),
            None => Ok(None),
        }
    }

    /// Returns the elements of a list of objects; a single object is a list of one.
    pub(super) fn list<T>(
        &self,
        key: &'a str,
        read: impl Fn(&Fields<'_>) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) if list.len() <= MAX_LIST_LEN => {
                list.iter().map(|value| read(&Fields::of(key, value)?)).collect()
            }
            Some(value @ Value::Object(_)) => Ok(vec![read(&Fields::of(key, value)?)?]),
            Some(other) => self.wrong(key, &format!("a list of at most {MAX_LIST_LEN} objects"), other),
        }
    }

    /// Returns dimensions; those that are no number, such as `batch_size`, are `None`.
    pub(super) fn dims(&self, key: &str) -> Result<Vec<Option<usize>>, String> {
        let dim = |dim: &Value| match dim {
            Value::String(text) => text.trim().parse().ok(),
            // Some descriptions write 187.0, and -1 for an open dimension.
            other => {
                other.as_f64().filter(|dim| dim.fract() == 0.0 && (1.0..1e9).contains(dim)).map(|dim| dim as usize)
            }
        };
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) if list.len() <= MAX_LIST_LEN => Ok(list.iter().map(dim).collect()),
            Some(number @ Value::Number(_)) => Ok(vec![dim(number)]),
            Some(other) => self.wrong(key, "a list of dimensions", other),
        }
    }

    /// Returns a frequency in Hz: a number, or a text such as `44100`, `44100 Hz` or `44.1 kHz`.
    pub(super) fn hertz(&self, key: &str) -> Result<Option<f64>, String> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let hertz = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => hertz(text),
            _ => None,
        };
        match hertz.filter(|hertz| hertz.is_finite() && *hertz > 0.0) {
            Some(hertz) => Ok(Some(hertz)),
            None => self.wrong(key, "a number in Hz", value),
        }
    }

    /// Returns a whole number of at least 1.
    pub(super) fn count(&self, key: &str) -> Result<Option<usize>, String> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
        match number.and_then(|number| usize::try_from(number).ok()).filter(|number| (1..=1 << 20).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => self.wrong(key, "a whole number from 1 to 1048576", value),
        }
    }

    /// Returns the value of one of these names.
    pub(super) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Result<Option<T>, String> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match choices.iter().find(|(name, _)| value.as_str() == Some(name)) {
            Some((_, choice)) => Ok(Some(*choice)),
            None => {
                let names = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
                self.wrong(key, &format!("one of {names}"), value)
            }
        }
    }

    /// Returns two numbers, the second above the first.
    pub(super) fn range(&self, key: &str) -> Result<Option<(f32, f32)>, String> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let numbers: Vec<f32> =
            value.as_array().into_iter().flatten().filter_map(|number| Some(number.as_f64()? as f32)).collect();
        match numbers[..] {
            [low, high] if low < high && low.is_finite() && high.is_finite() => Ok(Some((low, high))),
            _ => self.wrong(key, "[low, high]", value),
        }
    }
}

fn hertz(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let (number, factor) = match text.strip_suffix("hz") {
        Some(number) => number.strip_suffix('k').map_or((number, 1.0), |number| (number, 1e3)),
        None => (text.as_str(), 1.0),
    };
    number.trim().parse::<f64>().ok().map(|number| number * factor)
}
