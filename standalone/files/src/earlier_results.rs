//! Results of an earlier run in an output file, after which a later run continues.

mod error;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

use csv::StringRecord;
use serde::Deserialize;

pub use self::error::EarlierResultsError;
use crate::path_text::PathText;
use crate::provenance::Provenance;

/// Files whose results an output file has.
#[derive(Debug, Default)]
pub(crate) struct EarlierResults(HashSet<PathText>);

/// Line of a file with JSON lines.
#[derive(Deserialize)]
struct EarlierLine {
    path: String,
    path_bytes: Option<String>,
    provenance: Option<Provenance>,
    #[serde(default)]
    models: Vec<EarlierModel>,
}

#[derive(Deserialize)]
struct EarlierModel {
    id: String,
}

impl EarlierResults {
    /// Creates the set of these files.
    #[cfg(feature = "parquet")]
    pub(crate) fn of(paths: HashSet<PathText>) -> Self {
        Self(paths)
    }

    /// Whether there is a result of a file.
    pub(crate) fn contains(&self, path: &Path) -> bool {
        self.0.contains(&PathText::new(path))
    }

    /// Reads a file with JSON lines; without one, there are no results. The rest of a line that was cut by a kill is removed.
    /// Blocks.
    ///
    /// # Errors
    /// If the file cannot be read, a line is no result, or results were made with other settings than those of `origin`.
    pub(crate) fn of_lines(path: &Path, origin: &Provenance) -> Result<Self, EarlierResultsError> {
        let failed = |error| EarlierResultsError::Io { path: path.to_owned(), error };
        let file = match File::options().read(true).write(true).open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            file => file.map_err(failed)?,
        };
        let (mut results, mut whole_len) = (Self::default(), 0);
        let mut lines = BufReader::new(&file);
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            lines.read_until(b'\n', &mut bytes).map_err(failed)?;
            if bytes.last() != Some(&b'\n') {
                break;
            }
            whole_len += bytes.len() as u64;
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            let read: EarlierLine = serde_json::from_slice(&bytes).map_err(|error| EarlierResultsError::Line {
                path: path.to_owned(),
                line,
                expected: "a result as a JSON object".to_owned(),
                got: error.to_string(),
            })?;
            read.check(path, origin)?;
            results.0.insert(PathText { path: read.path, path_bytes: read.path_bytes });
        }
        if !bytes.is_empty() {
            file.set_len(whole_len).map_err(failed)?;
        }
        Ok(results)
    }

    /// Reads a CSV table with these columns, of which the first is the path and the last its bytes; without one, there are
    /// no results. If the last row was cut by a kill, all rows of its file are removed. Blocks.
    ///
    /// # Errors
    /// If the file cannot be read, or has other columns.
    pub(crate) fn of_csv(path: &Path, header: &[String]) -> Result<Self, EarlierResultsError> {
        let failed = |error| EarlierResultsError::Io { path: path.to_owned(), error };
        let file = match File::options().read(true).write(true).open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            file => file.map_err(failed)?,
        };
        let len = file.metadata().map_err(failed)?.len();
        let is_whole = len == 0 || last_byte(&file).map_err(failed)? == b'\n';
        let mut rows = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(&file);
        let (mut results, mut record) = (Self::default(), StringRecord::new());
        // Path of the last file and the place of its first row.
        let mut last: Option<(PathText, u64)> = None;
        let mut before_last = None;
        let mut columns = 0;
        for line in 1.. {
            let at = rows.position().byte();
            let has_row = rows.read_record(&mut record).map_err(|error| failed(error.into()))?;
            if !has_row {
                break;
            }
            if line == 1 {
                let (expected, got) = (header.join(","), record.iter().collect::<Vec<_>>().join(","));
                // A kill may have cut the header, which nothing follows then.
                let is_cut = !is_whole && rows.position().byte() >= len && expected.starts_with(&got);
                if got != expected && !is_cut {
                    return Err(EarlierResultsError::Line { path: path.to_owned(), line, expected, got });
                }
                continue;
            }
            let bytes = record.get(header.len() - 1).filter(|bytes| !bytes.is_empty());
            let row = PathText { path: record[0].to_owned(), path_bytes: bytes.map(str::to_owned) };
            if last.as_ref().is_none_or(|(path, _)| path.path != row.path) {
                before_last = last.replace((row.clone(), at));
            }
            columns = record.len();
            results.0.insert(row);
        }
        if !is_whole {
            // A row of one column is a path that was cut: the file may be the one before.
            let is_of_before = |last: &PathText| {
                columns == 1 && before_last.as_ref().is_some_and(|(before, _)| before.path.starts_with(&last.path))
            };
            let first = if last.as_ref().is_some_and(|(last, _)| is_of_before(last)) { &before_last } else { &last };
            let removed =
                |row: &PathText| [first, &last].iter().any(|it| it.as_ref().is_some_and(|it| it.0.path == row.path));
            results.0.retain(|row| last.is_some() && !removed(row));
            file.set_len(first.as_ref().map_or(0, |(_, at)| *at)).map_err(failed)?;
        }
        Ok(results)
    }
}

