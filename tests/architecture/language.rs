//! Language of the sources: words that no name, comment or text may have, beginnings that no documentation line may have,
//! and public types of the libraries that share a name.
//!
//! A word is a run of letters; `snake_case` and `CamelCase` names are divided into their words, and case is ignored.
//! `frames_heard` has the word *heard*; `TcpListener` has none of the list.

mod lexer;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use self::lexer::{Kind, Piece};
use super::source::Source;

/// Words of a private vocabulary or of personification.
const REFUSED_WORDS: &[&str] = &[
    "whoever",
    "nobody",
    "somebody",
    "wish",
    "wishes",
    "wished",
    "anew",
    "teller",
    "attendant",
    "glimpse",
    "deed",
    "ears",
    "heard",
    "hears",
    "hearing",
    "tell",
    "tells",
    "told",
];

/// Pairs of words that are refused where one follows the other.
const REFUSED_PAIRS: &[[&str; 2]] = &[["how", "manieth"], ["let", "go"]];

/// First words that no documentation line may have.
const REFUSED_BEGINNINGS: &[&str] = &["How", "What", "Who", "Whoever", "Where", "Why", "Nobody", "Somebody"];

/// A sentence that no documentation line may begin with.
const REFUSED_SENTENCE: &str = "The same.";

/// Largest number of exceptions.
const MAX_EXCEPTIONS: usize = 20;

/// Breach of a rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Breach {
    /// Path from the root of the workspace, with `/`.
    pub(super) file: String,
    /// Line, from 1.
    pub(super) line: usize,
    /// Refused word, in lower case; for a type, its name.
    pub(super) word: String,
    pub(super) rule: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: `{}`: {}", self.file, self.line, self.word, self.rule)
    }
}

/// Word or type name that one file may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exception {
    pub(super) file: &'static str,
    pub(super) word: &'static str,
    pub(super) reason: &'static str,
}

/// Returns the refused words of a file, in identifiers, documentation, comments and string literals.
pub(super) fn refused_words(file: &str, text: &str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (kind, words) in runs(&lexer::pieces(text)) {
        let place = match kind {
            Kind::Identifier => "a name",
            Kind::Doc => "documentation",
            Kind::Comment => "a comment",
            Kind::Literal => "a text",
        };
        let mut add = |line, word: String| {
            breaches.push(Breach { file: file.to_owned(), line, word, rule: format!("refused in {place}") });
        };
        for (line, word) in &words {
            if REFUSED_WORDS.contains(&&**word) {
                add(*line, word.clone());
            }
        }
        for pair in words.windows(2) {
            if REFUSED_PAIRS.iter().any(|[first, second]| pair[0].1 == *first && pair[1].1 == *second) {
                add(pair[0].0, format!("{} {}", pair[0].1, pair[1].1));
            }
        }
    }
    breaches.sort();
    breaches
}

/// Returns the documentation lines of a file that begin with a refused word. Every line counts, not only the first.
pub(super) fn refused_beginnings(file: &str, text: &str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for piece in lexer::pieces(text).iter().filter(|piece| piece.kind == Kind::Doc) {
        for (line, text) in (piece.line..).zip(piece.text.lines()) {
            let text = text.trim_start_matches([' ', '\t', '*']);
            let first = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
            let word = if text.starts_with(REFUSED_SENTENCE) { REFUSED_SENTENCE } else { first };
            if word == REFUSED_SENTENCE || REFUSED_BEGINNINGS.contains(&word) {
                let rule = "refused at the beginning of a documentation line".to_owned();
                breaches.push(Breach { file: file.to_owned(), line, word: word.to_lowercase(), rule });
            }
        }
    }
    breaches
}

/// Returns the public types that share a name with one of another file. Code for tests is left out.
pub(super) fn shared_type_names(files: &[(String, String)]) -> Vec<Breach> {
    let mut found: BTreeMap<String, BTreeSet<(&str, usize)>> = BTreeMap::new();
    for (file, text) in files {
        for name in Source::parse(text).all_types() {
            let line = text.lines().position(|line| defines(line, &name)).map_or(1, |index| index + 1);
            found.entry(name).or_default().insert((file.as_str(), line));
        }
    }
    let mut breaches = Vec::new();
    for (name, places) in found.into_iter().filter(|(_, places)| places.len() > 1) {
        for (file, line) in &places {
            let others = places.iter().filter(|place| place.0 != *file);
            let others: Vec<_> = others.map(|(file, line)| format!("{file}:{line}")).collect();
            let rule = format!("a public type of this name is also in {}", others.join(", "));
            breaches.push(Breach { file: (*file).to_owned(), line: *line, word: name.clone(), rule });
        }
    }
    breaches.sort();
    breaches
}

