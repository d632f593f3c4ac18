//! Texts in JSON or YAML as a tree that keeps the order of keys.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::error::{ContentError, InputPlace};

/// Value of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Node {
    /// Returns a text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Returns a short description for messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => format!("`{text}`"),
            Self::List(list) => format!("a list of {} values", list.len()),
            Self::Map(map) => format!("a map of {} keys", map.len()),
        }
    }

    /// Returns the value of a key of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(map) = self else { return None };
        map.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// Text of an input file with the name that messages use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Document<'a> {
    /// Kind and name of the file, such as "ground truth `g.json`".
    pub(crate) file: &'a str,
    /// Content.
    pub(crate) text: &'a str,
}

impl Document<'_> {
    /// Parses JSON or YAML: a text that begins with a brace or bracket is read as JSON, and as YAML if it is not JSON.
    pub(crate) fn parse(&self) -> Result<Node, ContentError> {
        let looks_like_json = self.text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with(['{', '[']);
        if !looks_like_json {
            return self.yaml();
        }
        serde_json::from_str(self.text.trim_start_matches('\u{feff}')).or_else(|error| {
            let place = InputPlace::Line(error.line() as u64);
            let cause = error.to_string();
            let cause = cause.split(" at line ").next().unwrap_or_default();
            self.yaml().map_err(|_| self.error(place, cause, "JSON", self.line_text(error.line())))
        })
    }

    fn yaml(&self) -> Result<Node, ContentError> {
        let indented_by_tab = |line: &&str| line.trim_start_matches(' ').starts_with('\t') && !line.trim().is_empty();
        if let Some(index) = self.text.lines().position(|line| indented_by_tab(&line)) {
            let place = InputPlace::Line(index as u64 + 1);
            return Err(self.error(place, "indented by a tab", "spaces", "a tab"));
        }
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        serde_saphyr::from_str_with_options(self.text, options).map_err(|error| {
            let line = error.location().map_or(0, |location| location.line());
            let cause = error.to_string();
            let cause = cause.lines().next().unwrap_or_default().trim_end_matches(':').to_owned();
            let place = if line == 0 { InputPlace::Whole } else { InputPlace::Line(line) };
            self.error(place, &cause, "YAML", self.line_text(line as usize))
        })
    }

    fn line_text(&self, line: usize) -> String {
        let text = line.checked_sub(1).and_then(|index| self.text.lines().nth(index)).unwrap_or_default();
        format!("`{}`", text.trim().chars().take(60).collect::<String>())
    }

    /// Returns an error of this file.
    pub(crate) fn error(
        &self,
        place: InputPlace,
        cause: &str,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> ContentError {
        let (file, cause) = (self.file.to_owned(), cause.to_owned());
        ContentError { file, place, cause, expected: expected.into(), got: got.into() }
    }

    /// Returns the error of a key's value.
    pub(crate) fn key_error(&self, key: &str, expected: &str, got: &Node) -> ContentError {
        self.error(InputPlace::Key(key.to_owned()), "invalid value", expected, got.describe())
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let (mut map, mut seen) = (Vec::new(), HashSet::new());
        while let Some((key, value)) = entries.next_entry::<String, Node>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format_args!("key `{key}` is there twice")));
            }
            map.push((key, value));
        }
        Ok(Node::Map(map))
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            // Whole numbers are written without a fraction, as both languages read them.
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                serializer.serialize_i64(*number as i64)
            }
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => serializer.collect_seq(list),
            Self::Map(map) => serializer.collect_map(map.iter().map(|(key, value)| (key, value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Node, ContentError> {
        Document { file: "test", text }.parse()
    }

    #[test]
    fn json_and_yaml_of_equal_content_give_equal_trees_in_file_order() {
        let expected = Node::Map(vec![
            ("z".into(), Node::Number(1.0)),
            ("a".into(), Node::List(vec![Node::text("yes"), Node::Flag(true), Node::Null])),
            ("7".into(), Node::text("8")),
        ]);
        assert_eq!(parse("{\"z\": 1.0, \"a\": [\"yes\", true, null], \"7\": \"8\"}").unwrap(), expected);
        assert_eq!(parse("z: 1\na:\n- yes\n- true\n- ~\n7: '8'\n").unwrap(), expected);
        assert_eq!(parse("{z: 1, a: [yes, true, ~], 7: \"8\"}").unwrap(), expected);
    }

    #[test]
    fn written_tree_reads_back_equal_in_both_languages() {
        let tree = Node::Map(vec![
            ("b: x".into(), Node::Number(0.5)),
            ("a".into(), Node::Map(vec![("1".into(), Node::text("12")), ("2".into(), Node::text("true"))])),
            ("c".into(), Node::List(vec![Node::text("~"), Node::text("*.max"), Node::Number(-3.0)])),
        ]);
        assert_eq!(parse(&serde_saphyr::to_string(&tree).unwrap()).unwrap(), tree);
        assert_eq!(parse(&serde_json::to_string(&tree).unwrap()).unwrap(), tree);
    }

    #[test]
    fn malformed_text_returns_error_with_line() {
        for (text, line, cause) in [
            ("{\"a\": 1,\n\"a\": 2}", 2, "twice"),
            ("a: 1\nb: 2\na: 3\n", 3, "a"),
            ("a:\n\tb: 1\n", 2, "tab"),
            ("{\"a\": 1,\n\"b\" 2}", 2, "expected"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.place, InputPlace::Line(line), "{text:?}: {error}");
            assert!(error.cause.contains(cause), "{text:?}: {error}");
        }
    }
}
