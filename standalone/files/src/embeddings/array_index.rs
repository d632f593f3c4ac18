//! Index of a folder of arrays: names each array's file, so that no array of another file is overwritten.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::settings::EmbeddingSettings;
use crate::array_index_error::ArrayIndexError;
use crate::find::is_pipe;
use crate::path_text::PathText;
use crate::whole_file::with_suffix;

/// Name of the index in the folder of the arrays.
pub const INDEX_NAME: &str = "index.jsonl";

/// Schema of a line of the index.
const SCHEMA: &str = "earmark-arrays/1";
/// Maximum length of a line in bytes: two paths, and the id of a model.
const MAX_LINE: usize = 64 << 10;

/// Line of the index.
#[derive(Debug, Serialize, Deserialize)]
struct IndexLine {
    schema: String,
    /// Path of the array below the folder.
    array: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    array_bytes: Option<String>,
    /// Path of the audio file as given.
    #[serde(flatten)]
    path: PathText,
    /// Absolute path of the audio file; none for a pipe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_bytes: Option<String>,
    #[serde(flatten)]
    settings: EmbeddingSettings,
}

/// Source of an array: absolute path and settings; no path for a pipe, whose content is new each time.
type ArraySource = (Option<PathBuf>, EmbeddingSettings);

/// Index of a folder of arrays.
#[derive(Debug)]
pub(super) struct ArrayIndex {
    folder: PathBuf,
    file: File,
    arrays: KnownArrays,
}

/// Arrays of an index.
#[derive(Debug, Default)]
struct KnownArrays {
    /// Source of each array by its path below the folder.
    sources: HashMap<PathBuf, ArraySource>,
    /// Array of each source that is a file.
    of_files: HashMap<ArraySource, PathBuf>,
}

impl KnownArrays {
    fn insert(&mut self, array: PathBuf, source: ArraySource) {
        if source.0.is_some() {
            self.of_files.insert(source.clone(), array.clone());
        }
        self.sources.insert(array, source);
    }
}

impl ArrayIndex {
    /// Opens the index of a folder, which exists. Blocks.
    ///
    /// # Errors
    /// If the index cannot be read or written, or a line is no entry.
    pub(super) fn open(folder: &Path) -> Result<Self, ArrayIndexError> {
        let path = folder.join(INDEX_NAME);
        let failed = |error| ArrayIndexError::Io { path: path.clone(), error };
        let options = || File::options().create(true).read(true).append(true).open(&path);
        let mut file = options().map_err(failed)?;
        let (arrays, is_whole) = read(&path, BufReader::new(&file))?;
        if !is_whole {
            // The last line of a killed run: its array is not known, and its name is not used.
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Self { folder: folder.to_owned(), file, arrays })
    }

    /// Returns the array of a file with these settings, if there is one.
    pub(super) fn find(&self, file: &Path, settings: &EmbeddingSettings) -> Option<&Path> {
        let array = self.arrays.of_files.get(&(Some(source(file)?), settings.clone()))?;
        self.folder.join(array).is_file().then_some(array)
    }

    /// Returns the path below the folder for the array of a file: the one that the index has for it, or `below` with `.npy`,
    /// with a number if that name belongs to another file, to other settings, or to nothing in the index.
    pub(super) fn name(&self, below: &Path, file: &Path, settings: &EmbeddingSettings) -> PathBuf {
        if let Some(known) = self.arrays.of_files.get(&(source(file), settings.clone())) {
            return known.clone();
        }
        let names = (0_u32..).map(|number| match number {
            0 => with_suffix(below, ".npy"),
            number => with_suffix(below, &format!(".{number}.npy")),
        });
        let is_free = |name: &PathBuf| !self.arrays.sources.contains_key(name) && !self.folder.join(name).exists();
        names.into_iter().find(is_free).unwrap_or_default()
    }

    /// Adds an array that was written. Blocks.
    pub(super) fn add(&mut self, array: &Path, file: &Path, settings: &EmbeddingSettings) -> io::Result<()> {
        let source = source(file);
        let entry = (source.clone(), settings.clone());
        if self.arrays.sources.get(array) == Some(&entry) {
            return Ok(());
        }
        let PathText { path: name, path_bytes: array_bytes } = PathText::new(array);
        let source = source.as_deref().map(PathText::new);
        let line = IndexLine {
            schema: SCHEMA.to_owned(),
            array: name,
            array_bytes,
            path: PathText::new(file),
            source_bytes: source.as_ref().and_then(|source| source.path_bytes.clone()),
            source: source.map(|source| source.path),
            settings: settings.clone(),
        };
        // One call, so that the lines of two programs do not mix.
        self.file.write_all((serde_json::to_string(&line)? + "\n").as_bytes())?;
        self.arrays.insert(array.to_owned(), entry);
        Ok(())
    }
}

/// Returns the absolute path of a file; none for a pipe.
fn source(file: &Path) -> Option<PathBuf> {
    if is_pipe(file) {
        return None;
    }
    fs::canonicalize(file).or_else(|_| std::path::absolute(file)).ok()
}

/// Reads the lines of an index. Returns the arrays, and whether the last line is complete.
fn read(path: &Path, mut text: impl BufRead) -> Result<(KnownArrays, bool), ArrayIndexError> {
    let mut arrays = KnownArrays::default();
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let read = io::Read::take(&mut text, MAX_LINE as u64 + 1).read_until(b'\n', &mut bytes);
        read.map_err(|error| ArrayIndexError::Io { path: path.to_owned(), error })?;
        let wrong = |why: String| ArrayIndexError::Line { path: path.to_owned(), line, schema: SCHEMA, why };
        if bytes.len() > MAX_LINE {
            return Err(wrong(format!("expected at most {MAX_LINE} bytes")));
        }
        let is_whole = bytes.last() == Some(&b'\n');
        match serde_json::from_slice::<IndexLine>(&bytes) {
            _ if bytes.is_empty() => return Ok((arrays, true)),
            _ if bytes.trim_ascii().is_empty() => {}
            Ok(entry) if entry.schema == SCHEMA => {
                let array = PathText { path: entry.array, path_bytes: entry.array_bytes };
                let source = entry.source.map(|path| PathText { path, path_bytes: entry.source_bytes }.to_path());
                arrays.insert(array.to_path(), (source, entry.settings));
            }
            Ok(entry) => return Err(wrong(format!("got the schema `{}`", entry.schema))),
            Err(_) if bytes.starts_with(b"{\"schema\":\"earmark-arrays/") => {}
            Err(error) => return Err(wrong(error.to_string())),
        }
        if !is_whole {
            return Ok((arrays, false));
        }
    }
    Ok((arrays, true))
}
