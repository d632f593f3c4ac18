//! Files of recordings started in the window.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use earmark_capture::recorder::Recorder;
use earmark_session::report::create_dated_file;

/// Starts a recording in `folder`, which is created if necessary. The file name contains the UTC time, such as
/// `earmark-20261124-165500.wav`, and a number if that file exists.
///
/// # Errors
/// If the file cannot be created, or privacy mode is on. No file is left in that case.
pub(super) fn start(recorder: &Recorder, folder: &Path, now: SystemTime) -> Result<(), String> {
    let created = fs::create_dir_all(folder).and_then(|()| create_dated_file(folder, "wav", now));
    let (path, _) = created.map_err(|error| format!("cannot record to {}: {error}", folder.display()))?;
    let recorded = recorder.record(&path).map_err(|error| error.to_string());
    recorded.inspect_err(|_| {
        // Best effort: an empty file is harmless.
        let _ = fs::remove_file(&path);
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn recordings_of_one_second_are_named_by_utc_date_and_numbered() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("audio");
        let now = UNIX_EPOCH + Duration::from_secs(1_796_128_496);
        let recorder = Recorder::new(0.0);
        for _ in 0..3 {
            start(&recorder, &below, now).unwrap();
            recorder.stop().unwrap();
        }
        let expected =
            ["earmark-20261201-123456-2.wav", "earmark-20261201-123456-3.wav", "earmark-20261201-123456.wav"];
        assert_eq!(names(&below), expected);
        for name in expected {
            assert_eq!(hound::WavReader::open(below.join(name)).unwrap().spec().channels, 1, "{name} is a whole file");
        }
    }

    #[test]
    fn refused_recording_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::new(0.0);
        recorder.set_private(true);
        let error = start(&recorder, folder.path(), UNIX_EPOCH).unwrap_err();
        assert!(error.contains("privacy mode"), "{error}");
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }
}
