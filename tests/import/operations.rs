//! Single operations, and blocks of networks that are not in the reference data, compared with results of TensorFlow.

use earmark_tests::imported;
use earmark_tests::reference::fixtures;

const TOLERANCE: f32 = 1e-5;

#[test]
fn operations_match_tensorflow() {
    let checked = imported::check(&fixtures().join("imported"), None).unwrap();
    for case in &checked {
        println!("{}: worst {:.1e}, tolerance {TOLERANCE:.0e}", case.name, case.worst);
    }
    let wrong: Vec<_> = checked.iter().filter(|case| case.worst > TOLERANCE).map(|case| &case.name).collect();
    assert!(wrong.is_empty() && checked.len() >= 13, "above {TOLERANCE:e}: {wrong:?} of {}", checked.len());
}
