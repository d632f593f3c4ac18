//! Draft of a card for a network file: the questions that the file leaves open, and the card with the answers.
//!
//! A question has the key of the card that its answer sets. Questions follow each other: the front end decides which
//! parameters are asked for.

mod answers;
mod questions;
mod shape;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use earmark_dsp::FrontEnd;
use earmark_import::{Source, read_model_file};
use earmark_models::{Card, sha256};

pub use self::questions::Question;

use self::answers::{Answers, CONSTANTS, STATES, nested, value};
use crate::InstallError;
use crate::model_id::{file_name, id_of};
use crate::prepare::read_network;
use crate::tensor_table::TensorTable;

/// Draft of the card of a network file.
#[derive(Debug)]
pub struct CardDraft {
    sha256: String,
    answers: Answers,
}

impl CardDraft {
    /// Reads a network file, or the folder of a SavedModel. Blocks.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn read(path: &Path) -> Result<Self, InstallError> {
        let bytes = read_model_file(path)?;
        let source = read_network(&bytes, path)?;
        let sha256 = sha256(&bytes);
        Ok(Self::new(id_of(&file_name(path), &sha256), sha256, &source))
    }

    fn new(id: String, sha256: String, source: &Source) -> Self {
        let outputs = source.outputs().iter().map(|info| info.name.clone()).collect();
        let answers = Answers { id, inputs: source.inputs().to_vec(), outputs, given: BTreeMap::new() };
        Self { sha256, answers }
    }

    /// Returns lines that name the inputs and outputs of the network.
    #[must_use]
    pub fn tensors(&self) -> String {
        let mut text = String::new();
        for input in &self.answers.inputs {
            let shape = input.shape.as_deref().map_or_else(|| "?".to_owned(), crate::input_spec::open_sides);
            // Writing to a string cannot fail.
            let _ = writeln!(text, "input   {}  {shape}", input.name);
        }
        for output in &self.answers.outputs {
            let _ = writeln!(text, "output  {output}");
        }
        text
    }

    /// Sets the answer to a question, or any other key of the card, such as `front_end.floor`.
    pub fn answer(&mut self, key: &str, value: &str) {
        self.answers.given.insert(key.to_owned(), value.trim().to_owned());
    }

    /// Returns the next open question; none if the card is complete.
    #[must_use]
    pub fn next_question(&self) -> Option<Question> {
        questions::next(&self.answers)
    }

    /// Returns the text of the card, for the file `<name>.toml` beside the network.
    ///
    /// # Errors
    /// [`InstallError::Incomplete`] with the first open question, and [`InstallError::Model`] if the keys contradict each
    /// other or one is unknown.
    pub fn to_toml(&self) -> Result<String, InstallError> {
        if let Some(question) = self.next_question() {
            return Err(InstallError::Incomplete(question.to_string()));
        }
        let mut card = toml::Table::new();
        let name = self.answers.get("front_end.features").filter(|name| FrontEnd::from_name(name).is_some());
        let mut states = Vec::new();
        for (key, answer) in self.answers.given.iter().filter(|(_, answer)| !answer.is_empty()) {
            if key == "front_end.features" && name.is_some() {
                card.insert("front_end".to_owned(), (*answer).clone().into());
            } else if let Some(name) = key.strip_prefix(CONSTANTS) {
                nested(&mut card, &["tensors", "constants", name], value(key, answer));
            } else if let Some(name) = key.strip_prefix(STATES) {
                let pair = [("input", name), ("output", answer)].map(|(key, name)| (key.to_owned(), name.into()));
                states.push((name, toml::Value::Table(pair.into_iter().collect())));
            } else {
                nested(&mut card, &key.split('.').collect::<Vec<_>>(), value(key, answer));
            }
        }
        if !states.is_empty() {
            if !card.contains_key("states") {
                let shapes = states.iter().map(|(name, _)| shape::of_state(self.answers.input(name))).collect();
                card.insert("states".to_owned(), toml::Value::Array(shapes));
            }
            let states = states.into_iter().map(|(_, pair)| pair).collect();
            nested(&mut card, &["tensors", "states"], toml::Value::Array(states));
        }
        for (key, text) in [("id", self.answers.id.as_str()), ("name", &self.answers.id), ("sha256", &self.sha256)] {
            card.entry(key).or_insert_with(|| text.into());
        }
        for key in ["licence", "source", "citation", "description"] {
            card.entry(key).or_insert_with(|| "".into());
        }
        if !card.contains_key("head_of") {
            shape::check_front_end(&card)?;
            shape::complete(&self.answers, &mut card);
            card.entry("normalisation").or_insert_with(|| "none".into());
        }
        // Values that were parsed always serialize.
        let text = toml::to_string(&card).unwrap_or_default();
        if !card.contains_key("head_of") {
            Card::from_toml(&TensorTable::split(&text)?.0)?;
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
