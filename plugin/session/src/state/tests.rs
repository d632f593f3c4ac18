//! Tests of the saved state: reading of valid and invalid objects, and changes.

use serde_json::json;

use super::*;

#[test]
fn cached_copies_see_every_revision() {
    let cell = SharedState::default();
    let before = cell.revision();
    cell.change(|state| state.report.save = true);
    let after = cell.revision();
    assert_ne!(before, after);
    cell.load(State::default().to_saved());
    assert_ne!(cell.revision(), after);
}

#[test]
fn empty_state_is_the_default_without_a_warning() {
    for nothing in [Value::Null, json!({}), json!({"version": 1})] {
        assert_eq!(State::from_saved(nothing), (State::default(), None));
    }
    // Earlier versions may lack fields.
    let (state, warning) = State::from_saved(json!({"version": 1, "panel": "x"}));
    assert_eq!((state.panel.as_str(), warning), ("x", None));
}

#[test]
fn added_models_are_read_under_both_keys_and_written_under_the_new_one() {
    let models = json!([{"id": "a", "sha256": "b", "file": "c.pb"}]);
    for (version, key) in [(1, "more"), (2, "added_models")] {
        let (state, warning) = State::from_saved(json!({"version": version, key: models}));
        assert_eq!((state.added_models.len(), warning), (1, None), "{key}");
        let saved = state.to_saved();
        assert_eq!((&saved["version"], &saved["added_models"], saved.get("more")), (&json!(2), &models, None), "{key}");
    }
}

#[test]
fn invalid_state_is_the_default_with_a_warning() {
    for (saved, expected) in [
        (json!([1, 2]), "expected an object, got a list"),
        (json!({"panel": "x"}), "expected a version from 1 to 2, got none"),
        (json!({"version": -1, "panel": "x"}), "expected a version"),
        (json!({"version": 1, "panel": 7}), "invalid type"),
        (json!({"version": 1, "midi": [{"tag": "rock", "cc": 128, "note": null}]}), "expected 0 to 127, got 128"),
        (json!({"version": 1, "report": {"hop": {"frames": 0}}}), "at least 1 frame, got 0"),
        (json!({"version": 1, "report": {"hop": "never"}}), "unknown variant"),
        (json!({"version": 1, "thresholds": {"usual": -0.5}}), "threshold out of range (expected 0 to 1, got -0.5)"),
        (
            json!({"version": 1, "thresholds": {"tags": {"rock": 2}}}),
            "threshold of `rock` out of range (expected 0 to 1, got 2)",
        ),
    ] {
        let (state, warning) = State::from_saved(saved.clone());
        assert_eq!(state, State::default(), "{saved}");
        assert!(warning.as_deref().is_some_and(|text| text.contains(expected)), "{saved}: {warning:?}");
    }
}

#[test]
fn fields_of_a_later_version_are_kept_and_written_back() {
    let saved = json!({
        "version": 7, "panel": "x", "holograms": { "on": true }, "descriptors": "often",
        "osc": { "on": true, "address": "10.0.0.7:9000", "prefix": "/e", "targets": ["a", "b"] },
        "added_models": [{ "id": "a", "sha256": "b", "file": "c.pb", "gain": 2 }, { "id": "d", "sha256": "", "file": "" }],
    });
    let (mut state, warning) = State::from_saved(saved.clone());
    assert!(warning.unwrap().contains("later version of Earmark"));
    assert!(state.panel == "x" && state.osc.on && state.added_models.len() == 2 && !state.descriptors);
    let written = state.to_saved();
    for path in ["/version", "/holograms", "/osc/targets", "/added_models/0/gain", "/panel"] {
        assert_eq!(written.pointer(path), saved.pointer(path), "{path}");
    }
    // Settings that are changed here win, and what is removed stays away.
    state.panel = "y".into();
    state.added_models.remove(0);
    let written = state.to_saved();
    assert_eq!((&written["panel"], &written["added_models"].as_array().unwrap().len()), (&json!("y"), &1));
    assert_eq!(State::from_saved(written.clone()).0.to_saved(), written, "load and save");
}

#[test]
fn unknown_field_of_this_version_is_kept_without_a_warning() {
    let (state, warning) = State::from_saved(json!({"version": 2, "pannel": "x"}));
    assert_eq!((warning, &state.to_saved()["pannel"]), (None, &json!("x")));
    assert!(!state.later.is_empty() && State::default().later.is_empty());
}

#[test]
fn tag_has_the_common_threshold_until_it_has_its_own() {
    let cell = SharedState::default();
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
fn state_that_is_too_large_is_rejected() {
    let cell = SharedState::default();
    cell.change(|state| state.panel = "x".repeat(MAX_BYTES));
    assert_eq!(*cell.get(), State::default());
    assert!(cell.warning().unwrap().contains("expected at most 65536 bytes"));
}
