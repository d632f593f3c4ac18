//! What may be handed back, and what becomes of it.

use serde_json::json;

use super::*;

#[test]
fn whoever_keeps_a_copy_sees_every_change() {
    let cell = StateCell::default();
    let before = cell.revision();
    cell.change(|state| state.report.save = true);
    let after = cell.revision();
    assert_ne!(before, after);
    cell.load(State::default().to_saved());
    assert_ne!(cell.revision(), after);
}

#[test]
fn nothing_saved_is_the_default_without_a_complaint() {
    for nothing in [Value::Null, json!({}), json!({"version": 1})] {
        assert_eq!(State::from_saved(nothing), (State::default(), None));
    }
    // An earlier version may have had fewer choices.
    let (state, complaint) = State::from_saved(json!({"version": 1, "panel": "x"}));
    assert_eq!((state.panel.as_str(), complaint), ("x", None));
}

#[test]
fn what_is_not_understood_is_the_default_with_a_complaint() {
    for (saved, expected) in [
        (json!([1, 2]), "expected an object, got a list"),
        (json!({"panel": "x"}), "expected a version from 1 to 1, got none"),
        (json!({"version": 2, "panel": "x"}), "expected version 1 or earlier, got 2"),
        (json!({"version": -1, "panel": "x"}), "expected a version"),
        (json!({"version": 1, "panel": 7}), "invalid type"),
        (json!({"version": 1, "pannel": "x"}), "unknown field `pannel`"),
        (json!({"version": 1, "midi": [{"tag": "rock", "cc": 128, "note": null}]}), "expected 0 to 127, got 128"),
        (json!({"version": 1, "report": {"hop": {"frames": 0}}}), "at least 1 frame, got 0"),
        (json!({"version": 1, "report": {"hop": "never"}}), "unknown variant"),
        (json!({"version": 1, "thresholds": {"usual": -0.5}}), "threshold: expected 0 to 1, got -0.5"),
        (json!({"version": 1, "thresholds": {"tags": {"rock": 2}}}), "threshold of `rock`: expected 0 to 1, got 2"),
    ] {
        let (state, complaint) = State::from_saved(saved.clone());
        assert_eq!(state, State::default(), "{saved}");
        assert!(complaint.as_deref().is_some_and(|words| words.contains(expected)), "{saved}: {complaint:?}");
    }
}

#[test]
fn a_tag_has_the_usual_threshold_until_it_has_its_own() {
    let cell = StateCell::default();
    let of = |tag| cell.get().thresholds.of(tag);
    assert_eq!(of("rock"), Threshold::default());
    cell.set_threshold(None, Some(0.5));
    cell.set_threshold(Some("rock"), Some(7.0));
    cell.set_threshold(Some("jazz"), Some(f32::NAN));
    assert_eq!([of("rock"), of("jazz")], [Threshold::at(1.0), Threshold::at(0.5)]);
    cell.set_threshold(Some("rock"), None);
    assert_eq!((of("rock"), cell.threshold(Some("rock"))), (Threshold::at(0.5), 0.5));
}

#[test]
fn a_choice_that_is_too_large_is_not_taken() {
    let cell = StateCell::default();
    cell.change(|state| state.panel = "x".repeat(MAX_BYTES));
    assert_eq!(*cell.get(), State::default());
    assert!(cell.complaint().unwrap().contains("expected at most 65536 bytes"));
}