impl EarlierLine {
    /// Checks that the result was made with the settings of `origin`; a result without an origin, that it is of the same
    /// models.
    fn check(&self, path: &Path, origin: &Provenance) -> Result<(), EarlierResultsError> {
        let ids = |ids: Vec<&str>| format!("models {}", ids.join(", "));
        let difference = match &self.provenance {
            Some(earlier) => origin.difference(earlier),
            None => {
                let expected = ids(origin.models.iter().map(|model| &*model.id).collect());
                let got = ids(self.models.iter().map(|model| &*model.id).collect());
                (!self.models.is_empty() && expected != got).then_some((expected, got))
            }
        };
        match difference {
            Some((expected, got)) => Err(EarlierResultsError::Settings { path: path.to_owned(), expected, got }),
            None => Ok(()),
        }
    }
}

fn last_byte(mut file: &File) -> io::Result<u8> {
    use std::io::{Read, Seek, SeekFrom};
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(byte[0])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use earmark_capture::decode::DecoderChoice;
    use earmark_models::Gate;

    use super::*;

    fn line(path: &str, origin: &Provenance) -> String {
        serde_json::json!({ "path": path, "models": [{ "id": "m", "values": [1, 2] }], "provenance": origin })
            .to_string()
            + "\n"
    }

    #[test]
    fn lines_of_the_same_settings_are_continued_after_the_last_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let origin = Provenance::new(Some(Gate::default()), DecoderChoice::Auto);
        assert!(EarlierResults::of_lines(&path, &origin).unwrap().0.is_empty());
        let (first, second) = (line("a.wav", &origin), line("b.wav", &origin));
        fs::write(&path, format!("{first}\n{}", &second[..second.len() / 2])).unwrap();
        let results = EarlierResults::of_lines(&path, &origin).unwrap();
        assert!(results.contains(Path::new("a.wav")) && !results.contains(Path::new("b.wav")));
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{first}\n"));

        let other = Provenance::new(None, DecoderChoice::Auto);
        let error = EarlierResults::of_lines(&path, &other).unwrap_err().to_string();
        assert!(error.contains("other settings (expected gate null, got gate {"), "{error}");
        fs::write(&path, "{\"path\": \"a.wav\", \"models\": [{\"id\": \"m\"}]}\n").unwrap();
        let error = EarlierResults::of_lines(&path, &origin).unwrap_err().to_string();
        assert!(error.ends_with("(expected models , got models m)"), "{error}");
        fs::write(&path, "# my songs\n").unwrap();
        let error = EarlierResults::of_lines(&path, &origin).unwrap_err().to_string();
        assert!(error.contains("line 1 is no result (expected a result as a JSON object, got "), "{error}");
    }

    #[test]
    fn rows_of_a_file_that_was_cut_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let header = ["path", "value", "path_bytes"].map(str::to_owned);
        assert!(EarlierResults::of_csv(&path, &header).unwrap().0.is_empty());
        let whole = "path,value,path_bytes\n\"a, 1.wav\",1,\n\"a, 1.wav\",2,\n";
        for cut in ["", "b.wav,1,\nb.wav,2,b%FFq", "b.wav,1,\nb"] {
            fs::write(&path, format!("{whole}{cut}")).unwrap();
            let results = EarlierResults::of_csv(&path, &header).unwrap();
            assert!(results.contains(Path::new("a, 1.wav")) && results.0.len() == 1, "{cut}: {results:?}");
            assert!(fs::read_to_string(&path).unwrap().starts_with(whole), "{cut}");
        }
        fs::write(&path, "path,va").unwrap();
        assert!(EarlierResults::of_csv(&path, &header).unwrap().0.is_empty());
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
        fs::write(&path, "path\nsong").unwrap();
        assert!(EarlierResults::of_csv(&path, &header).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "path\nsong");
        fs::write(&path, "title\nsong\n").unwrap();
        let error = EarlierResults::of_csv(&path, &header).unwrap_err().to_string();
        assert!(error.contains("line 1 is no result (expected path,value,path_bytes, got title)"), "{error}");
    }
}