/// Returns what is wrong, as messages: breaches without an exception, and exceptions that are not needed, have no reason
/// or are too many.
pub(super) fn verdict(breaches: &[Breach], exceptions: &[Exception]) -> Vec<String> {
    let covers = |exception: &Exception, breach: &Breach| {
        exception.file == breach.file && exception.word.eq_ignore_ascii_case(&breach.word)
    };
    let open = breaches.iter().filter(|breach| !exceptions.iter().any(|exception| covers(exception, breach)));
    let mut messages: Vec<String> = open.map(ToString::to_string).collect();
    for exception in exceptions {
        let Exception { file, word, reason } = exception;
        if !breaches.iter().any(|breach| covers(exception, breach)) {
            messages.push(format!("exception for `{word}` in {file} is not needed: take it out"));
        }
        if reason.trim().is_empty() {
            messages.push(format!("exception for `{word}` in {file} has no reason"));
        }
    }
    if exceptions.len() > MAX_EXCEPTIONS {
        messages.push(format!("too many exceptions (expected at most {MAX_EXCEPTIONS}, got {})", exceptions.len()));
    }
    messages
}

/// Words with their lines, by piece; comment lines that follow each other are one piece, so that a pair is also found
/// across a line break.
fn runs(pieces: &[Piece]) -> Vec<(Kind, Vec<(usize, String)>)> {
    let mut runs: Vec<(Kind, Vec<(usize, String)>)> = Vec::new();
    for piece in pieces {
        let lines = (piece.line..).zip(piece.text.split('\n'));
        let words = lines.flat_map(|(line, text)| words(text).into_iter().map(move |word| (line, word)));
        match runs.last_mut() {
            Some((kind, run)) if *kind == piece.kind && matches!(kind, Kind::Doc | Kind::Comment) => run.extend(words),
            _ => runs.push((piece.kind, words.collect())),
        }
    }
    runs
}

/// Divides a text or a name into its words, in lower case: `HTTPServer frames_heard2` is `http server frames heard`.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for run in text.split(|c: char| !c.is_alphabetic()) {
        let letters: Vec<char> = run.chars().collect();
        let begins = |at: usize| {
            let after_lower = letters[at - 1].is_lowercase() && letters[at].is_uppercase();
            let ends_acronym = letters[at].is_uppercase() && letters.get(at + 1).is_some_and(|c| c.is_lowercase());
            after_lower || ends_acronym
        };
        let mut start = 0;
        for at in 1..=letters.len() {
            if at == letters.len() || begins(at) {
                words.push(letters[start..at].iter().collect::<String>().to_lowercase());
                start = at;
            }
        }
    }
    words
}

