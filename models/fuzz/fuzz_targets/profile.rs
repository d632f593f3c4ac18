//! Profiles of the music extractor with any content are read or rejected.

#![no_main]

use earmark_files::extract::ExtractSettings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = ExtractSettings::from_yaml(text);
});
