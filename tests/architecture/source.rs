//! Modules of one source file: imports, paths in code, names that are defined.

use std::collections::BTreeSet;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path as it is written: `crate::a::B` is `["crate", "a", "B"]`.
pub(super) type Path = Vec<String>;

/// An import, `use a::b as c`.
#[derive(Debug)]
pub(super) struct Import {
    /// Name in this module; none for `*`.
    pub(super) name: Option<String>,
    pub(super) path: Path,
    /// Whether the import is a re-export: `pub use`, `pub(crate) use`.
    pub(super) is_public: bool,
}

/// Part of a module that one file contains; code for tests is left out.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Names of the modules in files of their own, `mod a;`.
    pub(super) files: Vec<String>,
    /// Modules in this file, `mod a { ... }`.
    pub(super) inline: Vec<(String, Source)>,
    pub(super) imports: Vec<Import>,
    /// Names of items, for imports through `*`.
    pub(super) defined: BTreeSet<String>,
    /// Paths of two segments or more in code.
    pub(super) paths: Vec<Path>,
    /// Identifiers in code outside imports.
    pub(super) words: BTreeSet<String>,
    /// Names of the types of this module that are `pub` without a restriction.
    types: BTreeSet<String>,
}

impl Source {
    /// Keywords before the name of a type.
    pub(super) const TYPE_KEYWORDS: [&str; 5] = ["struct", "enum", "trait", "type", "union"];

    /// Returns the names of the public types of this module and of those within it.
    pub(super) fn all_types(&self) -> BTreeSet<String> {
        let within = self.inline.iter().flat_map(|(_, module)| module.all_types());
        self.types.iter().cloned().chain(within).collect()
    }

    /// Parses a file.
    pub(super) fn parse(text: &str) -> Self {
        let mut source = Self::default();
        let tokens = TokenStream::from_str(text).unwrap_or_else(|error| panic!("not Rust: {error}"));
        source.read(&tokens.into_iter().collect::<Vec<_>>(), true);
        source
    }

    /// Reads the tokens of a module, or of a group within it.
    fn read(&mut self, tokens: &[TokenTree], top: bool) {
        let (mut at, mut is_public, mut is_unrestricted) = (0, false, false);
        while at < tokens.len() {
            let word = word(&tokens[at]);
            match word.as_deref() {
                None if is_test_attribute(&tokens[at..]) => {
                    at = behind_item(tokens, at + 2);
                    is_public = false;
                    continue;
                }
                Some("pub") => {
                    is_public = true;
                    at += 1;
                    is_unrestricted = !matches!(tokens.get(at), Some(TokenTree::Group(_)));
                    at += usize::from(!is_unrestricted);
                    continue;
                }
                Some("use") => {
                    let end =
                        tokens[at..].iter().position(|token| is_punct(token, ';')).map_or(tokens.len(), |n| at + n);
                    self.import(&tokens[at + 1..end], &[], is_public);
                    at = end;
                }
                Some("mod") if top => {
                    let name = tokens.get(at + 1).and_then(self::word).unwrap_or_default();
                    match tokens.get(at + 2) {
                        Some(TokenTree::Group(group)) => {
                            let mut inside = Self::default();
                            inside.read(&group.stream().into_iter().collect::<Vec<_>>(), true);
                            self.inline.push((name, inside));
                        }
                        _ => self.files.push(name),
                    }
                    at += 2;
                }
                Some(keyword) => {
                    let item = ["struct", "enum", "fn", "trait", "type", "const", "static", "union"].contains(&keyword);
                    if top && item {
                        self.defined.extend(tokens.get(at + 1).and_then(self::word));
                    }
                    if top && is_public && is_unrestricted && Self::TYPE_KEYWORDS.contains(&keyword) {
                        self.types.extend(tokens.get(at + 1).and_then(self::word));
                    }
                    at = self.path(tokens, at);
                    is_public = false;
                    continue;
                }
                None => {
                    if let TokenTree::Group(group) = &tokens[at] {
                        self.read(&group.stream().into_iter().collect::<Vec<_>>(), false);
                    }
                }
            }
            is_public = false;
            at += 1;
        }
    }

    /// Reads the path that begins with the word at `at`; returns the index behind it.
    fn path(&mut self, tokens: &[TokenTree], mut at: usize) -> usize {
        let mut path = Path::new();
        while let Some(word) = tokens.get(at).and_then(word) {
            self.words.insert(word.clone());
            path.push(word);
            at += 1;
            let goes_on = tokens.len() > at + 2 && is_punct(&tokens[at], ':') && is_punct(&tokens[at + 1], ':');
            if !goes_on || self::word(&tokens[at + 2]).is_none() {
                break;
            }
            at += 2;
        }
        if path.len() > 1 {
            self.paths.push(path);
        }
        at
    }

    /// Reads the tree behind `use`, below `prefix`.
    fn import(&mut self, tokens: &[TokenTree], prefix: &[String], is_public: bool) {
        for tree in tokens.split(|token| is_punct(token, ',')) {
            let (mut path, mut name) = (prefix.to_vec(), None);
            let mut tokens = tree.iter();
            let mut is_whole = !tree.is_empty();
            while let Some(token) = tokens.next() {
                match token {
                    TokenTree::Ident(ident) if ident == "as" => name = tokens.next().and_then(word),
                    TokenTree::Ident(ident) => path.push(ident.to_string()),
                    TokenTree::Group(group) => {
                        let inside: Vec<_> = group.stream().into_iter().collect();
                        self.import(&inside, &path, is_public);
                        is_whole = false;
                    }
                    token if is_punct(token, '*') => {
                        self.imports.push(Import { name: None, path: path.clone(), is_public });
                        is_whole = false;
                    }
                    _ => {}
                }
            }
            if is_whole {
                // `a::{self}` is `a`.
                if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                    path.pop();
                }
                let name = name.or_else(|| path.last().cloned());
                self.imports.push(Import { name, path, is_public });
            }
        }
    }
}

fn word(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == c)
}

/// Whether `#[cfg(test)]`, or another condition that needs `test`, begins here.
fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    let [sharp, TokenTree::Group(group), ..] = tokens else { return false };
    let words: Vec<String> =
        group.stream().to_string().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    is_punct(sharp, '#') && words[0] == "cfg" && has("test") && !has("not") && !has("any")
}

/// Returns the index behind the item (or field) at `at`: behind its body, its semicolon or its comma.
fn behind_item(tokens: &[TokenTree], at: usize) -> usize {
    let is_item = |token: &TokenTree| {
        let keywords = ["fn", "mod", "impl", "struct", "enum", "trait", "use", "const", "static", "type"];
        word(token).is_some_and(|word| keywords.contains(&&*word))
    };
    let has_keyword = tokens[at..].iter().take_while(|token| !is_punct(token, ',')).any(is_item);
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(token, ';') || (!has_keyword && is_punct(token, ',')),
    };
    tokens[at..].iter().position(is_end).map_or(tokens.len(), |n| at + n + 1)
}
