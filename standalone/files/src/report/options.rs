//! Formats of reports, and options of their writer.

/// Format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// Human-readable text.
    Table,
    /// One JSON array; see [`JsonShape`].
    Json,
    /// JSON lines, one object per line.
    Jsonl,
    /// CSV, one value per row.
    Csv,
    /// CSV, one file per row, one value per column.
    WideCsv,
}

/// Shape of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JsonShape {
    /// An array, also for one file; each object has the keys `file` and `provenance`.
    #[default]
    Array,
    /// The shape of earlier versions, for JSON and JSON lines: an object for one file, an array for several, without the
    /// keys `file` and `provenance`.
    Plain,
}

/// Options of a writer of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportOptions {
    /// Number of tags (default: 5 in a table, all in CSV; JSON always contains all).
    pub top: Option<usize>,
    /// Whether tables and CSV contain each prediction (default false).
    pub timeline: bool,
    /// Whether JSON contains only means and tempo, without predictions (default false).
    pub summary: bool,
    /// Shape of JSON.
    pub shape: JsonShape,
    /// Whether the output has results of an earlier run, after which those of this run follow (default false).
    pub is_continued: bool,
}
