//! Failures as lines of JSON, for programs.

use std::path::Path;

use earmark_capture::decode::{DecodeError, DecodeIssues};
use serde::{Deserialize, Serialize};

use crate::error::FileError;
use crate::find::UnreadableEntry;
use crate::path_text::PathText;

/// Step of the analysis of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorStage {
    /// Search of folders.
    Find,
    /// Opening of the file.
    Open,
    /// Decoding.
    Decode,
    /// Analysis of the decoded audio.
    Analyze,
    /// Writing of the result.
    Write,
}

/// Failure of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRecord {
    /// Path of the file or of the entry of a folder.
    #[serde(flatten)]
    pub path: PathText,
    /// Step that failed.
    pub stage: ErrorStage,
    /// Message.
    pub error: String,
    /// Expected value or state, if the message states one.
    pub expected: Option<String>,
    /// Value or state that was found, if the message states one.
    pub got: Option<String>,
}

impl ErrorRecord {
    /// Returns the record of an error of a file.
    #[must_use]
    pub fn of_error(path: &Path, error: &FileError) -> Self {
        let record = Self::of_message(path, stage(error), error.to_string());
        match error {
            FileError::TooShort { need_s, have_s } => Self {
                expected: Some(format!("at least {need_s:.3} s")),
                got: Some(format!("{have_s:.3} s")),
                ..record
            },
            FileError::Silent => Self { expected: Some("sound".into()), got: Some("silence".into()), ..record },
            FileError::Decode(DecodeError::Missing) => {
                Self { expected: Some("a file or folder".into()), got: Some("none".into()), ..record }
            }
            FileError::Decode(DecodeError::Empty) => {
                Self { expected: Some("audio".into()), got: Some("an empty file".into()), ..record }
            }
            FileError::EmptyFolder => {
                Self { expected: Some("audio files".into()), got: Some("a folder without any".into()), ..record }
            }
            _ => record,
        }
    }

    /// Returns the record of an entry of a folder that cannot be read.
    #[must_use]
    pub fn of_entry(entry: &UnreadableEntry) -> Self {
        Self::of_message(&entry.path, ErrorStage::Find, entry.cause.to_string())
    }

    /// Returns the record of a result that cannot be written.
    #[must_use]
    pub fn of_output(path: &Path, error: &std::io::Error) -> Self {
        Self::of_message(path, ErrorStage::Write, format!("cannot write the result: {error}"))
    }

    /// Returns the record of a decoded file of which audio is missing; `None` if it is complete.
    #[must_use]
    pub fn of_issues(path: &Path, issues: &DecodeIssues, duration_s: f64, rate_hz: f64) -> Option<Self> {
        let DecodeIssues { packets, missing_frames, .. } = *issues;
        let expected_s = duration_s + missing_frames as f64 / rate_hz;
        let (expected, got) = (format!("{expected_s:.3} s"), format!("{duration_s:.3} s"));
        let record = |message: &str, expected, got| Self {
            expected: Some(expected),
            got: Some(got),
            ..Self::of_message(path, ErrorStage::Decode, message.to_owned())
        };
        if missing_frames > 0 {
            Some(record("truncated", expected, got))
        } else if packets > 0 {
            Some(record("damaged packets were skipped", "no damaged packet".into(), packets.to_string()))
        } else {
            None
        }
    }

    /// Returns the record of a message about a file; expected and found value are those of its text.
    #[must_use]
    pub fn of_message(path: &Path, stage: ErrorStage, error: String) -> Self {
        let (expected, got) = expected_and_got(&error);
        Self { path: PathText::new(path), stage, expected, got, error }
    }
}

fn stage(error: &FileError) -> ErrorStage {
    match error {
        FileError::EmptyFolder => ErrorStage::Find,
        FileError::Decode(DecodeError::Missing | DecodeError::Io(_) | DecodeError::Empty | DecodeError::NoFfmpeg) => {
            ErrorStage::Open
        }
        FileError::Decode(_) | FileError::Panic(_) => ErrorStage::Decode,
        FileError::Open { .. } | FileError::Write(_) | FileError::ArrayIndex(_) => ErrorStage::Write,
        #[cfg(feature = "separation")]
        FileError::Exists { .. } | FileError::WavTooLong => ErrorStage::Write,
        _ => ErrorStage::Analyze,
    }
}

/// Returns the two values of a message of the form `... (expected A, got B)`, in which B may be absent.
fn expected_and_got(message: &str) -> (Option<String>, Option<String>) {
    let Some((_, rest)) = message.split_once("expected ") else { return (None, None) };
    let mut depth = 0_i32;
    let end = rest.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    });
    let inside = &rest[..end.unwrap_or(rest.len())];
    match inside.split_once(", got ") {
        Some((expected, got)) => (Some(expected.to_owned()), Some(got.to_owned())),
        None => (Some(inside.to_owned()), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_divided_into_expected_and_got() {
        for (message, expected, got) in [
            ("no such file", None, None),
            ("cannot read x (expected A (or B), got C (D))", Some("A (or B)"), Some("C (D)")),
            ("not audio (expected WAV or FLAC): why", Some("WAV or FLAC"), None),
            ("expected 1, got 2", Some("1"), Some("2")),
        ] {
            let found = expected_and_got(message);
            assert_eq!((found.0.as_deref(), found.1.as_deref()), (expected, got), "{message}");
        }
    }

    #[test]
    fn record_states_path_stage_and_lengths() {
        let short = FileError::TooShort { need_s: 2.96, have_s: 1.0 };
        let record = ErrorRecord::of_error(Path::new("a.wav"), &short);
        assert_eq!(
            serde_json::to_string(&record).unwrap(),
            "{\"path\":\"a.wav\",\"stage\":\"analyze\",\"error\":\"too short: need 3.0 s, have 1.0\",\
             \"expected\":\"at least 2.960 s\",\"got\":\"1.000 s\"}"
        );
        let missing = ErrorRecord::of_error(Path::new("a.wav"), &DecodeError::Missing.into());
        assert_eq!((missing.stage, missing.got.as_deref()), (ErrorStage::Open, Some("none")));
        let issues = DecodeIssues { missing_frames: 48_000, ..DecodeIssues::default() };
        let cut = ErrorRecord::of_issues(Path::new("a.wav"), &issues, 2.0, 16_000.0).unwrap();
        assert_eq!((cut.expected.as_deref(), cut.got.as_deref()), (Some("5.000 s"), Some("2.000 s")));
        assert_eq!(ErrorRecord::of_issues(Path::new("a.wav"), &DecodeIssues::default(), 2.0, 16_000.0), None);
    }
}
