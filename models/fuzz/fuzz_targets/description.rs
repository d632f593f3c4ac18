//! Descriptions in Essentia's format with any content are read or rejected.

#![no_main]

use earmark_install::Metadata;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Metadata::from_json(text);
});
