//! Tests of the reading of descriptions.

use super::class_list::MAX_CLASSES;
use super::*;

fn classes(text: &str) -> Result<Vec<String>, String> {
    Metadata::from_json(text).map(|metadata| metadata.classes).map_err(|error| error.to_string())
}

#[test]
fn texts_for_display_of_unexpected_type_count_as_missing() {
    let text = r#"{"name": 3, "classes": ["a", 7, "b"], "schema": {"inputs": [{"name": "in", "shape": ["n", 187, 96.0, "64"]}],
        "outputs": {"name": "out"}}, "inference": {"sample_rate": 16000, "embedding_model": {"model_name": ""}}}"#;
    let metadata = Metadata::from_json(text).unwrap();
    assert_eq!((metadata.name.as_str(), metadata.outputs[0].name.as_str()), ("", "out"));
    assert_eq!(metadata.classes, ["a", "7", "b"]);
    assert_eq!(metadata.inputs[0].shape, [None, Some(187), Some(96), Some(64)]);
    assert_eq!((metadata.sample_rate_hz, metadata.embedding_model), (Some(16_000.0), None));
    assert_eq!(Metadata::from_json("{}").unwrap(), Metadata::default());
}

#[test]
fn deciding_fields_of_unexpected_type_are_rejected() {
    for (text, expected) in [
        (r#"{"classes": "rock, pop"}"#, "`classes`: expected a list of names, got the text \"rock, pop\""),
        (r#"{"classes": 10}"#, "`classes`: expected a list of names, got 10"),
        (r#"{"classes": ["a", null]}"#, "`classes`: expected a name at place 2, got null"),
        (r#"{"labels": [["a"]]}"#, "`labels`: expected a name at place 1, got a list of 1"),
        (r#"{"classes": {"0": "a", "2": "b"}}"#, "`classes`: expected the numbers 0 to 1, got 0, 2"),
        (r#"{"classes": {"a": "b"}}"#, "`classes`: expected a list of names, or an object"),
        (r#"{"classes": ["a", "b"], "labels": ["b", "a"]}"#, "`labels`: expected the names of `classes`, got others"),
        (r#"{"type": ["x"]}"#, "`type`: expected a text, got a list of 1"),
        (
            r#"{"inference": {"sample_rate": "fast"}}"#,
            "`inference.sample_rate`: expected a number in Hz, got the text \"fast\"",
        ),
        (r#"{"inference": {"sample_rate": -1}}"#, "expected a number in Hz, got -1"),
        (r#"{"inference": []}"#, "`inference`: expected an object, got a list of 0"),
        (r#"{"inference": {"algorithm": 1}}"#, "`inference.algorithm`: expected a text, got 1"),
        (r#"{"inference": {"layout": "x"}}"#, "expected one of \"frames-bands\", \"bands-frames\", got the text \"x\""),
        (r#"{"inference": {"patch_frames": 0}}"#, "`inference.patch_frames`: expected a whole number"),
        (r#"{"range": [1, 1]}"#, "`range`: expected [low, high]"),
        (r#"{"schema": {"outputs": "x"}}"#, "`schema.outputs`: expected a list"),
        (r#"{"schema": {"outputs": ["x"]}}"#, "`outputs`: expected an object, got the text \"x\""),
    ] {
        let error = Metadata::from_json(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn labels_of_every_common_form_are_read() {
    for text in [
        r#"{"classes": ["a", "b"]}"#,
        r#"{"labels": ["a", "b"]}"#,
        r#"{"class_names": ["a", "b"], "classes": null}"#,
        r#"{"classes": [], "labels": ["a", "b"]}"#,
        r#"{"classes": {"1": "b", "0": "a"}}"#,
        r#"{"id2label": {"1": "a", "2": "b"}, "label2id": {"a": 1, "b": 2}}"#,
        r#"{"classes": {"b": 1, "a": 0}}"#,
        r#"{"classes": [{"name": "a"}, {"label": "b"}]}"#,
    ] {
        assert_eq!(classes(text).unwrap(), ["a", "b"], "{text}");
    }
    // Ten is after nine.
    let many: Vec<_> = (0..12).map(|i| format!("\"{i}\": \"c{i}\"")).collect();
    assert_eq!(classes(&format!("{{\"classes\": {{{}}}}}", many.join(","))).unwrap()[10], "c10");
}

#[test]
fn rate_is_read_as_number_or_text_in_either_place() {
    for (rate, expected) in
        [("44100", 44_100.0), ("\"44100\"", 44_100.0), ("\"44.1 kHz\"", 44_100.0), ("\"16000 Hz\"", 16_000.0)]
    {
        for text in [format!("{{\"inference\": {{\"sample_rate\": {rate}}}}}"), format!("{{\"sample_rate\": {rate}}}")]
        {
            assert_eq!(Metadata::from_json(&text).unwrap().sample_rate_hz, Some(expected), "{text}");
        }
    }
}

#[test]
fn bytes_with_mark_commas_and_other_encodings_are_read() {
    let text = "{\"name\": \"Größe\", \"classes\": [\"a\", \"b\",],}";
    let with_mark = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let wide: Vec<u8> = [0xfeff_u16].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    for bytes in [text.as_bytes(), &with_mark, &wide, &latin] {
        let metadata = Metadata::from_bytes(bytes).unwrap();
        assert_eq!((metadata.name.as_str(), metadata.classes.len()), ("Größe", 2));
        assert_eq!(metadata.assumed.len(), usize::from(bytes == latin));
    }
    let error = Metadata::from_bytes(b"<!DOCTYPE html><title>404</title>").unwrap_err().to_string();
    assert!(error.contains("got an HTML page (\"404\")"), "{error}");
}

#[test]
fn text_without_json_object_is_rejected() {
    for text in ["", "[]", "{", "7", "\u{0}"] {
        assert!(matches!(Metadata::from_json(text), Err(InstallError::Metadata(_))), "{text}");
    }
    // Nested deeper than the recursion limit of the parser.
    assert!(Metadata::from_json(&"[".repeat(1_000_000)).is_err());
    let many = format!(r#"{{"classes": [{}"x"]}}"#, r#""x","#.repeat(MAX_CLASSES));
    let error = Metadata::from_json(&many).unwrap_err().to_string();
    assert!(error.ends_with("expected at most 10000, got 10001"), "{error}");
}

#[test]
fn mutated_metadata_is_read_or_rejected() {
    let text = r#"{"name": "moods", "type": "multi-class classifier", "link": "https://example.org/moods-1.pb",
        "classes": ["non_sad", "sad"], "schema": {"inputs": [{"name": "model/Placeholder", "shape": ["n", 200]}],
        "outputs": [{"name": "model/Softmax", "shape": [2], "output_purpose": "predictions"}]},
        "inference": {"sample_rate": 16000, "algorithm": "TensorflowPredict2D",
        "embedding_model": {"model_name": "msd-musicnn-1"}}}"#;
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut read, mut refused) = (0, 0);
    for _ in 0..10_000 {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, b"{}[]\",:0-e"[random(10)]),
                _ => drop(bytes.remove(at)),
            }
            if bytes.len() < 2 {
                break;
            }
        }
        match Metadata::from_bytes(&bytes) {
            Ok(_) => read += 1,
            Err(InstallError::Metadata(_)) => refused += 1,
            Err(error) => panic!("expected an error of the metadata, got {error}"),
        }
    }
    assert!(read > 100 && refused > 1_000, "{read} read, {refused} rejected");
}
