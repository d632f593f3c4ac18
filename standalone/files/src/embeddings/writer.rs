//! Writer of embeddings: NumPy arrays, JSON lines, or a Parquet table (feature `parquet`).

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use earmark_capture::decode::DecoderBackend;
use ndarray::ArrayView2;
use ndarray_npy::{WriteNpyError, WriteNpyExt};
use serde_json::{Value, json};

use super::array_index::ArrayIndex;
use super::file_embeddings::FileEmbeddings;
#[cfg(feature = "parquet")]
use super::parquet_table::ParquetTable;
use super::settings::EmbeddingSettings;
use crate::error::FileError;
use crate::path_text::PathText;
use crate::whole_file::WholeFile;

/// Format of embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbeddingsFormat {
    /// NumPy arrays: `<file>.npy` for each file, f32 in the order `[patch][value]`, and an index of them.
    Npy,
    /// JSON lines: one object per file.
    Json,
    /// Parquet table: one row per patch.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl EmbeddingsFormat {
    /// Whether all results go to one stream.
    #[must_use]
    pub fn is_stream(self) -> bool {
        self != Self::Npy
    }
}

/// Writer of the embeddings of consecutive files.
pub struct EmbeddingsWriter(Destination);

enum Destination {
    Npy {
        folder: PathBuf,
        index: ArrayIndex,
        settings: EmbeddingSettings,
    },
    Json(Box<dyn Write>),
    #[cfg(feature = "parquet")]
    Parquet(ParquetTable),
}

impl EmbeddingsWriter {
    /// Opens the destination of embeddings with these settings: for NumPy arrays a folder (default: the current folder),
    /// otherwise a file (default: standard output).
    ///
    /// # Errors
    /// If the folder or the file cannot be created, or the folder has an index of something else.
    pub fn new(format: EmbeddingsFormat, out: Option<&Path>, settings: EmbeddingSettings) -> Result<Self, FileError> {
        let open_error = |error: io::Error| FileError::Open {
            name: out.map_or("standard output".into(), |out| out.display().to_string()),
            error,
        };
        Ok(Self(match format {
            EmbeddingsFormat::Npy => {
                let folder = out.unwrap_or(Path::new(".")).to_owned();
                fs::create_dir_all(&folder).map_err(open_error)?;
                let index = ArrayIndex::open(&folder)?;
                Destination::Npy { folder, index, settings }
            }
            EmbeddingsFormat::Json => Destination::Json(match out {
                Some(path) => Box::new(BufWriter::new(File::create(path).map_err(open_error)?)),
                None => Box::new(BufWriter::new(io::stdout())),
            }),
            #[cfg(feature = "parquet")]
            EmbeddingsFormat::Parquet => Destination::Parquet(ParquetTable::create(out).map_err(open_error)?),
        }))
    }

    /// Whether the index has the array of this file with the same settings, and the array exists. Blocks.
    #[must_use]
    pub fn contains(&self, path: &Path) -> bool {
        match &self.0 {
            Destination::Npy { index, settings, .. } => index.find(path, settings).is_some(),
            _ => false,
        }
    }

    /// Writes the embeddings of one file. `below` is the path of an array in the folder, without the extension `.npy`; see
    /// [`crate::find::path_below`]. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub fn write(&mut self, below: &Path, embeddings: &FileEmbeddings) -> io::Result<()> {
        match &mut self.0 {
            Destination::Npy { folder, index, settings } => {
                let array = index.name(below, &embeddings.path, settings);
                write_array(&folder.join(&array), embeddings)?;
                index.add(&array, &embeddings.path, settings)
            }
            Destination::Json(out) => {
                writeln!(out, "{}", object(embeddings))?;
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
        match self.0 {
            Destination::Npy { .. } => Ok(()),
            Destination::Json(mut out) => out.flush(),
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.finish(),
        }
    }

    /// Closes the destination of a run that ended early. Returns the files that have the results of a table so far. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub fn finish_partial(self) -> io::Result<Vec<PathBuf>> {
        match self.0 {
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.finish_partial(),
            other => Self(other).finish().map(|()| Vec::new()),
        }
    }
}

fn object(embeddings: &FileEmbeddings) -> Value {
    let patch = |((start_s, end_s), values): ((f64, f64), &[f32])| json!({ "start_s": start_s, "end_s": end_s, "values": values });
    let patches: Vec<_> = embeddings.patches().map(patch).collect();
    let PathText { path, path_bytes } = PathText::new(&embeddings.path);
    let mut object = json!({ "schema": "earmark-embeddings/1", "path": path, "decoder": embeddings.decoder.map(DecoderBackend::name), "model": embeddings.model,
                             "width": embeddings.width, "embeddings": patches });
    if let Some(path_bytes) = path_bytes {
        object["path_bytes"] = path_bytes.into();
    }
    object
}

fn write_array(path: &Path, embeddings: &FileEmbeddings) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let shape = (embeddings.spans.len(), embeddings.width);
    let array = ArrayView2::from_shape(shape, &embeddings.values).map_err(io::Error::other)?;
    let mut file = WholeFile::create(path)?;
    array.write_npy(&mut file).map_err(|error| match error {
        WriteNpyError::Io(error) => error,
        other => io::Error::other(other),
    })?;
    file.finish()
}
