//! Descriptions in Essentia's format with any content are read or rejected.

#![no_main]

use earmark_install::Metadata;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Metadata::from_bytes(bytes);
});
