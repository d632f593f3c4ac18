//! Writer of descriptors: one file for each audio file, or a record for each in one stream.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::tree::to_json;
use super::{Description, ExtractedFile, FileExtractor};
use crate::find::path_below;
use crate::path_text::PathText;
use crate::provenance::Provenance;
use crate::whole_file::{WholeFile, with_suffix};

/// Format of descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtractFormat {
    /// JSON in the layout of the reference.
    Json,
    /// YAML in the layout of the reference.
    Yaml,
    /// JSON lines: a record for each audio file, or for each window of it.
    Jsonl,
    /// Parquet table: a row for each audio file, or for each window of it.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl ExtractFormat {
    /// Whether all results go to one stream, with the path in each record.
    #[must_use]
    pub fn is_stream(self) -> bool {
        !matches!(self, Self::Json | Self::Yaml)
    }

    /// Returns the extension of a result file.
    fn extension(self) -> &'static str {
        if self == Self::Yaml { "yaml" } else { "json" }
    }
}

/// Error that prevents the output of descriptors before any file is analyzed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OutputError {
    /// Several results cannot share one output.
    #[error("cannot write {got} results to one output (expected 1, or --out FOLDER, or --format jsonl)")]
    Several {
        /// Number of results.
        got: usize,
    },
    /// Windows need a format with several records.
    #[error("cannot write windows in this format (expected --format jsonl or parquet)")]
    Windows,
    /// Two inputs have the same output.
    #[error("cannot write the results of {} and {} to the same file {}", .inputs[0].display(), .inputs[1].display(), .output.display())]
    Same {
        /// The two inputs.
        inputs: [PathBuf; 2],
        /// Their output.
        output: PathBuf,
    },
    /// The destination cannot be opened.
    #[error("cannot open {}: {error}", .path.display())]
    Open {
        /// Destination.
        path: PathBuf,
        /// Message of the system.
        error: io::Error,
    },
}

/// Destination of the descriptors of a batch.
pub struct ExtractOutput {
    format: ExtractFormat,
    indent: usize,
    origin: Provenance,
    target: Target,
}

enum Target {
    /// Result files, by index of the input.
    Files(Vec<PathBuf>),
    Stream(Box<dyn Write>),
    #[cfg(feature = "parquet")]
    Table(Box<super::parquet_table::ParquetTable>),
}

impl ExtractOutput {
    /// Opens the output of `files`, some of which were found below `folders`, as `extractor` describes them.
    ///
    /// With a format of one file for each, `out` is a folder that keeps the structure of `folders`; without
    /// `out`, a single result goes to standard output. With a format of records, `out` is a file.
    ///
    /// # Errors
    /// If several results would share one file, or the destination cannot be opened.
    pub fn open(
        format: ExtractFormat,
        extractor: &FileExtractor,
        out: Option<&Path>,
        folders: &[PathBuf],
        files: &[PathBuf],
    ) -> Result<Self, OutputError> {
        let target = match (format, out) {
            (ExtractFormat::Json | ExtractFormat::Yaml, Some(folder)) => {
                Target::Files(result_files(folder, format.extension(), folders, files)?)
            }
            (ExtractFormat::Json | ExtractFormat::Yaml, None) if files.len() > 1 => {
                return Err(OutputError::Several { got: files.len() });
            }
            #[cfg(feature = "parquet")]
            (ExtractFormat::Parquet, out) => {
                let table =
                    super::parquet_table::ParquetTable::create(out, extractor.columns(), &extractor.provenance());
                let failed = |error| OutputError::Open { path: out.unwrap_or(Path::new("-")).to_owned(), error };
                Target::Table(Box::new(table.map_err(failed)?))
            }
            (_, out) => Target::Stream(Box::new(open(out)?)),
        };
        Ok(Self { format, indent: extractor.settings.indent, origin: extractor.provenance(), target })
    }

    /// Whether the result of input `index` exists already.
    #[must_use]
    pub fn exists(&self, index: usize) -> bool {
        match &self.target {
            Target::Files(files) => files.get(index).is_some_and(|file| file.is_file()),
            _ => false,
        }
    }

