//! Known facts about a network: its tensors, and the answers to questions.

use std::collections::BTreeMap;

use earmark_import::TensorInfo;

/// Keys whose answers are texts, also if they look like numbers.
const TEXT_KEYS: [&str; 14] = [
    "id",
    "name",
    "kind",
    "layout",
    "licence",
    "source",
    "citation",
    "description",
    "head_of",
    "positive_class",
    "tensors.input",
    "tensors.activations",
    "tensors.embeddings",
    "tensors.activation",
];

/// Prefix of the keys of inputs that are constant.
pub(super) const CONSTANTS: &str = "tensors.constants.";
/// Prefix of the keys of inputs that carry a state.
pub(super) const STATES: &str = "tensors.states.";

/// Tensors of a network file, and answers by the key of the card that each sets.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) id: String,
    pub(super) inputs: Vec<TensorInfo>,
    pub(super) outputs: Vec<String>,
    pub(super) given: BTreeMap<String, String>,
}

impl Answers {
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.given.get(key).map(String::as_str)
    }

    pub(super) fn input(&self, name: &str) -> Option<&TensorInfo> {
        self.inputs.iter().find(|info| info.name == name)
    }

    /// Returns the input with the features, once it is known.
    pub(super) fn features(&self) -> Option<&TensorInfo> {
        match self.get("tensors.input") {
            Some(name) => self.input(name),
            None => {
                let is_other = |info: &&TensorInfo| {
                    let has = |prefix: &str| self.given.contains_key(&format!("{prefix}{}", info.name));
                    has(CONSTANTS) || has(STATES)
                };
                let mut features = self.inputs.iter().filter(|info| !is_other(info));
                let first = features.next()?;
                features.next().is_none().then_some(first)
            }
        }
    }
}

/// Sets a value in nested tables.
pub(super) fn nested(table: &mut toml::Table, path: &[&str], value: toml::Value) {
    match path {
        [] => {}
        [key] => _ = table.insert((*key).to_owned(), value),
        [key, rest @ ..] => {
            let inner = table.entry(*key).or_insert_with(|| toml::Table::new().into());
            if let Some(inner) = inner.as_table_mut() {
                nested(inner, rest, value);
            }
        }
    }
}

/// Returns the value of an answer: a list of labels, a text, or any value of TOML.
pub(super) fn value(key: &str, answer: &str) -> toml::Value {
    if key == "labels" && !answer.starts_with('[') {
        let labels = answer.split([',', '\n']).map(str::trim).filter(|label| !label.is_empty());
        return toml::Value::Array(labels.map(Into::into).collect());
    }
    if TEXT_KEYS.contains(&key) {
        return answer.into();
    }
    let parsed = format!("value = {answer}").parse::<toml::Table>().ok();
    parsed.and_then(|mut table| table.remove("value")).unwrap_or_else(|| answer.into())
}
