//! Output of the reports of a run: text, JSON, CSV or a Parquet table, on standard output or in a file.

#[cfg(feature = "parquet")]
mod parquet_table;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::earlier_results::EarlierResults;
use crate::error::FileError;
use crate::model_columns::ModelColumns;
use crate::report::{ReportFormat, ReportOptions, ReportWriter, csv_header, wide_csv_header};
use crate::tag::{TaggedFile, Tagger};

#[cfg(feature = "parquet")]
use self::parquet_table::ParquetTable;

/// Format of the reports of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagFormat {
    /// Text, JSON or CSV.
    Text(ReportFormat),
    /// Parquet table: one row per file or, with a timeline, one row per patch.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl TagFormat {
    /// Whether a run can continue after the results of an earlier one.
    #[must_use]
    pub fn can_continue(self) -> bool {
        !matches!(self, Self::Text(ReportFormat::Table | ReportFormat::Json))
    }
}

/// Output of the reports of a run.
pub struct TagOutput {
    destination: Destination,
    earlier: EarlierResults,
}

enum Destination {
    Text(Box<ReportWriter<Box<dyn Write>>>),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetTable>),
}

/// Handling of the results that the output file of a run has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EarlierOutput {
    /// They are replaced.
    #[default]
    Replace,
    /// Those of this run follow, and files with a result are left out; for formats that can be continued.
    Continue,
    /// Those of this run follow; for text, JSON lines and CSV.
    Append,
}

impl TagOutput {
    /// Opens the output of the reports of a tagger on `files` files at `out` (default: standard output). Blocks.
    ///
    /// # Errors
    /// If the file cannot be opened, or has results of other settings after which the run cannot continue.
    pub fn open(
        format: TagFormat,
        out: Option<&Path>,
        options: ReportOptions,
        earlier: EarlierOutput,
        tagger: &Tagger,
        files: usize,
    ) -> Result<Self, FileError> {
        match format {
            TagFormat::Text(format) => Self::open_text(format, out, options, earlier, tagger, files),
            #[cfg(feature = "parquet")]
            TagFormat::Parquet => {
                let is_continued = earlier == EarlierOutput::Continue;
                let (table, earlier) = ParquetTable::create(out, tagger, options.timeline, is_continued)?;
                Ok(Self { destination: Destination::Parquet(Box::new(table)), earlier })
            }
        }
    }

    fn open_text(
        format: ReportFormat,
        out: Option<&Path>,
        options: ReportOptions,
        handling: EarlierOutput,
        tagger: &Tagger,
        files: usize,
    ) -> Result<Self, FileError> {
        let mut earlier = EarlierResults::default();
        let (writer, is_continued): (Box<dyn Write>, bool) = match out {
            None => (Box::new(BufWriter::new(io::stdout())), false),
            Some(path) => {
                if handling == EarlierOutput::Continue {
                    let columns = || tagger.models.iter().map(|model| ModelColumns::of_card(model.card()));
                    earlier = match format {
                        ReportFormat::Csv => EarlierResults::of_csv(path, &csv_header())?,
                        ReportFormat::WideCsv => {
                            EarlierResults::of_csv(path, &wide_csv_header(&columns().collect::<Vec<_>>()))?
                        }
                        _ => EarlierResults::of_lines(path, &tagger.provenance())?,
                    };
                }
                let is_new = handling == EarlierOutput::Replace;
                let opened = File::options().create(true).write(true).append(!is_new).truncate(is_new).open(path);
                let len = opened.and_then(|file| Ok((file.metadata()?.len(), file)));
                let (len, file) = len.map_err(|error| FileError::Open { name: path.display().to_string(), error })?;
                (Box::new(BufWriter::new(file)), len > 0)
            }
        };
        let options = ReportOptions { is_continued, ..options };
        let writer = ReportWriter::new(writer, format, options, &tagger.models, files);
        Ok(Self { destination: Destination::Text(Box::new(writer)), earlier })
    }

    /// Whether an earlier run, which this one continues, wrote the result of a file.
    #[must_use]
    pub fn contains(&self, path: &Path) -> bool {
        self.earlier.contains(path)
    }

    /// Writes one report. Blocks.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write(&mut self, file: &TaggedFile) -> io::Result<()> {
        match &mut self.destination {
            Destination::Text(writer) => writer.write(file),
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.push(file),
        }
    }

    /// Completes the output. Blocks.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self.destination {
            Destination::Text(writer) => writer.finish(),
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.finish(),
        }
    }

    /// Closes the output of a run that ended early. Returns the files that have the results of a table so far. Blocks.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn finish_partial(self) -> io::Result<Vec<PathBuf>> {
        match self.destination {
            Destination::Text(writer) => writer.finish().map(|()| Vec::new()),
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.finish_partial(),
        }
    }
}
