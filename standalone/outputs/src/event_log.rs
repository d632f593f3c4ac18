//! Log of events, one row for each event that has ended.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::events::Event;
use crate::rolling_log::append_lines;

/// Columns of the CSV table.
const HEADER: [&str; 6] = ["at", "model", "tag", "start_s", "end_s", "peak"];

/// Log file of events: a CSV table if the file name ends in `.csv`, JSON lines otherwise.
pub struct EventLog {
    path: PathBuf,
    file: File,
    table: bool,
    /// Whether an error was already returned.
    error_reported: bool,
}

impl EventLog {
    /// Opens a log for appending.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let table = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        let mut file = append_lines(path)?;
        if table && file.metadata()?.len() == 0 {
            file.write_all(&row(HEADER.map(str::to_owned))?)?;
        }
        Ok(Self { path: path.to_owned(), file, table, error_reported: false })
    }

    /// Appends an event. Returns the message of the first error, and `None` for later errors. Blocks.
    pub fn write(&mut self, event: &Event) -> Option<String> {
        let text = if self.table { table(event) } else { Ok(line(event)) };
        // A single write, so that a killed program leaves no partial line.
        let written = text.and_then(|text| self.file.write_all(&text));
        let error = written.err().filter(|_| !self.error_reported)?;
        self.error_reported = true;
        Some(format!("cannot write the event log {}: {error}", self.path.display()))
    }
}

fn unix_s(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH).map_or(0.0, |since| (since.as_secs_f64() * 1e3).round() / 1e3)
}

fn line(event: &Event) -> Vec<u8> {
    let Event { model, tag, at, start_s, end_s, peak } = event;
    let line = json!({ "at": unix_s(*at), "model": **model, "tag": tag, "start_s": start_s, "end_s": end_s,
                       "peak": peak });
    format!("{line}\n").into_bytes()
}

fn table(event: &Event) -> io::Result<Vec<u8>> {
    let Event { model, tag, at, start_s, end_s, peak } = event;
    let number = |number: f64| format!("{number:.3}");
    let numbers = [number(*start_s), number(*end_s), number((*peak).into())];
    let [start_s, end_s, peak] = numbers;
    row([number(unix_s(*at)), model.to_string(), tag.clone(), start_s, end_s, peak])
}

fn row(fields: [String; HEADER.len()]) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(fields)?;
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    fn event(tag: &str) -> Event {
        let at = UNIX_EPOCH + Duration::from_millis(1_500);
        Event { model: "m".into(), tag: tag.into(), at, start_s: 3.0, end_s: 7.25, peak: 0.5 }
    }

    #[test]
    fn csv_log_opened_twice_has_one_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        EventLog::open(&path).unwrap().write(&event("rock"));
        assert_eq!(EventLog::open(&path).unwrap().write(&event("soft, slow")), None);
        let expected = "at,model,tag,start_s,end_s,peak\n1.500,m,rock,3.000,7.250,0.500\n\
                        1.500,m,\"soft, slow\",3.000,7.250,0.500\n";
        assert_eq!(fs::read_to_string(path).unwrap(), expected);
    }

    #[test]
    fn json_log_continues_after_a_partial_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        fs::write(&path, "{\"at\":").unwrap();
        EventLog::open(&path).unwrap().write(&event("rock"));
        let text = fs::read_to_string(path).unwrap();
        let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!((&last["tag"], &last["end_s"], text.lines().count()), (&"rock".into(), &7.25.into(), 2));
        assert!(EventLog::open(&folder.path().join("none/events.csv")).is_err());
    }
}
