//! Writer of one record per file. Each write consists of whole lines and is flushed, so that a reader or an interrupted
//! run never sees a partial line.

use std::io::{self, Write};

use serde::Serialize;

/// Writer of records as text, JSON lines, or one JSON value: an array, or the object of one file.
#[derive(Debug)]
pub(crate) struct RecordWriter<W> {
    out: W,
    /// Whether the JSON value is an array.
    array: bool,
    written: usize,
}

impl<W: Write> RecordWriter<W> {
    /// Creates a writer to `out`. With `array`, the JSON value is an array, otherwise the object of one file.
    pub(crate) fn new(out: W, array: bool) -> Self {
        Self { out, array, written: 0 }
    }

    /// Sets that `out` has records of an earlier run.
    pub(crate) fn continued(mut self) -> Self {
        self.written = self.written.max(1);
        self
    }

    /// Whether there is no record yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.written == 0
    }

    /// Writes a record as text. Blocks.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.written += 1;
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Writes a record as a line of JSON. Blocks.
    pub(crate) fn json_line(&mut self, record: &impl Serialize) -> io::Result<()> {
        self.text(&(serde_json::to_string(record)? + "\n"))
    }

    /// Writes a record as a part of one JSON value. Blocks.
    pub(crate) fn json(&mut self, record: &impl Serialize) -> io::Result<()> {
        let object = serde_json::to_string_pretty(record)?;
        self.text(&match (self.array, self.is_empty()) {
            (false, _) => object + "\n",
            (true, true) => format!("[\n{object}"),
            (true, false) => format!(",\n{object}"),
        })
    }

    /// Writes the end of the JSON value. Blocks.
    pub(crate) fn finish_json(mut self) -> io::Result<()> {
        match (self.array, self.is_empty()) {
            (true, true) => self.text("[]\n"),
            (true, false) => self.text("\n]\n"),
            (false, _) => Ok(()),
        }
    }
}
