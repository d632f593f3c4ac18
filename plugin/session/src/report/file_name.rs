//! Names of report files: UTC date and time, and a number if that name is taken.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// Number of names that are tried for the same second.
const MAX_ATTEMPTS: u32 = 1000;

/// Creates `earmark-20261124-165500.json` in `folder`, for the extension `json`; `earmark-20261124-165500-2.json` if
/// that exists, and so on. Safe to call from several instances at once.
///
/// # Errors
/// I/O errors, and an error if all names of that second are taken.
pub fn create_dated_file(folder: &Path, extension: &str, now: SystemTime) -> io::Result<(PathBuf, File)> {
    let stem = format!("earmark-{}", utc_timestamp(now));
    for number in 1..MAX_ATTEMPTS {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{stem}{suffix}.{extension}"));
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!(
        "cannot create file: all names are taken (expected a free name, got {MAX_ATTEMPTS} files `{stem}`)"
    )))
}

/// Returns the date and time in UTC as `20261124-165500`, which sorts by time and may be part of a file name. Times
/// outside of the years 1970 to 9999 become 1970-01-01.
#[must_use]
pub fn utc_timestamp(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok());
    let date = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let date = date.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = date.to_calendar_date();
    let (hour, minute, second) = date.to_hms();
    format!("{year:04}{:02}{day:02}-{hour:02}{minute:02}{second:02}", u8::from(month))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn utc_timestamp_has_date_and_time_of_the_gregorian_calendar() {
        for (seconds, expected) in [
            (0, "19700101-000000"),
            (951_782_399, "20000228-235959"),
            (951_782_400, "20000229-000000"),
            (1_796_128_496, "20261201-123456"),
            (4_107_542_400, "21000301-000000"),
            (253_402_300_799, "99991231-235959"),
            (253_402_300_800, "19700101-000000"),
        ] {
            assert_eq!(utc_timestamp(UNIX_EPOCH + Duration::from_secs(seconds)), expected, "{seconds} s");
        }
        assert_eq!(utc_timestamp(UNIX_EPOCH - Duration::from_secs(1)), "19700101-000000");
    }

    #[test]
    fn files_of_one_second_get_numbers_per_extension() {
        let folder = tempfile::tempdir().unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(951_782_400);
        let create = |extension| {
            let (path, _) = create_dated_file(folder.path(), extension, now).unwrap();
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(create("json"), "earmark-20000229-000000.json");
        assert_eq!(create("json"), "earmark-20000229-000000-2.json");
        assert_eq!(create("wav"), "earmark-20000229-000000.wav");
    }
}
