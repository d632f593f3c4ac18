//! Parameters of grid points with any content are read or rejected. Parameters that are read equal their written form when
//! read again.

#![no_main]

use earmark_train::PointParams;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(params) = PointParams::parse("fuzz", text) {
        assert_eq!(PointParams::parse("fuzz", &params.to_yaml()).as_ref(), Ok(&params));
    }
});
