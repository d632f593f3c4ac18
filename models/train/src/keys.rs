//! Keys of one section of a document: each is taken once, and what remains is unknown.

use crate::document::{Document, Node};
use crate::error::{ContentError, InputPlace};

/// Keys of a section that were not read yet.
pub(crate) struct Keys<'a> {
    document: Document<'a>,
    /// Dotted name of the section, empty for the root.
    name: String,
    entries: Vec<(String, Node)>,
    known: Vec<String>,
}

impl<'a> Keys<'a> {
    /// Starts with a map.
    pub(crate) fn new(document: Document<'a>, name: &str, node: Node) -> Result<Self, ContentError> {
        match node {
            Node::Map(entries) => Ok(Self { document, name: name.to_owned(), entries, known: Vec::new() }),
            other => {
                let place = if name.is_empty() { InputPlace::Whole } else { InputPlace::Key(name.to_owned()) };
                Err(document.error(place, "no section", "a map", other.describe()))
            }
        }
    }

    /// Returns the dotted name of a key.
    pub(crate) fn dotted(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// Returns the value of a key; none if it is absent or null.
    pub(crate) fn take(&mut self, key: &str) -> Option<Node> {
        self.known.push(key.to_owned());
        let index = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(index).1).filter(|value| *value != Node::Null)
    }

    /// Returns the value of a key that must be there.
    pub(crate) fn require(&mut self, key: &str, expected: &str) -> Result<Node, ContentError> {
        let place = InputPlace::Key(self.dotted(key));
        self.take(key).ok_or_else(|| self.document.error(place, "missing key", expected, "none"))
    }

    /// Returns all remaining keys with their values.
    pub(crate) fn rest(&mut self) -> Vec<(String, Node)> {
        std::mem::take(&mut self.entries)
    }

    /// Returns the error of a key's value.
    pub(crate) fn bad(&self, key: &str, expected: &str, got: &Node) -> ContentError {
        self.document.key_error(&self.dotted(key), expected, got)
    }

    /// Returns the text of a key that must be there.
    pub(crate) fn text(&mut self, key: &str) -> Result<String, ContentError> {
        let value = self.require(key, "a text")?;
        self.text_of(key, value)
    }

    /// Returns the text of a key, if it is there.
    pub(crate) fn optional_text(&mut self, key: &str) -> Result<Option<String>, ContentError> {
        self.take(key).map(|value| self.text_of(key, value)).transpose()
    }

    fn text_of(&self, key: &str, value: Node) -> Result<String, ContentError> {
        match value {
            Node::Text(text) if !text.is_empty() => Ok(text),
            other => Err(self.bad(key, "a text", &other)),
        }
    }

    /// Returns the flag of a key.
    pub(crate) fn flag(&mut self, key: &str, default: bool) -> Result<bool, ContentError> {
        match self.take(key) {
            None => Ok(default),
            Some(Node::Flag(flag)) => Ok(flag),
            Some(Node::Text(text)) if text == "False" || text == "True" => Ok(text == "True"),
            Some(other) => Err(self.bad(key, "true or false", &other)),
        }
    }

    /// Returns the list of texts of a key.
    pub(crate) fn texts(&mut self, key: &str, default: &[&str]) -> Result<Vec<String>, ContentError> {
        match self.take(key) {
            None => Ok(default.iter().map(ToString::to_string).collect()),
            Some(Node::Text(text)) => Ok(vec![text]),
            Some(Node::List(list)) => list.into_iter().map(|item| self.text_of(key, item)).collect(),
            Some(other) => Err(self.bad(key, "a list of texts", &other)),
        }
    }

    /// Returns the section of a key, if it is there.
    pub(crate) fn section(&mut self, key: &str) -> Result<Option<Keys<'a>>, ContentError> {
        let name = self.dotted(key);
        self.take(key).map(|node| Keys::new(self.document, &name, node)).transpose()
    }

    /// Ends the section.
    ///
    /// # Errors
    /// If a key was not taken; the error contains the nearest known name.
    pub(crate) fn finish(self) -> Result<(), ContentError> {
        let Some((key, _)) = self.entries.first() else { return Ok(()) };
        let place = InputPlace::Key(self.dotted(key));
        let expected = match nearest(key, self.known.iter().map(String::as_str)) {
            Some(near) => format!("`{near}`"),
            None => format!("one of {}", self.known.join(", ")),
        };
        Err(self.document.error(place, "unknown key", expected, format!("`{key}`")))
    }
}

/// Returns the known name that is most like a name, unless all differ in more than half of their letters.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |known: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase());
    known.map(|known| (distance(known), known)).min().filter(|(far, near)| *far <= near.len() / 2).map(|(_, near)| near)
}
