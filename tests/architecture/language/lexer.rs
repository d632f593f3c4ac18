//! Lexer for the readable parts of a source file: identifiers, comments and string literals.

use std::iter;

/// Kind of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Identifier,
    /// Documentation: `///`, `//!`, `/**`, `/*!`.
    Doc,
    /// Any other comment.
    Comment,
    /// String literal of any kind.
    Literal,
}

/// Readable part of a source file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    /// Line of the first character, from 1.
    pub(super) line: usize,
    /// Text without comment markers and quotes; an escape sequence is replaced by a space.
    pub(super) text: String,
}

/// Returns the readable parts of a source file, in order.
pub(super) fn pieces(source: &str) -> Vec<Piece> {
    let mut lexer = Lexer { rest: source, line: 1, pieces: Vec::new() };
    while let Some(next) = lexer.rest.chars().next() {
        lexer.read(next);
    }
    lexer.pieces
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    pieces: Vec<Piece>,
}

impl<'a> Lexer<'a> {
    /// Reads the token that begins with the character `next`.
    fn read(&mut self, next: char) {
        if self.rest.starts_with("//") {
            self.read_line_comment();
        } else if self.rest.starts_with("/*") {
            self.read_block_comment();
        } else if next == '"' {
            self.read_string();
        } else if next == '\'' {
            self.skip_quote();
        } else if is_name_char(next) {
            self.read_name(next);
        } else {
            self.skip(next.len_utf8());
        }
    }

    /// Returns the next `len` bytes and moves behind them.
    fn skip(&mut self, len: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at(len);
        self.line += skipped.matches('\n').count();
        self.rest = rest;
        skipped
    }

    fn push(&mut self, kind: Kind, line: usize, text: impl Into<String>) {
        self.pieces.push(Piece { kind, line, text: text.into() });
    }

    fn read_line_comment(&mut self) {
        let line = self.line;
        let comment = self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        match comment.strip_prefix("///").filter(|text| !text.starts_with('/')).or(comment.strip_prefix("//!")) {
            Some(text) => self.push(Kind::Doc, line, text),
            None => self.push(Kind::Comment, line, comment.trim_start_matches('/')),
        }
    }

    /// Reads a block comment, in which others may be nested.
    fn read_block_comment(&mut self) {
        let (line, mut depth, mut len) = (self.line, 0, 0);
        loop {
            let rest = &self.rest[len..];
            if rest.starts_with("/*") {
                depth += 1;
                len += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                len += 2;
            } else {
                len += rest.chars().next().map_or(0, char::len_utf8);
            }
            if depth == 0 || len == self.rest.len() {
                break;
            }
        }
        let comment = self.skip(len).trim_start_matches("/*").trim_end_matches("*/");
        let doc = comment.strip_prefix('!').or(comment.strip_prefix('*').filter(|text| !text.starts_with('*')));
        match doc {
            Some(text) => self.push(Kind::Doc, line, text),
            None => self.push(Kind::Comment, line, comment),
        }
    }

    /// Reads a string literal with escape sequences.
    fn read_string(&mut self) {
        let line = self.line;
        self.skip(1);
        let mut text = String::new();
        while let Some(next) = self.rest.chars().next() {
            match next {
                '"' => break,
                '\\' => {
                    let escape = self.skip(escape_len(self.rest));
                    text.push(if escape.ends_with('\n') { '\n' } else { ' ' });
                }
                _ => text.push_str(self.skip(next.len_utf8())),
            }
        }
        self.skip(self.rest.len().min(1));
        self.push(Kind::Literal, line, text);
    }

