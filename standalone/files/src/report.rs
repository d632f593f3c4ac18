//! Reports to standard output, in the format asked for. Each write is whole lines, flushed, so that a program that
//! reads along, or one that is stopped, never leaves half a line.

mod csv;
pub(crate) mod line;
#[cfg(feature = "link")]
pub(crate) mod link;
pub(crate) mod log;
pub(crate) mod midi;
pub(crate) mod progress;
mod table;
pub(crate) mod teller;
pub(crate) mod web;

use std::io::{self, Write};

use crate::args::{Format, TagOptions};
use earmark_models::report::FileReport;

/// Where reports go.
pub(crate) struct Output {
    format: Format,
    top: Option<usize>,
    timeline: bool,
    /// JSON of several files is one array.
    array: bool,
    written: usize,
}

impl Output {
    /// For so many files.
    pub(crate) fn new(options: &TagOptions, files: usize) -> Self {
        let top = options.top.map(usize::from);
        Self { format: options.format, top, timeline: options.timeline, array: files != 1, written: 0 }
    }

    /// Writes one report; false, with a message, when that fails.
    pub(crate) fn write(&mut self, report: &FileReport) -> bool {
        let first = self.written == 0;
        self.written += 1;
        let text = match self.format {
            Format::Table => Ok(table::text(report, self.top.unwrap_or(5), self.timeline)),
            Format::Jsonl => serde_json::to_string(report).map(|line| line + "\n").map_err(io::Error::from),
            Format::Json => {
                serde_json::to_string_pretty(report).map_err(io::Error::from).map(|object| match (self.array, first) {
                    (false, _) => object + "\n",
                    (true, true) => format!("[\n{object}"),
                    (true, false) => format!(",\n{object}"),
                })
            }
            Format::Csv => csv::text(report, self.top, self.timeline, first),
        };
        put(text)
    }

    /// Writes what closes the whole; false, with a message, when that fails.
    pub(crate) fn finish(self) -> bool {
        match (self.format, self.array, self.written) {
            (Format::Json, true, 0) => put(Ok("[]\n".to_owned())),
            (Format::Json, true, _) => put(Ok("\n]\n".to_owned())),
            _ => true,
        }
    }
}

fn put(text: io::Result<String>) -> bool {
    let done = text.and_then(|text| {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    });
    if let Err(error) = &done {
        eprintln!("earmark: cannot write the result: {error}");
    }
    done.is_ok()
}
