//! Index of a folder of arrays: names each array's file, so that no array of another file is overwritten.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::file_embeddings::FileEmbeddings;
use super::settings::EmbeddingSettings;
use crate::analyzed_file::AnalyzedFile;
use crate::array_index_error::ArrayIndexError;
use crate::find::is_pipe;
use crate::path_text::PathText;
use crate::provenance::Provenance;
use crate::whole_file::with_suffix;

/// Name of the index in the folder of the arrays.
pub const INDEX_NAME: &str = "index.jsonl";

/// Schema of a line of the index.
const SCHEMA: &str = "earmark-arrays/1";
/// Maximum length of a line in bytes: paths, facts about the file, and the origin of the array.
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
    /// Number of patches and of values of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shape: Option<[usize; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<AnalyzedFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
}

/// Source of an array: absolute path and settings; no path for a pipe, whose content is new each time.
type ArraySource = (Option<PathBuf>, EmbeddingSettings);

/// Array of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct KnownArray {
    /// Path below the folder.
    array: PathBuf,
    /// Hash of the model, if the index has it.
    sha256: Option<String>,
}

/// Index of a folder of arrays.
#[derive(Debug)]
pub(super) struct ArrayIndex {
    folder: PathBuf,
    file: File,
    arrays: KnownArrays,
    /// Extension of the arrays, with a dot.
    extension: &'static str,
    origin: Provenance,
}

/// Arrays of an index.
#[derive(Debug, Default)]
struct KnownArrays {
    /// Source of each array by its path below the folder.
    sources: HashMap<PathBuf, ArraySource>,
    /// Array of each source that is a file.
    of_files: HashMap<ArraySource, KnownArray>,
}

impl KnownArrays {
    fn insert(&mut self, array: PathBuf, source: ArraySource, sha256: Option<String>, extension: &str) {
        if source.0.is_some() && array.as_os_str().as_encoded_bytes().ends_with(extension.as_bytes()) {
            self.of_files.insert(source.clone(), KnownArray { array: array.clone(), sha256 });
        }
        self.sources.insert(array, source);
    }
}

impl ArrayIndex {
    /// Opens the index of a folder, which exists, for arrays of this origin with this extension. Blocks.
    ///
    /// # Errors
    /// If the index cannot be read or written, or a line is no entry.
    pub(super) fn open(folder: &Path, extension: &'static str, origin: Provenance) -> Result<Self, ArrayIndexError> {
        let path = folder.join(INDEX_NAME);
        let failed = |error| ArrayIndexError::Io { path: path.clone(), error };
        let options = || File::options().create(true).read(true).append(true).open(&path);
        let mut file = options().map_err(failed)?;
        let (arrays, is_whole) = read(&path, BufReader::new(&file), extension)?;
        if !is_whole {
            // The last line of a killed run: its array is not known, and its name is not used.
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Self { folder: folder.to_owned(), file, arrays, extension, origin })
    }

    /// Returns the array of a file with these settings and of the same model, if there is one.
    pub(super) fn find(&self, file: &Path, settings: &EmbeddingSettings) -> Option<&Path> {
        let known = self.arrays.of_files.get(&(Some(source(file)?), settings.clone()))?;
        let is_of_model = known.sha256.is_none() || known.sha256 == self.sha256();
        (is_of_model && self.folder.join(&known.array).is_file()).then_some(&*known.array)
    }

    /// Returns the hash of the model.
    fn sha256(&self) -> Option<String> {
        self.origin.models.first().map(|model| model.sha256.clone())
    }

    /// Returns the path below the folder for the array of a file: the one that the index has for it, or `below` with
    /// the extension, with a number if that name belongs to another file, to other settings, or to nothing in the index.
    pub(super) fn name(&self, below: &Path, file: &Path, settings: &EmbeddingSettings) -> PathBuf {
        if let Some(known) = self.arrays.of_files.get(&(source(file), settings.clone())) {
            return known.array.clone();
        }
        let extension = self.extension;
        let names = (0_u32..).map(|number| match number {
            0 => with_suffix(below, extension),
            number => with_suffix(below, &format!(".{number}{extension}")),
        });
        let is_free = |name: &PathBuf| !self.arrays.sources.contains_key(name) && !self.folder.join(name).exists();
        names.into_iter().find(is_free).unwrap_or_default()
    }

    /// Adds an array that was written. Blocks.
    pub(super) fn add(
        &mut self,
        array: &Path,
        embeddings: &FileEmbeddings,
        settings: &EmbeddingSettings,
    ) -> io::Result<()> {
        let file = &*embeddings.path;
        let source = source(file);
        let entry = (source.clone(), settings.clone());
        let sha256 = self.sha256();
        if self.arrays.of_files.get(&entry).is_some_and(|known| known.array == array && known.sha256 == sha256) {
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
            shape: Some([embeddings.spans.len(), embeddings.width]),
            file: embeddings.file.clone(),
            provenance: Some(self.origin.clone()),
        };
        // One call, so that the lines of two programs do not mix.
        self.file.write_all((serde_json::to_string(&line)? + "\n").as_bytes())?;
        self.arrays.insert(array.to_owned(), entry, sha256, self.extension);
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
fn read(path: &Path, mut text: impl BufRead, extension: &str) -> Result<(KnownArrays, bool), ArrayIndexError> {
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
                let sha256 = entry.provenance.and_then(|origin| Some(origin.models.first()?.sha256.clone()));
                arrays.insert(array.to_path(), (source, entry.settings), sha256, extension);
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