    /// Reads a raw string literal from its number signs on, if there is one here.
    fn read_raw_string(&mut self) {
        let sharps = self.rest.len() - self.rest.trim_start_matches('#').len();
        if !self.rest[sharps..].starts_with('"') {
            return;
        }
        let line = self.line;
        self.skip(sharps + 1);
        let end: String = iter::once('"').chain(iter::repeat_n('#', sharps)).collect();
        let len = self.rest.find(&end);
        let text = self.skip(len.unwrap_or(self.rest.len()));
        self.skip(len.map_or(0, |_| end.len()));
        self.push(Kind::Literal, line, text);
    }

    /// Skips a character literal, or the quote before a lifetime.
    fn skip_quote(&mut self) {
        self.skip(1);
        let len = match self.rest.chars().next() {
            Some('\\') => escape_len(self.rest),
            Some(c) => c.len_utf8(),
            None => return,
        };
        if self.rest[len..].starts_with('\'') {
            self.skip(len + 1);
        }
    }

    /// Reads an identifier, a number, or the string literal of which it is the prefix.
    fn read_name(&mut self, first: char) {
        let line = self.line;
        let name = self.skip(self.rest.find(|c| !is_name_char(c)).unwrap_or(self.rest.len()));
        if ["r", "br", "cr"].contains(&name) && self.rest.starts_with(['#', '"']) {
            self.read_raw_string();
        } else if !first.is_numeric() {
            self.push(Kind::Identifier, line, name);
        }
    }
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length in bytes of the escape sequence at the beginning of `text`.
fn escape_len(text: &str) -> usize {
    match text.chars().nth(1) {
        Some('x') => text.len().min(4),
        Some('u') => text.find('}').map_or(text.len(), |end| end + 1),
        Some(c) => 1 + c.len_utf8(),
        None => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of a source as (kind, line, text).
    fn read(source: &str) -> Vec<(Kind, usize, String)> {
        pieces(source).into_iter().map(|piece| (piece.kind, piece.line, piece.text)).collect()
    }

    fn texts(source: &str, kind: Kind) -> Vec<String> {
        read(source).into_iter().filter(|(other, ..)| *other == kind).map(|(.., text)| text).collect()
    }

    #[test]
    fn comments_docs_and_code_are_separated() {
        let source = "//! a\n/// b\n//// c\n// d\nfn e() {} /* f /* g */ h */ /** i */ /*! j */";
        assert_eq!(texts(source, Kind::Doc), [" a", " b", " i ", " j "]);
        assert_eq!(texts(source, Kind::Comment), [" c", " d", " f /* g */ h "]);
        assert_eq!(texts(source, Kind::Identifier), ["fn", "e"]);
    }

    #[test]
    fn string_literals_of_every_kind_are_read() {
        let source = r####"("a \" b", r"c\", r#"d " e"#, b"f", br##"g"# h"##, c"i", "j\nk\u{1F3B5}l\x41m")"####;
        let expected = ["a   b", "c\\", "d \" e", "f", "g\"# h", "i", "j k l m"];
        assert_eq!(texts(source, Kind::Literal), expected);
    }

    #[test]
    fn quotes_of_characters_and_lifetimes_begin_no_string() {
        let source = "fn f<'a>(x: &'a str) { ['\"', '\\'', '\\\\', 'b', '\\u{e9}', b'\"'] } // \"";
        assert_eq!(texts(source, Kind::Literal), Vec::<String>::new());
        assert_eq!(texts(source, Kind::Comment), [" \""]);
        assert_eq!(texts(source, Kind::Identifier), ["fn", "f", "a", "x", "a", "str", "b"]);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let source = "/* 1\n2 */ a \"3\\\n  4\n5\" b\nr#\"\n\"# c 1.5e3 r#type";
        let lines: Vec<_> = read(source).into_iter().filter(|piece| piece.0 == Kind::Identifier).collect();
        let expected = [("a", 2), ("b", 4), ("c", 6), ("type", 6)];
        assert_eq!(lines, expected.map(|(text, line)| (Kind::Identifier, line, text.to_owned())));
        assert_eq!(texts(source, Kind::Literal), ["3\n  4\n5", "\n"]);
    }
}
