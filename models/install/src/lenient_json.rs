//! JSON as people and scripts write it: with trailing commas, comments, `NaN`, and line breaks in texts.

use serde_json::Value;

/// Parses JSON. A text that is no JSON is parsed again without trailing commas and comments, with `null` for `NaN` and
/// infinite numbers, and with spaces for control characters in texts. Positions in errors are those of the text.
pub(crate) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&cleaned(text)))
}

/// Returns the text with a space for each part that JSON does not allow.
fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let token = token_len(rest);
        let (token, after) = rest.split_at(token.max(first.len_utf8()));
        match first {
            '"' => out.extend(token.chars().map(|c| if c.is_control() { ' ' } else { c })),
            '/' if token.len() > 1 => out.extend(token.chars().map(|c| if c == '\n' { c } else { ' ' })),
            ',' if next_token(after).is_none_or(|next| matches!(next, ']' | '}')) => out.push(' '),
            _ if matches!(token, "NaN" | "Infinity" | "-Infinity") => out.push_str("null"),
            _ => out.push_str(token),
        }
        rest = after;
    }
    out
}

/// Returns the length of the token at the start of a text: a string, a comment, a word or a character.
fn token_len(text: &str) -> usize {
    let up_to = |end: &str| text[2..].find(end).map(|at| at + 2);
    if text.starts_with('"') {
        let mut escaped = false;
        let closing = text.char_indices().skip(1).find(|&(_, c)| {
            let is_end = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            is_end
        });
        return closing.map_or(text.len(), |(at, _)| at + 1);
    }
    if text.starts_with("//") {
        return up_to("\n").unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return up_to("*/").map_or(text.len(), |at| at + 2);
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-+._".contains(c);
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

/// Returns the first character after spaces and comments.
fn next_token(mut text: &str) -> Option<char> {
    loop {
        text = text.trim_start();
        if !text.starts_with("//") && !text.starts_with("/*") {
            return text.chars().next();
        }
        text = &text[token_len(text)..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_commas_comments_and_nan_are_read() {
        let text = "{ // made by hand\n\"a\": [1, 2, ], /* , */ \"b\": {\"x\": NaN, \"y\": -Infinity,},\n\"c\": \"a,] // \\\" }\n\",\n}";
        let value = parse(text).unwrap();
        assert_eq!(value, serde_json::json!({"a": [1, 2], "b": {"x": null, "y": null}, "c": "a,] // \" } "}));
    }

    #[test]
    fn text_without_json_is_rejected_at_its_position() {
        for text in ["", "{", "\"", "/*", "//", "[1,,2]", "{\"a\": \"\\\"}", "[1 2]", ","] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("{\n\"a\": 1,\n\"b\" 2,\n}").unwrap_err().to_string().ends_with("at line 3 column 5"));
        // Nested deeper than the recursion limit of the parser.
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }
}
