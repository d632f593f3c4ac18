//! `earmark models describe`: a card from answers, which `models check` accepts.

use std::fs;
use std::path::Path;

use earmark_tests::reference::root;

use super::program::earmark;

/// Answers for a copy of MusiCNN.
const ANSWERS: [&str; 6] = [
    "kind=tags",
    "tensors.activations=activations",
    "tensors.embeddings=embeddings",
    "embedding=200",
    "front_end.features=musicnn",
    "hop_frames=93",
];

/// Describes a network with these answers; returns the exit code and both outputs.
fn describe(network: &Path, answers: &[&str], options: &[&str]) -> (i32, String, String) {
    let set = answers.iter().flat_map(|answer| ["--set", answer]);
    let path = network.to_str().unwrap();
    let arguments: Vec<&str> = ["models", "describe", path, "--defaults"].into_iter().chain(set).collect();
    earmark([&arguments[..], options].concat())
}

#[test]
fn card_from_answers_is_accepted_and_a_file_is_not_replaced_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let (network, labels) = (folder.path().join("mine.onnx"), folder.path().join("labels.txt"));
    fs::copy(root().join("models/zoo/mtt/mtt-musicnn.onnx"), &network).unwrap();
    fs::write(&labels, (0..50).map(|i| format!("label {i}\n")).collect::<String>()).unwrap();
    let options = ["--labels", labels.to_str().unwrap()];
    let (code, out, err) = describe(&network, &ANSWERS, &options);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.contains("mine.toml; next: earmark models check"), "{out}");
    let card = fs::read_to_string(folder.path().join("mine.toml")).unwrap();
    for expected in
        ["front_end = \"musicnn\"", "patch_frames = 187", "input = [1, 187, 96]", "layout = \"frames-bands\""]
    {
        assert!(card.contains(expected), "{expected}: {card}");
    }
    let (code, out, err) = earmark(["models", "check", network.to_str().unwrap()]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.contains("50 tags") && out.contains("and 38 more") && !out.contains("assumed"), "{out}");

    let (code, _, err) = describe(&network, &ANSWERS, &options);
    assert!(code == 1 && err.contains("Use --force to replace it"), "{err}");
    assert_eq!(describe(&network, &ANSWERS, &[&options[..], &["--force"]].concat()).0, 0);
    let (code, out, _) = describe(&network, &ANSWERS, &[&options[..], &["--out", "-"]].concat());
    assert_eq!((code, out), (0, card));
}

#[test]
fn first_open_question_and_wrong_parameters_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let network = folder.path().join("mine.onnx");
    fs::copy(root().join("models/zoo/mtt/mtt-musicnn.onnx"), &network).unwrap();
    let (code, _, err) = describe(&network, &[], &[]);
    assert!(code == 1 && err.contains("an answer for `kind`, got none") && err.contains("--set kind="), "{err}");
    let described = [
        "kind=embedding",
        "tensors.embeddings=embeddings",
        "embedding=200",
        "front_end.features=mel",
        "front_end.sample_rate=16000",
        "front_end.hop=256",
        "front_end.window_len=512",
        "front_end.quantity=power",
        "front_end.bands=96",
        "front_end.scale=slaney",
        "front_end.low_hz=0",
        "front_end.high_hz=9000",
        "patch_frames=187",
        "hop_frames=93",
        "input=[1, 187, 96]",
        "layout=frames-bands",
    ];
    let (code, _, err) = describe(&network, &described, &[]);
    assert!(
        code == 1 && err.contains("highest frequency: out of range (expected above 0, at most 8000 Hz, got 9000)"),
        "{err}"
    );
    let wrong = described.map(|answer| answer.replace("quantity=power", "quantity=loudness"));
    let (code, _, err) = describe(&network, &wrong.each_ref().map(String::as_str), &[]);
    assert!(code == 1 && err.contains("expected one of magnitude, power, got `loudness`"), "{err}");
    let (code, _, err) = describe(&network, &["kind=embeding"], &[]);
    assert!(code == 1 && err.contains("`kind`") && err.contains("got `embeding`"), "{err}");
    assert!(!folder.path().join("mine.toml").exists());
}
