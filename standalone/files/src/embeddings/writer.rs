//! Writer of embeddings: NumPy arrays, JSON lines, or a Parquet table (feature `parquet`).

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

#[cfg(feature = "npz")]
use super::array_archive::write_npz;
use super::array_file::write_npy;
use super::array_index::ArrayIndex;
use super::file_embeddings::FileEmbeddings;
#[cfg(feature = "parquet")]
use super::parquet_table::ParquetTable;
use super::settings::EmbeddingSettings;
use crate::analyzed_file::AnalyzedFile;
use crate::earlier_results::EarlierResults;
use crate::error::FileError;
use crate::path_text::PathText;
use crate::provenance::Provenance;

/// Schema of the object of a file.
const SCHEMA: &str = "earmark-embeddings/1";

/// Format of embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbeddingsFormat {
    /// NumPy arrays: `<file>.npy` for each file, f32 in the order `[patch][value]`, and an index of them.
    Npy,
    /// Archives of NumPy arrays: `<file>.npz` for each file, with `values`, `start_s`, `end_s` and `about`, and an index of
    /// them.
    #[cfg(feature = "npz")]
    Npz,
    /// JSON lines: one object per file.
    Json,
    /// Parquet table: one row per patch.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl EmbeddingsFormat {
    /// Returns the extension of arrays with a dot; `None` for a format whose results go to one stream.
    fn extension(self) -> Option<&'static str> {
        match self {
            Self::Npy => Some(".npy"),
            #[cfg(feature = "npz")]
            Self::Npz => Some(".npz"),
            _ => None,
        }
    }

    /// Whether all results go to one stream.
    #[must_use]
    pub fn is_stream(self) -> bool {
        self.extension().is_none()
    }
}

/// Destination of embeddings.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddingsTarget<'a> {
    /// Format.
    pub format: EmbeddingsFormat,
    /// For NumPy arrays a folder (default: the current folder), otherwise a file (default: standard output).
    pub out: Option<&'a Path>,
    /// Number of values of an embedding.
    pub width: usize,
    /// Whether the results that the file has are kept, so that those of this run follow. A folder of arrays is always
    /// continued.
    pub is_continued: bool,
}

/// Writer of the embeddings of consecutive files.
pub struct EmbeddingsWriter {
    destination: Destination,
    settings: EmbeddingSettings,
    origin: Provenance,
}

enum Destination {
    Arrays {
        folder: PathBuf,
        index: Box<ArrayIndex>,
        format: EmbeddingsFormat,
    },
    Json {
        out: Box<dyn Write>,
        earlier: EarlierResults,
    },
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetTable>),
}

/// Object of a file.
#[derive(Serialize)]
struct EmbeddingsObject<'a> {
    schema: &'static str,
    #[serde(flatten)]
    path: PathText,
    decoder: Option<&'a str>,
    model: &'a str,
    width: usize,
    file: Option<&'a AnalyzedFile>,
    provenance: &'a Provenance,
    embeddings: Vec<PatchObject<'a>>,
}

#[derive(Serialize)]
struct PatchObject<'a> {
    start_s: f64,
    end_s: f64,
    values: &'a [f32],
}

impl EmbeddingsWriter {
    /// Opens the destination of embeddings with these settings and this origin.
    ///
    /// # Errors
    /// If the folder or the file cannot be created, or the folder has an index of something else, or the file has results of
    /// other settings after which a run cannot continue.
    pub fn new(
        target: EmbeddingsTarget<'_>,
        settings: EmbeddingSettings,
        origin: Provenance,
    ) -> Result<Self, FileError> {
        let EmbeddingsTarget { format, out, is_continued, .. } = target;
        let open_error = |error: io::Error| FileError::Open {
            name: out.map_or("standard output".into(), |out| out.display().to_string()),
            error,
        };
        let destination = match format {
            EmbeddingsFormat::Json => match out {
                Some(path) => {
                    let earlier = match is_continued {
                        true => EarlierResults::of_lines(path, &origin)?,
                        false => EarlierResults::default(),
                    };
                    let mut options = File::options();
                    options.create(true).append(is_continued).write(true).truncate(!is_continued);
                    let file = options.open(path).map_err(open_error)?;
                    Destination::Json { out: Box::new(BufWriter::new(file)), earlier }
                }
                None => {
                    let earlier = EarlierResults::default();
                    Destination::Json { out: Box::new(BufWriter::new(io::stdout())), earlier }
                }
            },
            #[cfg(feature = "parquet")]
            EmbeddingsFormat::Parquet => {
                Destination::Parquet(Box::new(ParquetTable::create(out, &origin, target.width, is_continued)?))
            }
            _ => {
                let folder = out.unwrap_or(Path::new(".")).to_owned();
                fs::create_dir_all(&folder).map_err(open_error)?;
                let extension = format.extension().unwrap_or_default();
                let index = Box::new(ArrayIndex::open(&folder, extension, origin.clone())?);
                Destination::Arrays { folder, index, format }
            }
        };
        Ok(Self { destination, settings, origin })
    }

    /// Whether there is a result of this file with the same settings: an array, which the index has, or an object or rows of
    /// an earlier run that is continued. Blocks.
    #[must_use]
    pub fn contains(&self, path: &Path) -> bool {
        match &self.destination {
            Destination::Arrays { index, .. } => index.find(path, &self.settings).is_some(),
            Destination::Json { earlier, .. } => earlier.contains(path),
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.contains(path),
        }
    }

    /// Writes the embeddings of one file. `below` is the path of an array in the folder, without its extension; see
    /// [`crate::find::path_below`]. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub fn write(&mut self, below: &Path, embeddings: &FileEmbeddings) -> io::Result<()> {
        match &mut self.destination {
            Destination::Arrays { folder, index, format } => {
                let array = index.name(below, &embeddings.path, &self.settings);
                match format {
                    #[cfg(feature = "npz")]
                    EmbeddingsFormat::Npz => write_npz(&folder.join(&array), embeddings, &self.origin)?,
                    _ => write_npy(&folder.join(&array), embeddings)?,
                }
                index.add(&array, embeddings, &self.settings)
            }
            Destination::Json { out, .. } => {
                serde_json::to_writer(&mut *out, &object(embeddings, &self.origin))?;
                out.write_all(b"\n")?;
                out.flush()
            }
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.push(embeddings),
        }
    }

    /// Completes and closes the destination. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self.destination {
            Destination::Arrays { .. } => Ok(()),
            Destination::Json { mut out, .. } => out.flush(),
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.finish(),
        }
    }

    /// Closes the destination of a run that ended early. Returns the files that have the results of a table so far. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub fn finish_partial(self) -> io::Result<Vec<PathBuf>> {
        match self.destination {
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.finish_partial(),
            _ => self.finish().map(|()| Vec::new()),
        }
    }
}

fn object<'a>(embeddings: &'a FileEmbeddings, origin: &'a Provenance) -> EmbeddingsObject<'a> {
    let patch = |((start_s, end_s), values)| PatchObject { start_s, end_s, values };
    EmbeddingsObject {
        schema: SCHEMA,
        path: PathText::new(&embeddings.path),
        decoder: embeddings.file.as_ref().map(|file| &*file.decoder),
        model: &embeddings.model,
        width: embeddings.width,
        file: embeddings.file.as_ref(),
        provenance: origin,
        embeddings: embeddings.patches().map(patch).collect(),
    }
}
