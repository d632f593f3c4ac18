//! Descriptions as Essentia publishes them: read or refused, whatever is in them.

#![no_main]

use earmark_install::Metadata;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Metadata::from_json(text);
});
