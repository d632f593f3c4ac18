//! Tests of the memory of a watcher.

use std::fs;

use serde_json::json;

use super::*;

#[test]
fn state_of_other_options_another_run_or_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.jsonl");
    let first = WatchState::open(&path, &json!({ "model": "a" })).unwrap();
    assert!(matches!(WatchState::open(&path, &json!({ "model": "a" })), Err(WatchStateError::InUse { .. })));
    drop(first);
    let error = WatchState::open(&path, &json!({ "model": "b" })).unwrap_err().to_string();
    assert!(error.contains("expected {\"model\":\"b\"}, got {\"model\":\"a\"}"), "{error}");
    fs::write(&path, "songs\n").unwrap();
    assert!(matches!(WatchState::open(&path, &json!({})), Err(WatchStateError::NoState { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "songs\n");
}

#[test]
fn cut_last_line_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.jsonl");
    let stamp = FileStamp { len: 5, modified_ns: Some(-3) };
    for name in ["a.wav", "b.wav"] {
        WatchState::open(&path, &json!({})).unwrap().insert(Path::new(name), stamp).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() - 9]).unwrap();
    let mut state = WatchState::open(&path, &json!({})).unwrap();
    assert!(state.contains(Path::new("a.wav"), stamp) && state.len() == 1);
    state.insert(Path::new("c.wav"), stamp).unwrap();
    drop(state);
    let state = WatchState::open(&path, &json!({})).unwrap();
    assert!(state.contains(Path::new("c.wav"), stamp) && state.len() == 2);
}