    /// Writes the result of input `index`. A result file appears only when it is complete. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub fn write(&mut self, index: usize, path: &Path, file: &ExtractedFile) -> io::Result<()> {
        let Self { format, indent, origin, target } = self;
        match target {
            Target::Files(files) => {
                let Some(out) = files.get(index) else { return Ok(()) };
                for description in &file.descriptions {
                    write_file(out, &text(*format, *indent, to_json(&description.pool))?)?;
                    if let Some(frames) = &description.frames {
                        write_file(&with_suffix(out, "_frames"), &text(*format, *indent, to_json(frames))?)?;
                    }
                }
                Ok(())
            }
            Target::Stream(out) => {
                for description in &file.descriptions {
                    let text = match format {
                        ExtractFormat::Jsonl => format!("{}\n", Value::Object(record(path, file, description, origin))),
                        _ => text(*format, *indent, to_json(&description.pool))?,
                    };
                    out.write_all(text.as_bytes())?;
                }
                out.flush()
            }
            #[cfg(feature = "parquet")]
            Target::Table(table) => file.descriptions.iter().try_for_each(|description| table.push(path, description)),
        }
    }

    /// Whether all results go to one file or to standard output.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        !matches!(self.target, Target::Files(_))
    }

    /// Ends the output of a run that ended early. Returns the files that have the results of a table so far. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub fn finish_partial(self) -> io::Result<Vec<PathBuf>> {
        match self.target {
            #[cfg(feature = "parquet")]
            Target::Table(table) => table.finish_partial(),
            _ => self.finish().map(|()| Vec::new()),
        }
    }

    /// Ends the output.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self.target {
            Target::Files(_) => Ok(()),
            Target::Stream(mut out) => out.flush(),
            #[cfg(feature = "parquet")]
            Target::Table(table) => table.finish(),
        }
    }
}

fn open(out: Option<&Path>) -> Result<Box<dyn Write + Send>, OutputError> {
    let Some(path) = out else { return Ok(Box::new(io::stdout())) };
    let file = File::create(path).map_err(|error| OutputError::Open { path: path.to_owned(), error })?;
    Ok(Box::new(BufWriter::new(file)))
}

/// Returns one record of a stream: path and window, file and origin, then the layout.
fn record(path: &Path, file: &ExtractedFile, description: &Description, origin: &Provenance) -> Map<String, Value> {
    let mut record = Map::new();
    let PathText { path, path_bytes } = PathText::new(path);
    record.insert("path".to_owned(), json!(path));
    if let Some(path_bytes) = path_bytes {
        record.insert("path_bytes".to_owned(), json!(path_bytes));
    }
    record.insert("duration_s".to_owned(), json!(file.duration_s));
    if let Some(file) = &file.file {
        record.insert("file".to_owned(), json!(file));
    }
    record.insert("provenance".to_owned(), json!(origin));
    if let Some((start_s, end_s)) = description.window_s {
        record.insert("start_s".to_owned(), json!(start_s));
        record.insert("end_s".to_owned(), json!(end_s));
    }
    record.extend(to_json(&description.pool));
    record
}

fn text(format: ExtractFormat, indent: usize, tree: Map<String, Value>) -> io::Result<String> {
    let tree = Value::Object(tree);
    if format == ExtractFormat::Yaml {
        return serde_saphyr::to_string(&tree).map_err(io::Error::other);
    }
    if indent == 0 {
        return Ok(format!("{tree}\n"));
    }
    let spaces = b" ".repeat(indent);
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(&spaces);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    serde::Serialize::serialize(&tree, &mut serializer)?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// Returns the result file of each audio file: its path below the folder that was searched, with an extension added.
fn result_files(
    folder: &Path,
    extension: &str,
    folders: &[PathBuf],
    files: &[PathBuf],
) -> Result<Vec<PathBuf>, OutputError> {
    let mut results: Vec<PathBuf> = Vec::with_capacity(files.len());
    let mut sorted: Vec<(PathBuf, &PathBuf)> = Vec::with_capacity(files.len());
    for file in files {
        let name = if file == Path::new("-") { "stdin".into() } else { path_below(folders, file) };
        let result = with_suffix(&folder.join(name), &format!(".{extension}"));
        sorted.push((result.clone(), file));
        results.push(result);
    }
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let inputs = [pair[0].1.clone(), pair[1].1.clone()];
        return Err(OutputError::Same { inputs, output: pair[0].0.clone() });
    }
    Ok(results)
}

/// Writes a file, and its folder.
fn write_file(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = WholeFile::create(path)?;
    file.write_all(text.as_bytes())?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_structure_of_folders_and_do_not_collide() {
        let folder = tempfile::tempdir().unwrap();
        let music = folder.path().join("music");
        fs::create_dir_all(music.join("a")).unwrap();
        let files = [music.join("a/1.flac"), music.join("1.flac"), "song.mp3".into(), "-".into()];
        let results = result_files(Path::new("out"), "json", &[music], &files).unwrap();
        let expected = ["out/a/1.flac.json", "out/1.flac.json", "out/song.mp3.json", "out/stdin.json"];
        assert_eq!(results, expected.map(PathBuf::from));
        let same = ["x/song.mp3".into(), "y/song.mp3".into()];
        let error = result_files(Path::new("out"), "json", &[], &same).unwrap_err().to_string();
        assert!(error.contains("x/song.mp3 and y/song.mp3"), "{error}");
    }

    #[test]
    fn several_results_need_a_folder_or_records() {
        let files: [PathBuf; 2] = ["a.wav".into(), "b.wav".into()];
        let open = |format| ExtractOutput::open(format, &FileExtractor::default(), None, &[], &files);
        assert!(matches!(open(ExtractFormat::Json), Err(OutputError::Several { got: 2 })));
        assert!(open(ExtractFormat::Jsonl).is_ok());
    }
}
