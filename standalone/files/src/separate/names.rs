//! Names of the output files: a pattern with keys, and one name for each input.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Keys of a pattern.
const KEYS: [&str; 5] = ["name", "stem", "ext", "folder", "model"];

/// Error in a name pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NamePatternError {
    /// A key in braces is unknown.
    #[error(
        "unknown key `{{{0}}}` in the name pattern (expected {{name}}, {{stem}}, {{ext}}, {{folder}} or {{model}})"
    )]
    Key(String),
    /// A brace has no counterpart.
    #[error("unpaired brace in the name pattern `{0}`")]
    Brace(String),
    /// All stems would be written to the same file.
    #[error("the name pattern `{0}` needs the key {{stem}}: several stems are written")]
    NoStem(String),
    /// The pattern leads out of the output folder.
    #[error("the name pattern `{0}` leads out of the output folder (expected a relative path without `..`)")]
    Outside(String),
}

/// Pattern of the paths of stems in the output folder, such as `{name}/{stem}.{ext}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Key(&'static str),
}

impl NamePattern {
    /// Default pattern: a folder for each file.
    pub const DEFAULT: &str = "{name}/{stem}.{ext}";

    /// Parses a pattern for files of `stems` stems.
    ///
    /// # Errors
    /// If a key is unknown, a brace is unpaired, the pattern leads out of the folder, or `{stem}` is missing.
    pub fn new(pattern: &str, stems: usize) -> Result<Self, NamePatternError> {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some(open) = rest.find(['{', '}']) {
            let unpaired = || NamePatternError::Brace(pattern.to_owned());
            let close = rest[open..].find('}').filter(|&close| close > 0).ok_or_else(unpaired)?;
            let key = &rest[open + 1..open + close];
            let known = KEYS.into_iter().find(|known| *known == key);
            parts.push(Part::Text(rest[..open].to_owned()));
            parts.push(Part::Key(known.ok_or_else(|| NamePatternError::Key(key.to_owned()))?));
            rest = &rest[open + close + 1..];
        }
        parts.push(Part::Text(rest.to_owned()));
        let below = |path: &Path| path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if pattern.is_empty() || pattern.ends_with('/') || !below(Path::new(pattern)) {
            return Err(NamePatternError::Outside(pattern.to_owned()));
        }
        if stems > 1 && !parts.contains(&Part::Key("stem")) {
            return Err(NamePatternError::NoStem(pattern.to_owned()));
        }
        Ok(Self(parts))
    }

    /// Returns the path of one stem.
    #[must_use]
    pub fn path(&self, values: &NameValues<'_>, stem: &str) -> PathBuf {
        let NameValues { name, ext, folder, model } = *values;
        let text = self.0.iter().map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Key("name") => name,
            Part::Key("stem") => stem,
            Part::Key("ext") => ext,
            Part::Key("folder") => folder,
            Part::Key(_) => model,
        });
        text.collect::<String>().into()
    }
}

/// Values of the keys of a pattern for one file.
#[derive(Debug, Clone, Copy)]
pub struct NameValues<'a> {
    /// Name of the file without extension, unique among all inputs.
    pub name: &'a str,
    /// Extension of the format.
    pub ext: &'a str,
    /// Name of the folder that contains the file.
    pub folder: &'a str,
    /// Id of the model.
    pub model: &'a str,
}

/// Input file with its values for a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedInput {
    /// Path of the file.
    pub path: PathBuf,
    /// Name without extension; a number in parentheses is added to the second of two files with the same outputs.
    pub name: String,
    /// Name of the folder that contains the file; `.` if the path has none.
    pub folder: String,
    /// Whether the name has a number because another file has the same outputs.
    pub renamed: bool,
}

/// Returns a name for each file, so that no two files have the same outputs.
#[must_use]
pub fn name_inputs(paths: &[PathBuf], pattern: &NamePattern, model: &str) -> Vec<NamedInput> {
    let mut taken = HashSet::new();
    let mut inputs = Vec::new();
    for path in paths {
        let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
        let stdin = path == Path::new("-");
        let base = if stdin { "stdin".to_owned() } else { text(path.file_stem()).unwrap_or_default() };
        let folder = text(path.parent().and_then(Path::file_name)).unwrap_or_else(|| ".".to_owned());
        let mut name = base.clone();
        let mut number = 1;
        let values = |name: &str| {
            let path = pattern.path(&NameValues { name, ext: "", folder: &folder, model }, "");
            // File systems that ignore case keep one of two such files.
            path.to_string_lossy().to_lowercase()
        };
        while !taken.insert(values(&name)) && number < paths.len() {
            number += 1;
            name = format!("{base} ({number})");
        }
        inputs.push(NamedInput { path: path.clone(), name, folder, renamed: number > 1 });
    }
    inputs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_replaces_all_keys() {
        let pattern = NamePattern::new("{folder}/{model}/{name}-{stem}.{ext}", 2).unwrap();
        let values = NameValues { name: "song", ext: "wav", folder: "album", model: "m" };
        assert_eq!(pattern.path(&values, "vocals"), Path::new("album/m/song-vocals.wav"));
    }

    #[test]
    fn invalid_pattern_is_refused() {
        let refused = |pattern: &str| NamePattern::new(pattern, 2).unwrap_err();
        assert_eq!(refused("{title}/{stem}"), NamePatternError::Key("title".into()));
        assert_eq!(refused("{stem"), NamePatternError::Brace("{stem".into()));
        assert_eq!(refused("stem}{"), NamePatternError::Brace("stem}{".into()));
        assert_eq!(refused("{name}.wav"), NamePatternError::NoStem("{name}.wav".into()));
        for outside in ["../{stem}", "/tmp/{stem}", ""] {
            assert_eq!(refused(outside), NamePatternError::Outside(outside.into()));
        }
        assert!(NamePattern::new("{name}.wav", 1).is_ok());
    }

    #[test]
    fn second_file_of_the_same_name_gets_a_number() {
        let pattern = NamePattern::new(NamePattern::DEFAULT, 2).unwrap();
        let paths = ["a/song.flac", "b/Song.wav", "b/other.wav", "-"].map(PathBuf::from);
        let names: Vec<_> = name_inputs(&paths, &pattern, "m").into_iter().map(|i| (i.name, i.renamed)).collect();
        let expected = [("song", false), ("Song (2)", true), ("other", false), ("stdin", false)];
        assert_eq!(names, expected.map(|(name, renamed)| (name.to_owned(), renamed)));
        let by_folder = NamePattern::new("{folder}/{name}/{stem}.{ext}", 2).unwrap();
        assert!(name_inputs(&paths, &by_folder, "m").iter().all(|input| !input.renamed));
    }
}
