//! Ground truths with any content are read or rejected. One that is read equals its written form when read again.

#![no_main]

use earmark_train::{Folds, GroundTruth};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(truth) = GroundTruth::parse("fuzz", text) {
        assert_eq!(GroundTruth::parse("fuzz", &truth.to_json()).as_ref(), Ok(&truth));
        let _ = Folds::stratified(&truth, 2, 1);
    }
});