/// Whether a line of code defines a public type of this name.
fn defines(line: &str, name: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let is_public = line.trim_start().starts_with("pub ");
    is_public && words.any(|word| Source::TYPE_KEYWORDS.contains(&word)) && words.next() == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The refused words of a source, with their lines.
    fn found(source: &str) -> Vec<(usize, String)> {
        refused_words("a.rs", source).into_iter().map(|breach| (breach.line, breach.word)).collect()
    }

    fn beginnings(source: &str) -> Vec<(usize, String)> {
        refused_beginnings("a.rs", source).into_iter().map(|breach| (breach.line, breach.word)).collect()
    }

    fn same_names(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        shared_type_names(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn refused_word_is_found_in_names_docs_comments_and_texts() {
        for source in [
            "fn frames_heard() {}",
            "const HEARD_S: f32 = 1.0;",
            "struct FramesHeard;",
            "struct HeardX2(u8);",
            "struct WAVHeard;",
            "let heardThat = 1;",
            "let heard2 = 1;",
            "let r#heard = 1;",
            "fn f<'heard>() {}",
            "//! Heard.",
            "/// Frames heard.",
            "// frames `heard`",
            "/* heard, */",
            "f(\"frames heard\")",
            "f(r#\"frames\u{201d}heard\"#)",
            "f(b\"\\nheard\\n\")",
            "panic!(\"{heard}\")",
            "macro_rules! m { () => { heard } }",
        ] {
            assert_eq!(found(source), [(1, "heard".to_owned())], "{source}");
        }
    }

    #[test]
    fn every_word_and_pair_of_the_list_is_found() {
        for word in REFUSED_WORDS {
            assert_eq!(found(&format!("/// An {word}.")), [(1, (*word).to_owned())]);
            assert_eq!(found(&format!("fn is_{word}_now() {{}}")), [(1, (*word).to_owned())]);
        }
        for [first, second] in REFUSED_PAIRS {
            let pair = format!("{first} {second}");
            assert_eq!(found(&format!("// The {pair}.")), [(1, pair.clone())]);
            assert_eq!(found(&format!("fn {first}_{second}() {{}}")), [(1, pair.clone())]);
            assert_eq!(found(&format!("/// The {first}\n    /// {second}.")), [(1, pair)]);
        }
    }

    #[test]
    fn plain_text_and_similar_names_pass() {
        let source = "
            //! Samples that were processed. A client that wishfully overhears is retold the shears.
            use std::net::TcpListener;
            /// Lets the stream go on.
            fn listen(listener: TcpListener, years: u8, indeed: u8) {
                let go = \"untold, foretell, unheard\";
            }
        ";
        assert_eq!(found(source), Vec::<(usize, String)>::new());
    }

    #[test]
    fn line_of_a_word_is_that_of_the_word() {
        let source = "fn f() {\n    g(\"one\n        told\")\n}\n/* two\ntells */\nstruct Wish;";
        assert_eq!(found(source), [(3, "told".to_owned()), (6, "tells".to_owned()), (7, "wish".to_owned())]);
    }

    #[test]
    fn documentation_line_with_a_refused_beginning_is_found() {
        for word in REFUSED_BEGINNINGS {
            for marker in ["///", "//!", "    ///  "] {
                assert_eq!(beginnings(&format!("{marker} {word} it is.")), [(1, word.to_lowercase())]);
            }
        }
        assert_eq!(beginnings("/// First.\n/// What follows."), [(2, "what".to_owned())]);
        assert_eq!(beginnings("/// What's next."), [(1, "what".to_owned())]);
        assert_eq!(beginnings("/// The same."), [(1, "the same.".to_owned())]);
        assert_eq!(beginnings("/** First.\n * Who follows.\n */"), [(2, "who".to_owned())]);
    }

    #[test]
    fn other_lines_pass_as_beginnings() {
        for source in [
            "/// Whether it is so.",
            "/// However long.",
            "/// Length, what follows.",
            "/// The same rate as that of the host.",
            "// What a comment may begin with.",
            "//// What a comment may begin with.",
            "fn f() { g(\"/// What a text has\") }",
        ] {
            assert_eq!(beginnings(source), Vec::<(usize, String)>::new(), "{source}");
        }
    }

    #[test]
    fn public_types_of_one_name_in_two_files_are_found() {
        for definition in
            ["struct Frame;", "struct Frame<T>(T);", "enum Frame { A }", "trait Frame {}", "type Frame = u8;"]
        {
            let other = format!("// first\npub {definition}\npub fn f() {{}}");
            let messages = same_names(&[("a.rs", "pub struct Frame { pub x: u8 }"), ("b.rs", &other)]);
            let expected = [
                "a.rs:1: `Frame`: a public type of this name is also in b.rs:2",
                "b.rs:2: `Frame`: a public type of this name is also in a.rs:1",
            ];
            assert_eq!(messages, expected, "{definition}");
        }
        let inline = "pub mod inner { pub union Frame { x: u8 } }";
        assert_eq!(same_names(&[("a.rs", "pub struct Frame;"), ("b.rs", inline)]).len(), 2);
    }

    #[test]
    fn private_types_tests_values_and_imports_share_names() {
        for other in [
            "struct Frame;",
            "pub(crate) struct Frame;",
            "pub(super) enum Frame { A }",
            "#[cfg(test)] pub struct Frame;",
            "#[cfg(test)] mod tests { pub struct Frame; }",
            "pub use other::Frame;",
            "pub const Frame: u8 = 1;",
            "impl Trait for X { type Frame = u8; }",
            "pub struct Frames; pub fn f() { struct Frame; }",
            "pub fn frame() {} struct Frame;",
        ] {
            let messages = same_names(&[("a.rs", "pub struct Frame;"), ("b.rs", other)]);
            assert_eq!(messages, Vec::<String>::new(), "{other}");
        }
        let variants = "#[cfg(unix)] pub struct Frame; #[cfg(not(unix))] pub struct Frame;";
        assert_eq!(same_names(&[("a.rs", variants)]), Vec::<String>::new());
    }

    #[test]
    fn exception_covers_its_word_in_its_file_only() {
        let breaches = [refused_words("a.rs", "// told and tells"), refused_words("b.rs", "// told")].concat();
        let told = Exception { file: "a.rs", word: "told", reason: "a name of another crate" };
        let expected = ["a.rs:1: `tells`: refused in a comment", "b.rs:1: `told`: refused in a comment"];
        assert_eq!(verdict(&breaches, &[told]), expected);
        assert_eq!(verdict(&[], &[]), Vec::<String>::new());
    }

    #[test]
    fn exception_without_need_or_reason_and_one_too_many_are_refused() {
        let breaches = refused_words("a.rs", "// told");
        let told = Exception { file: "a.rs", word: "told", reason: "a name of another crate" };
        let messages =
            verdict(&breaches, &[told, Exception { word: "tells", ..told }, Exception { reason: " ", ..told }]);
        let expected =
            ["exception for `tells` in a.rs is not needed: take it out", "exception for `told` in a.rs has no reason"];
        assert_eq!(messages, expected);
        assert_eq!(verdict(&breaches, &[told; MAX_EXCEPTIONS]), Vec::<String>::new());
        let messages = verdict(&breaches, &[told; MAX_EXCEPTIONS + 1]);
        assert_eq!(messages, ["too many exceptions (expected at most 20, got 21)"]);
    }
}
